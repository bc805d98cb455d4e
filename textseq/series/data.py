"""Time series as the networks read them: standardised, packed, several rows a step.

    series 1    . | . . . | . . .    a step is `patch` rows; the last step ends with the last
    series 2        . . . | . . .    row, and the first one repeats the first row if it must

Anchored is a series of which the last row is subtracted from every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, FloatArray, IntArray
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.inference.packed_sequence import document_of
from textseq.sequences.time_windows import as_table

AT_ONCE = 512
"""Series in a batch of prediction."""


def as_series(values: Any, *, single: bool) -> list[AnyArray]:
    """Return time series, each of them (time, features).

    Args:
        values: An array (series, time, features), or a list of arrays (time, features) or (time,)
            of different lengths.
        single: Whether an array (time,) or (time, features) is one series; else (series, time) are
            series of one feature.

    Raises:
        ArgumentError: It is something else, or a value is missing; the message has the series and
            its row.

    Example:
        >>> import numpy as np
        >>> from textseq.series.data import as_series
        >>> [each.shape for each in as_series([np.zeros((3, 2)), np.ones((5, 2))], single=False)]
        [(3, 2), (5, 2)]
    """
    ragged = isinstance(values, list | tuple) and any(np.ndim(each) for each in values[:1])
    shape = () if ragged else np.shape(values)
    if single and (len(shape) in (1, 2)):
        return [as_table(values, "X")]
    if not ragged and len(shape) < 2:
        raise ArgumentError(
            f"`X` must be time series: an array (series, time, features), or a list of arrays "
            f"(time, features). Received: {type(values).__name__} of shape {shape}."
        )
    series = [as_table(each, f"X[{i}]") for i, each in enumerate(values)]
    for i, each in enumerate(series):
        if each.shape[1] != series[0].shape[1]:
            raise ArgumentError(
                f"All series must have the same features; X[{i}] has {each.shape[1]}, and X[0] "
                f"{series[0].shape[1]}."
            )
    return series


@dataclass(frozen=True)
class Scaler:
    """What makes each feature 0 on average and 1 in deviation, of the rows that it was fitted to.

    Args:
        mean: float32, (features,).
        deviation: Likewise; 1 for a constant feature.
    """

    mean: FloatArray
    deviation: FloatArray

    @classmethod
    def fit(cls, parts: Sequence[AnyArray]) -> Scaler:
        """Return the scaler of some rows: arrays (rows, features)."""
        count = sum(map(len, parts))
        mean = sum(part.sum(axis=0, dtype=np.float64) for part in parts) / count
        square = sum(np.square(part - mean).sum(axis=0) for part in parts) / count
        deviation = np.sqrt(square)
        constant = deviation <= 1e-7 * np.abs(mean)
        return cls(mean.astype(np.float32), np.where(constant, 1, deviation).astype(np.float32))

    def apply(self, values: AnyArray) -> FloatArray:
        """Return rows, standardised: float32."""
        scaled = (values - self.mean.astype(np.float64)) / self.deviation
        return scaled.astype(np.float32)


@dataclass(frozen=True)
class SeriesData:
    """Pieces of time series, and what is to be predicted of each.

    Args:
        table: All rows, one series after the other: float32, (rows, features).
        begins: The first row of each piece: (pieces,).
        sizes: The rows of each piece, at least one: (pieces,).
        targets: What is to be predicted of each: labels, or numbers, (pieces, outputs).
        patch: Rows in a step.
        anchored: Whether a piece is read minus its last row.
    """

    table: FloatArray
    begins: IntArray
    sizes: IntArray
    targets: AnyArray
    patch: int = 1
    anchored: bool = False

    @classmethod
    def of(cls, series: Sequence[FloatArray], targets: AnyArray, **reading: Any) -> SeriesData:
        """Return whole series, and what is to be predicted of each."""
        sizes = np.array([len(each) for each in series], np.int64)
        return cls(np.concatenate(series), np.cumsum(sizes) - sizes, sizes, targets, **reading)

    @property
    def lengths(self) -> IntArray:
        """The steps of each piece."""
        return -(-self.sizes // self.patch)

    @property
    def weights(self) -> FloatArray:
        """The weight of each piece in the loss."""
        return np.ones(len(self.begins), np.float32)

    @property
    def arrays(self) -> Sequence[AnyArray]:
        """All that it consists of."""
        return self.table, self.begins, self.sizes, self.targets

    def pack(self, which: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
        """Return some pieces, packed.

        Returns:
            The steps, see `packed_sequence`: (steps, patch * features); where each time step
            begins, and the pieces, the longest first.
        """
        order = which[np.argsort(-self.lengths[which], kind="stable")]
        lengths, ends = self.lengths[order], (self.begins + self.sizes)[order]
        running = np.searchsorted(-lengths, -np.arange(lengths[0]), side="left")
        starts = np.concatenate([[0], np.cumsum(running)])
        piece = document_of(starts)
        left = lengths[piece] - np.repeat(np.arange(lengths[0]), running)  # this step included
        rows = (ends[piece] - left * self.patch)[:, None] + np.arange(self.patch)
        x = self.table[np.maximum(rows, self.begins[order][piece][:, None])]
        if self.anchored:
            x -= self.table[ends[piece] - 1][:, None]
        return x.reshape(len(x), -1), starts, order

    def predict(self, network: PackedNetwork) -> FloatArray:
        """Return what a network answers to each piece: float32, (pieces, outputs)."""
        answers: FloatArray = np.empty(
            (len(self.begins), len(network.weights["output.bias"])), np.float32
        )
        order = np.argsort(-self.lengths, kind="stable")
        for first in range(0, len(order), AT_ONCE):
            x, starts, which = self.pack(order[first : first + AT_ONCE])
            answers[which] = network.predict(x, starts, len(which))
        return answers
