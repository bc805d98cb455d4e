"""The training step on pieces of time series; what predicts does not load it."""

from __future__ import annotations

from typing import Any

import numpy as np

from textseq.network.arrays import IntArray
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.training.packed import Batch, PackedTrainable
from textseq.series.data import SeriesData


class SeriesTrainable(PackedTrainable):
    """A `Trainable` of pieces of time series."""

    network: PackedNetwork

    def __init__(
        self, network: PackedNetwork, training: SeriesData, dropout: float, input_dropout: float
    ) -> None:
        super().__init__(network, dropout=dropout, vector_dropout=input_dropout)
        self.training = training

    def pack(self, documents: IntArray, random: np.random.Generator) -> Batch:  # noqa: ARG002
        """Return the batch of some pieces."""
        x, starts, order = self.training.pack(documents)
        weights = np.ones(len(order), np.float32)
        return Batch(x, starts, self.training.targets[order], weights)

    def network_of(self, weights: Any) -> PackedNetwork:
        """Return a network of the same parts with other weights."""
        return self.network.with_weights(weights)

    def validate(self, data: SeriesData) -> dict[str, float]:
        """Return the mean loss and the mean metric; see `Trainable`."""
        return self.head.measure(data.targets, data.predict(self.network), self.selection)
