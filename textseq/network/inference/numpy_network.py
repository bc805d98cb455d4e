"""The network's forward pass in NumPy: what prediction needs, without Keras.

    ids
     |  FusedEmbedding: the embedding and the cell's input weights as one table
     |  (SummedEmbedding: sums of rows of words and n-grams, times the input weights)
    inputs, packed: documents sorted by length, so that padding is never computed
     |  the cell's `numpy_step`, in place, in each direction          or its `forward`
     |  the pooling's `running_pool`, state by state                   or its `pool_packed`
    pooled states
     |  output weights, the head's `activate`
    predictions (documents, outputs)

Batches go to all cores: NumPy releases the interpreter's lock. Once compiled code is loaded (see
`cold_start`), all time steps go through the cell's `forward` and the pooling's `pool_packed`, which
train the network too.
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
from textseq.network.arrays import FloatArray, IntArray, NamedArrays
from textseq.network.cells.base import Cell, reading_steps
from textseq.network.heads import SOFTMAX, Head
from textseq.network.inference.fused_embedding import FusedEmbedding
from textseq.network.inference.inputs import LOOPS, InputEmbedding, Inputs
from textseq.network.inference.packed_sequence import (
    PackedSequence,
    longest_first,
    pack,
)
from textseq.network.inference.summed_embedding import SummedEmbedding
from textseq.network.ngrams import Ngrams
from textseq.network.pooling.base import Pooling
from textseq.network.weight_shapes import check_shapes, weight_shapes

if TYPE_CHECKING:
    from textseq.sequences.sequences import Ids, Sequences

BATCH = 512
"""Documents in a batch: enough for the matrix product, few enough for the processor's cache."""

COMPILED_BATCH = 128
"""Documents in a batch of compiled loops, which keep all states."""

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
        tables = {}
        if "embedding.embeddings" in self.weights or self.ngrams is not None:
            rows = vocabulary if self.ngrams is None else self.ngrams.rows
            tables["embedding.embeddings"] = rows, dimension
        else:
            dimension = vocabulary
        shapes = weight_shapes(self, dimension=dimension, units=units, outputs=classes)
        check_shapes(self.weights, {**tables, **shapes})

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions in which the text is read."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    def prepare(self) -> None:
        """Compute now what reading many tokens by compiled loops is faster with."""
        self._compiled_embedding.prepare(sys.maxsize)

    def probabilities(self, sequences: Sequences) -> FloatArray:
        """Return the predictions, such as probabilities: float32, shape (documents, outputs)."""
        compiled = compiled_loops(LOOPS, len(sequences)) is not None
        # The rows of the embedding that each token sums: its id, or several.
        rows = sequences.ids if self.ngrams is None else self.ngrams.of(sequences)
        if compiled and len(sequences) == 1:
            return self._compiled(rows, np.arange(len(rows) + 1), 1)
        batches = self._batches(sequences, compiled)
        out = np.empty((len(sequences), len(self.weights["output.bias"])), dtype=np.float32)

        def work(documents: IntArray) -> FloatArray:
            packed = pack(sequences, documents)
            if compiled:
                return self._compiled(rows[packed.places], packed.starts, len(documents))
            return self._stepwise(rows[packed.places], packed)

        with one_thread_per_product() if compiled else contextlib.nullcontext():
            (self._compiled_embedding if compiled else self._embedding).prepare(len(rows))
            for documents, found in zip(batches, ordered_map(work, batches), strict=True):
                out[documents] = found
        return out

    def _batches(self, sequences: Sequences, compiled: bool) -> list[IntArray]:
        """Return the indices of the documents of each batch."""
        if compiled:
            return longest_first(sequences, COMPILED_BATCH)
        # Several batches for each thread, since the first are the longest.
        at_once = min(BATCH, max(SMALLEST_BATCH, len(sequences) // (2 * thread_count())))
        if self.pooling.keeps_states:
            longest = int(sequences.lengths.max(initial=1))
            at_once = max(1, min(at_once, KEPT_TOKENS // max(1, longest)))
        return longest_first(sequences, at_once)

    @cached_property
    def _embedding(self) -> InputEmbedding:
        return self._embedding_of(self._scale)

    @cached_property
    def _compiled_embedding(self) -> InputEmbedding:
        scale = np.ones_like(self._scale)
        same = np.array_equal(scale, self._scale)
        return self._embedding if same else self._embedding_of(scale)

    def _embedding_of(self, scale: FloatArray) -> InputEmbedding:
        kind = FusedEmbedding if self.ngrams is None else SummedEmbedding
        return kind(self.weights, self.directions, scale)

    def _compiled(self, rows: Ids, starts: IntArray, documents: int) -> FloatArray:
        """Return the predictions of packed documents, by compiled loops."""
        inputs, states = self._compiled_embedding.read(rows), []
        for direction in self.directions:
            a = np.empty((len(rows), len(self._scale)), np.float32)
            inputs.fill(direction, slice(None), a)
            bias = self.weights[f"{direction}.bias"]
            kernel = self.weights[f"{direction}.recurrent_kernel"]
            last = bias[-1] if bias.ndim == 2 else bias
            steps = reading_steps(starts, direction == "backward")
            start = self.cell.starting_states(kernel)
            states.append(self.cell.forward(a, kernel, last, steps, start)[0])
        every = np.concatenate(states, axis=1) if len(states) > 1 else states[0]
        pool, directions = self.pooling.pool_packed, len(self.directions)
        return self._answer(pool(every, starts, documents, directions, self.weights).summary)

    @cached_property
    def _recurrent_kernels(self) -> dict[str, FloatArray]:
        return {d: self.weights[f"{d}.recurrent_kernel"] * self._scale for d in self.directions}

    @cached_property
    def _scale(self) -> FloatArray:
        return self.cell.scale(self._units)

    @cached_property
    def _units(self) -> int:
        return len(self.weights["forward.recurrent_kernel"])

    def _stepwise(self, rows: Ids, packed: PackedSequence) -> FloatArray:
        """Return the predictions of packed documents, in NumPy, one time step after the other."""
        inputs = self._embedding.read(rows)
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
