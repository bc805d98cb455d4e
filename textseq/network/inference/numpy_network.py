"""The network's forward pass in NumPy: what prediction needs, without Keras.

    ids
     |  FusedEmbedding: the embedding and the cell's input weights as one table
     |  (SummedEmbedding: sums of rows of words and n-grams, times the input weights)
    inputs, packed: documents sorted by length, so that padding is never computed
     |  the cell's `numpy_step`, in place, in each direction
     |  the pooling's `running_pool`, state by state
    pooled states
     |  output weights, the head's `activate`
    predictions (documents, outputs)

Batches go to all cores: NumPy releases the interpreter's lock. One document by itself goes through
the cell's `read_document`, once compiled code is loaded: see `cold_start`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.compute.blas import one_thread_per_product
from textseq.compute.cold_start import compiled_loops
from textseq.compute.threads import ordered_map, thread_count
from textseq.errors import ArgumentError
from textseq.network.arrays import FloatArray, IntArray, NamedArrays
from textseq.network.cells.base import Cell, ReadDocument
from textseq.network.heads import SOFTMAX, Head
from textseq.network.inference.fused_embedding import FusedEmbedding
from textseq.network.inference.inputs import LOOPS, InputEmbedding, Inputs
from textseq.network.inference.packed_sequence import PackedSequence, longest_first, pack
from textseq.network.inference.summed_embedding import SummedEmbedding
from textseq.network.ngrams import Ngrams
from textseq.network.pooling.base import Pooling

if TYPE_CHECKING:
    from textseq.sequences.sequences import Ids, Sequences

BATCH = 512
"""Documents in a batch: enough for the matrix product, few enough for the processor's cache."""

SMALLEST_BATCH = 256
"""Documents in a batch at least, unless there are fewer."""

KEPT_TOKENS = 1 << 15
"""Tokens in a batch where the pooling keeps all states."""

CHUNK = 1 << 18
"""Values of input that are gathered at a time: one mebibyte, which fits the cache."""


