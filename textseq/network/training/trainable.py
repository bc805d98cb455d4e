"""What the loop over epochs asks of a network, whichever way its gradient is computed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray, Rows
from textseq.network.metrics import Metric


class Step(NamedTuple):
    """What a batch says of the weights.

    Args:
        loss: The mean loss of its documents.
        metric: Their mean weighted metric.
        gradient: By the dense weights: (weights,).
        rows: The rows of the table that each position sums: int32, (batch, time, rows per token).
        vectors: The gradient by these sums, (batch, time, dimension); None where the table is not
            trained.
    """

    loss: float
    metric: float
    gradient: FloatArray
    rows: Rows
    vectors: FloatArray | None


class Trainable(Protocol):
    """A network in training.

    Attributes:
        metric_name: What its metric is called in histories, such as `"accuracy"`.
        selection: The metric by which the best epoch is chosen.
        learns_table: Whether the rows of the embedding are trained.
        fixed: What it holds beside its weights, such as the state of its random numbers.
    """

    metric_name: str
    selection: Metric
    learns_table: bool
    fixed: list[AnyArray]

    def start(self) -> tuple[FloatArray, FloatArray | None]:
        """Return the weights before training, which the caller may keep.

        Returns:
            All weights but the table's, as one vector: float32, (weights,); and the table, the rows
            of the embedding, (rows, dimension), or None where all weights are dense.
        """
        ...

    def running(self) -> AbstractContextManager[None]:
        """Hold what steps need, such as threads."""
        ...

    def step(
        self,
        dense: FloatArray,
        table: FloatArray | None,
        batch: tuple[int, IntArray],
        random: np.random.Generator,
    ) -> Step:
        """Return the loss and its gradient on a batch: a width, and documents no longer.

        The table has the shape (rows, parts, dimension), of which the first part are the values.
        """
        ...

    def assign(self, dense: FloatArray, table: FloatArray | None) -> None:
        """Set the weights; of a table that is not trained, None."""
        ...

    def weights(self) -> dict[str, FloatArray]:
        """Return the weights by name, which later ones do not overwrite."""
        ...

    def set_weights(self, weights: dict[str, FloatArray]) -> None:
        """Set the weights by name."""
        ...

    def validate(self, data: Any) -> dict[str, float]:
        """Return what the history gets after `val_`, with the weights that were set: by name.

        They are the mean loss, the mean metric, and the metric of `selection`.

        Args:
            data: Of the kind that it is trained on.
        """
        ...
