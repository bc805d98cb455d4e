"""The training step of a network of textseq's own parts, on packed documents, without Keras.

    rows of the embedding -- gather --> vectors x, packed; dropout
        in each direction, on a thread of its own where there are two:
            a = x W_xh + b;  states = the cell's `forward`
    states -- the pooling's `pool_packed` --> summary; dropout
    summary W_hy + b_y -- the head's `activate` --> predictions

and the same way back. No position is computed that is padding, nothing is compiled for a shape of
batch, and the products are those of `vector_math`. A test holds the gradient against Keras's.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.compute.compiled_late import compiled_late
from textseq.compute.threads import thread_count
from textseq.compute.vector_math import multiply
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Rows
from textseq.network.cells.base import Cell, previous_states, reading_steps
from textseq.network.heads import Head
from textseq.network.training.adam_kernels import gather
from textseq.network.training.batches import Examples
from textseq.network.training.packing import Dropout, pack_documents
from textseq.network.training.trainable import Step

if TYPE_CHECKING:
    from textseq.network.model_spec import ModelSpec
    from textseq.sequences.sequences import Sequences

TABLE = "embedding.embeddings"


class PackedTrainable:
    """A `Trainable` of textseq's own parts.

    Args:
        spec: Its parts and sizes; see `ModelSpec.trains_without_keras`.
        weights: Before training, by name.
        training: The training set.
        word_dropout: Dropout rate on tokens.
    """

    def __init__(
        self,
        spec: ModelSpec,
        weights: Mapping[str, FloatArray],
        training: Examples,
        word_dropout: float = 0.0,
    ) -> None:
        self.spec, self.training, self.word_dropout = spec, training, word_dropout
        self.network = spec.numpy_network(weights)
        self.head: Head = self.network.head
        self.learns_table = TABLE in weights and spec.tuned
        self.fixed: list[AnyArray] = []
        sequences, ngrams = training.sequences, self.network.ngrams
        self._rows = sequences.ids[:, None] if ngrams is None else ngrams.of(sequences)
        self._shapes = {name: w.shape for name, w in weights.items() if name != TABLE}
        self._gradient = np.zeros(sum(map(math.prod, self._shapes.values())), np.float32)
        self._second: ThreadPoolExecutor | None = None

    def start(self) -> tuple[FloatArray, FloatArray | None]:
        """Return the weights before training; see `Trainable`."""
        weights = self.network.weights
        return self._joined(weights), weights.get(TABLE)

    def _joined(self, weights: NamedArrays) -> FloatArray:
        """Return the weights but the table's as one vector."""
        return np.concatenate([weights[name].ravel() for name in self._shapes])

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Hold a thread for a second direction."""
        if len(self.network.directions) == 1 or thread_count() == 1:
            yield
            return
        with ThreadPoolExecutor(1, "textseq") as self._second:
            try:
                yield
            finally:
                self._second = None

    def step(
        self,
        dense: FloatArray,
        table: FloatArray | None,
        batch: tuple[int, IntArray],
        random: np.random.Generator,
    ) -> Step:
        """Return the loss and its gradient on a batch; see `Trainable`."""
        weights, gradient = self._named(dense), self._named(self._gradient)
        rows, starts, documents = self._pack(batch[1], random)
        x: AnyArray = rows[:, 0]  # one-hot vectors, without a table
        dropout = None
        if table is not None:
            x = np.empty((len(rows), table.shape[2]), np.float32)
            gather(table, rows[None], x[None])
            dropout = Dropout(random, x.size, self.spec.vector_dropout)
            dropout.apply(x)
        directions = [
            _Direction(self.network.cell, name, (weights, gradient), x, starts)
            for name in self.network.directions
        ]
        states = np.concatenate(self._each(_Direction.read, directions), axis=1)
        pooled = self.network.pooling.pool_packed(
            states, starts, len(documents), len(directions), weights
        )
        loss, metric, by_summary = self._answer(
            pooled.summary, documents, (weights, gradient), random
        )
        by_states, by_pooling = pooled.backward(by_summary)
        for name, value in by_pooling.items():
            gradient[name][...] = value
        for direction, part in zip(
            directions, np.split(by_states, len(directions), axis=1), strict=True
        ):
            direction.by_states = np.ascontiguousarray(part)
        learns = self.learns_table
        vectors, *others = self._each(lambda each: each.go_back(by_vectors=learns), directions)
        if dropout is None or not learns:
            return Step(loss, metric, self._gradient, rows[None], None)
        for other in others:
            vectors += other
        dropout.apply(vectors)
        return Step(loss, metric, self._gradient, rows[None], vectors[None])

    def _pack(
        self, documents: IntArray, random: np.random.Generator
    ) -> tuple[Rows, IntArray, IntArray]:
        """Return the rows of a batch, packed, the time steps, and its documents in order."""
        sequences, dropped = self.training.sequences, np.empty(0, np.bool_)
        if self.word_dropout:
            tokens = int(sequences.lengths[documents].sum())
            dropped = random.random(tokens, np.float32) < self.word_dropout
        return pack_documents(self._rows, sequences.offsets, documents, dropped)

    def _each(self, work: Callable[[_Direction], Any], directions: list[_Direction]) -> list[Any]:
        """Return what work makes of each direction, the second one on its own thread."""
        first, *others = directions
        if self._second is None:
            return [work(each) for each in directions]
        running = [self._second.submit(work, other) for other in others]
        return [work(first), *(each.result() for each in running)]

    def _answer(
        self,
        summary: FloatArray,
        documents: IntArray,
        faces: tuple[NamedArrays, NamedArrays],
        random: np.random.Generator,
    ) -> tuple[float, float, FloatArray]:
        """Return the mean loss, the mean metric, and the gradient of the loss by the summary."""
        weights, gradient = faces
        dropout = Dropout(random, summary.size, self.spec.dropout)
        dropout.apply(summary)
        predictions = self.head.activate(
            summary @ weights["output.kernel"] + weights["output.bias"]
        )
        targets = self.training.targets[documents]
        factors = self.training.weights[documents] / np.float32(len(documents))
        losses, metrics = self.head.evaluate(targets, predictions)
        by_logits = self.head.gradient(targets, predictions) * factors[:, None]
        np.matmul(summary.T, by_logits, out=gradient["output.kernel"])
        by_logits.sum(axis=0, out=gradient["output.bias"])
        by_summary = by_logits @ weights["output.kernel"].T
        dropout.apply(by_summary)
        return float(losses @ factors), float(metrics @ factors), by_summary

    def _named(self, vector: FloatArray) -> dict[str, FloatArray]:
        """Return the weights by name, as views of one vector."""
        named, start = {}, 0
        for name, shape in self._shapes.items():
            size = math.prod(shape)
            named[name] = vector[start : start + size].reshape(shape)
            start += size
        return named

    def assign(self, dense: FloatArray, table: FloatArray | None) -> None:
        """Set the weights; see `Trainable`."""
        named = {name: weight.copy() for name, weight in self._named(dense).items()}
        old = self.network.weights.get(TABLE)
        kept = old if table is None else np.ascontiguousarray(table)
        self.set_weights(named if kept is None else {TABLE: kept, **named})

    def weights(self) -> dict[str, FloatArray]:
        """Return the weights by name; nothing changes them."""
        return dict(self.network.weights)

    def set_weights(self, weights: dict[str, FloatArray]) -> None:
        """Set the weights by name."""
        self.network = self.spec.numpy_network(weights)

    def predict(self, sequences: Sequences) -> FloatArray:
        """Return the predictions with the weights that were set: (documents, outputs)."""
        return self.network.probabilities(sequences)


class _Direction:
    """A batch in one direction: read, and followed back."""

    def __init__(
        self,
        cell: Cell,
        name: str,
        faces: tuple[NamedArrays, NamedArrays],
        x: AnyArray,
        starts: IntArray,
    ) -> None:
        self.cell, self.x = cell, x
        self.steps = reading_steps(starts, name == "backward")
        self.weights, self.gradient = (
            {own: face[f"{name}.{own}"] for own in ("kernel", "recurrent_kernel", "bias")}
            for face in faces
        )
        self.by_states: FloatArray = np.empty((0, 0), np.float32)

    def read(self) -> FloatArray:
        """Return the states: (tokens, units)."""
        kernel, bias = self.weights["kernel"], np.atleast_2d(self.weights["bias"])
        x, onehot = self.x, self.x.ndim == 1
        gates = kernel[x] + bias[0] if onehot else project(x, kernel, bias[0])
        recurrent = self.weights["recurrent_kernel"]
        states, kept = self.cell.forward(gates, recurrent, bias[-1], self.steps)
        previous = previous_states(states, self.steps)
        self.passed = (gates, states, kept, previous)
        return states

    def go_back(self, *, by_vectors: bool) -> FloatArray | None:
        """Set the gradient of the weights, and return that of the vectors where it is asked for."""
        transposed = np.ascontiguousarray(self.weights["recurrent_kernel"].T)
        by_inputs, by_products, _ = self.cell.backward(
            self.passed, self.by_states, transposed, self.steps
        )
        gradient, previous = self.gradient, self.passed[3]
        product_over_tokens(previous, by_products, gradient["recurrent_kernel"])
        for bias, by_sum in zip(
            np.atleast_2d(gradient["bias"]), (by_inputs, by_products), strict=False
        ):
            by_sum.sum(axis=0, out=bias)
        if self.x.ndim == 2:
            product_over_tokens(self.x, by_inputs, gradient["kernel"])
        else:
            gradient["kernel"][...] = 0
            np.add.at(gradient["kernel"], self.x, by_inputs)
        if not by_vectors:
            return None
        kernel = np.ascontiguousarray(self.weights["kernel"].T)
        return project(by_inputs, kernel, np.zeros(len(self.x.T), np.float32))


@compiled_late
def project(x: FloatArray, kernel: FloatArray, bias: FloatArray) -> FloatArray:
    """Return x W + b, with W of shape (columns of x, columns)."""
    out = np.empty((len(x), kernel.shape[1]), x.dtype)
    multiply(x, kernel, out)
    for n in range(len(x)):
        for j in range(kernel.shape[1]):
            out[n, j] += bias[j]
    return out


@compiled_late
def product_over_tokens(x: FloatArray, y: FloatArray, out: FloatArray) -> None:
    """Write x^T y, the sum over tokens of outer products, to `out`."""
    multiply(x.T, y, out)