@dataclass(frozen=True)
class NumpyNetwork:
    """A trained network as arrays.

    Args:
        weights: By name; see `model_weights.named_weights`. The embedding's may be float16.
        cell: The cell of each direction.
        pooling: The pooling.
        bidirectional: Whether a second cell reads from the end.
        ngrams: The rows of the embedding that a token sums; None for that of its id alone.
        head: The head.
    """

    weights: NamedArrays
    cell: Cell
    pooling: Pooling
    bidirectional: bool = False
    ngrams: Ngrams | None = None
    head: Head = SOFTMAX

    def check(self, *, vocabulary: int, dimension: int, units: int, classes: int) -> None:
        """Raise an error unless the weights are those of a network of these sizes."""
        summary = units * len(self.directions)
        expected: dict[str, tuple[int, ...]] = {
            "output.kernel": (summary, classes),
            "output.bias": (classes,),
        }
        if "embedding.embeddings" in self.weights or self.ngrams is not None:
            rows = vocabulary if self.ngrams is None else self.ngrams.rows
            expected["embedding.embeddings"] = (rows, dimension)
        else:
            dimension = vocabulary
        for direction in self.directions:
            for name, shape in self.cell.weight_shapes(dimension, units).items():
                expected[f"{direction}.{name}"] = shape
        for name, shape in self.pooling.weight_shapes(summary).items():
            expected[f"pooling.{name}"] = shape
        for name in sorted({*expected, *self.weights}):
            found = self.weights[name].shape if name in self.weights else None
            if found != expected.get(name):
                raise ArgumentError(
                    f"its weight {name!r} should have shape {expected.get(name)}, and has {found}"
                )

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions in which the text is read."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    def prepare(self) -> None:
        """Compute now what reading many tokens is faster with."""
        self._embedding.prepare(sys.maxsize)

    def probabilities(self, sequences: Sequences) -> FloatArray:
        """Return the predictions, such as probabilities: float32, shape (documents, outputs)."""
        loops = compiled_loops(LOOPS, len(sequences))
        # The rows of the embedding that each token sums: its id, or several.
        rows = sequences.ids if self.ngrams is None else self.ngrams.of(sequences)
        if loops is not None and len(sequences) == 1 and self.cell.read_document is not None:
            return self._one(rows, self.cell.read_document)
        batches = self._batches(sequences)
        out = np.empty((len(sequences), len(self.weights["output.bias"])), dtype=np.float32)

        def work(documents: IntArray) -> FloatArray:
            return self._batch(sequences, rows, documents)

        with contextlib.nullcontext() if loops is None else one_thread_per_product():
            self._embedding.prepare(len(rows))
            for documents, found in zip(batches, ordered_map(work, batches), strict=True):
                out[documents] = found
        return out

    def _batches(self, sequences: Sequences) -> list[IntArray]:
        """Return the indices of the documents of each batch."""
        # Several batches for each thread, since the first are the longest.
        at_once = min(BATCH, max(SMALLEST_BATCH, len(sequences) // (2 * thread_count())))
        if self.pooling.keeps_states:
            longest = int(sequences.lengths.max(initial=1))
            at_once = max(1, min(at_once, KEPT_TOKENS // max(1, longest)))
        return longest_first(sequences, at_once)

    @cached_property
    def _embedding(self) -> InputEmbedding:
        kind = FusedEmbedding if self.ngrams is None else SummedEmbedding
        return kind(self.weights, self.directions, self._scale)

    @cached_property
    def _recurrent_kernels(self) -> dict[str, FloatArray]:
        return {d: self.weights[f"{d}.recurrent_kernel"] * self._scale for d in self.directions}

    @cached_property
    def _scale(self) -> FloatArray:
        return self.cell.scale(self._units)

    @cached_property
    def _units(self) -> int:
        return len(self.weights["forward.recurrent_kernel"])

    def _one(self, rows: Ids, read_document: ReadDocument) -> FloatArray:
        """Return the predictions of one document, by compiled loops."""
        inputs, time, units = self._embedding.read(rows), len(rows), self._units
        states = np.empty((time, units * len(self.directions)), np.float32)
        for i, direction in enumerate(self.directions):
            order = slice(None, None, -1 if i else 1)
            x = np.empty((time, units * self.cell.gates), np.float32)
            inputs.fill(direction, order, x)
            bias = self.weights[f"{direction}.bias"]
            kernel = self._recurrent_kernels[direction]
            states[order, i * units : (i + 1) * units] = read_document(
                x, kernel, bias[-1] * self._scale if bias.ndim == 2 else bias
            )
        pool, directions = self.pooling.pool_packed, len(self.directions)
        return self._answer(pool(states, np.arange(time + 1), 1, directions, self.weights).summary)

    def _batch(self, sequences: Sequences, rows: Ids, documents: IntArray) -> FloatArray:
        """Return the predictions of documents, the longest first."""
        packed = pack(sequences, documents)
        inputs = self._embedding.read(rows[packed.places])
        pooled = [self._read(packed, inputs, direction) for direction in self.directions]
        return self._answer(self.pooling.join(pooled, packed, self.weights))

    def _answer(self, summary: FloatArray) -> FloatArray:
        """Return the predictions of pooled states."""
        return self.head.activate(
            summary @ self.weights["output.kernel"] + self.weights["output.bias"]
        )

    def _read(self, packed: PackedSequence, inputs: Inputs, direction: str) -> FloatArray:
        """Run one direction over packed inputs, and return the pooling's result."""
        pool = self.pooling.running_pool(packed, self._units)
        step = self.cell.numpy_step(
            self._recurrent_kernels[direction],
            self.weights[f"{direction}.bias"],
            self._scale,
            len(packed.lengths),
        )
        order = packed.mirrored if direction == "backward" else None

        def fill(first: int, end: int, out: FloatArray) -> None:
            inputs.fill(direction, slice(first, end) if order is None else order[first:end], out)

        for time, x in _steps(fill, len(self._scale), packed.starts.tolist()):
            pool.add(step(x), time)
        return pool.result()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy needs: the tables can be computed again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _steps(
    fill: Callable[[int, int, FloatArray], None], width: int, starts: list[int]
) -> Iterator[tuple[int, FloatArray]]:
    """Yield each time step and its inputs, which may be overwritten: (running, width).

    They are computed for many steps at once. What is yielded stays valid for one step more.
    """
    most = max(1, CHUNK // width, max(np.diff(starts), default=0))
    # Two, because the last state of one chunk is read in the first step of the next.
    buffers = [np.empty((min(most, starts[-1]), width), np.float32) for _ in range(2)]
    time, steps = 0, len(starts) - 1
    while time < steps:
        buffers.reverse()
        first, end = starts[time], time + 1
        while end < steps and starts[end + 1] - first <= most:
            end += 1
        chunk = buffers[0][: starts[end] - first]
        fill(first, starts[end], chunk)
        for t in range(time, end):
            yield t, chunk[starts[t] - first : starts[t + 1] - first]
        time = end
