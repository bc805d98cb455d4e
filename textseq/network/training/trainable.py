"""What the loop over epochs asks of a network, whichever way its gradient is computed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray, Rows
from textseq.network.heads import Head
from textseq.sequences.sequences import Sequences


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
        head: Its head.
        dense: All weights but the table's, as one vector: float32, (weights,).
        table: The rows of the embedding, (rows, dimension); None where the weights are all dense.
        learns_table: Whether the table is trained.
        fixed: What it holds beside its weights, such as the state of its random numbers.
    """

    head: Head
    dense: FloatArray
    table: FloatArray | None
    learns_table: bool
    fixed: list[AnyArray]

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
        """Return the loss and its gradient on a batch: a width, and documents no longer."""
        ...

    def assign(self, dense: FloatArray, table: FloatArray | None) -> None:
        """Set the weights; of a table that is not trained, None."""
        ...

    def weights(self) -> dict[str, FloatArray]:
        """Return a copy of the weights by name."""
        ...

    def set_weights(self, weights: dict[str, FloatArray]) -> None:
        """Set the weights by name."""
        ...

    def predict(self, sequences: Sequences) -> FloatArray:
        """Return the predictions with the weights that were set: (documents, outputs)."""
        ...
