"""A trained network that reads vectors, not ids: time series, or words with features of their own.

    x, packed -- cell, in one direction or two --> states -- pooling --> summary -- head --> answers

Without a pooling, each time step is answered by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textseq.network.arrays import FloatArray, IntArray, NamedArrays
from textseq.network.cells.base import Cell
from textseq.network.heads import Head
from textseq.network.inference.recurrent import read_states
from textseq.network.initializers import glorot_uniform
from textseq.network.pooling.base import Pooling
from textseq.network.weight_shapes import Shapes, weight_shapes


@dataclass(frozen=True)
class PackedNetwork:
    """A network as arrays.

    Args:
        weights: By name: those of each direction, such as `forward.kernel`, of the pooling, and
            `output.kernel` and `output.bias`. Others are left to the caller.
        cell: The cell of each direction.
        pooling: The pooling; None where each time step is answered.
        head: The head.
        bidirectional: Whether a second cell reads from the end.

    Example:
        >>> import numpy as np
        >>> from textseq.network.cells import gru
        >>> from textseq.network.heads import HEADS
        >>> from textseq.network.inference.packed_network import PackedNetwork
        >>> network = PackedNetwork({}, gru, None, HEADS.resolve("softmax"), bidirectional=True)
        >>> network = network.start(np.random.default_rng(0), dimension=5, units=8, outputs=3)
        >>> x, starts = np.ones((4, 5), "float32"), np.array([0, 2, 3, 4])  # 3 steps, and 1
        >>> network.predict(x, starts, documents=2).shape
        (4, 3)
    """

    weights: NamedArrays
    cell: Cell
    pooling: Pooling | None
    head: Head
    bidirectional: bool = False

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions in which documents are read."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    def shapes(self, *, dimension: int, units: int, outputs: int) -> Shapes:
        """Return the shape of each weight, by name, of a network of these sizes."""
        return weight_shapes(self, dimension=dimension, units=units, outputs=outputs)

    def start(
        self, random: np.random.Generator, *, dimension: int, units: int, outputs: int
    ) -> PackedNetwork:
        """Return the network with weights before training, at random as Keras's are."""
        weights = dict(self.weights)
        for direction in self.directions:
            of_cell = self.cell.starting_weights(random, dimension, units)
            weights |= {f"{direction}.{name}": weight for name, weight in of_cell.items()}
        summary = units * len(self.directions)
        if self.pooling is not None:
            of_pooling = self.pooling.starting_weights(random, summary)
            weights |= {f"pooling.{name}": weight for name, weight in of_pooling.items()}
        weights["output.kernel"] = glorot_uniform(random, (summary, outputs))
        weights["output.bias"] = np.zeros(outputs, np.float32)
        return self.with_weights(weights)

    def with_weights(self, weights: NamedArrays) -> PackedNetwork:
        """Return a network of the same parts with other weights."""
        return PackedNetwork(weights, self.cell, self.pooling, self.head, self.bidirectional)

    def states(self, x: FloatArray, starts: IntArray) -> FloatArray:
        """Return the state after each packed time step, of all directions: (tokens, summary)."""
        found = []
        for direction in self.directions:
            weights = {
                name: self.weights[f"{direction}.{name}"]
                for name in ("kernel", "recurrent_kernel", "bias")
            }
            reverse = direction == "backward"
            found.append(read_states(self.cell, weights, x, starts, reverse=reverse))
        return np.concatenate(found, axis=1)

    def predict(self, x: FloatArray, starts: IntArray, documents: int) -> FloatArray:
        """Return the predictions: (documents, outputs), or (tokens, outputs) without a pooling.

        Args:
            x: Packed inputs, see `packed_sequence`: float32, (tokens, dimension).
            starts: Where each time step begins: (time + 1,).
            documents: Number of documents, those without a time step included.
        """
        summary = self.states(x, starts)
        if self.pooling is not None:
            pool, directions = self.pooling.pool_packed, len(self.directions)
            summary = pool(summary, starts, documents, directions, self.weights).summary
        return self.head.activate(
            summary @ self.weights["output.kernel"] + self.weights["output.bias"]
        )
