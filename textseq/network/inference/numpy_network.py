"""The network's forward pass in NumPy: what prediction needs, without Keras.

    ids
     |  FusedEmbedding: the embedding and the cell's input weights as one table
    inputs, packed: documents sorted by length, so that padding is never computed
     |  the cell's `numpy_step`, in place, in each direction
     |  the pooling's `running_pool`, state by state
    pooled states
     |  output weights, the head's `activate`
    predictions (documents, outputs)

Batches go to all cores: NumPy releases the interpreter's lock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.compute.threads import ordered_map, thread_count
from textseq.errors import ArgumentError
from textseq.network.arrays import FloatArray, IntArray, NamedArrays
from textseq.network.cells.base import Cell
from textseq.network.heads import SOFTMAX, Head
from textseq.network.inference.fused_embedding import FusedEmbedding, gather
from textseq.network.inference.packed_sequence import PackedSequence, longest_first, pack
from textseq.network.ngrams import Ngrams
from textseq.network.pooling.base import Pooling

if TYPE_CHECKING:
    from textseq.sequences.sequences import Ids, Sequences

BATCH = 512
"""Documents in a batch: enough for the matrix product, few enough for the processor's cache."""

SMALLEST_BATCH = 256
"""Documents in a batch at least, unless there are fewer."""

FEW_DOCUMENTS = 32
"""Up to this number of documents, preparing for threads takes longer than it saves."""

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

    def probabilities(self, sequences: Sequences) -> FloatArray:
        """Return the predictions, such as probabilities: float32, shape (documents, outputs)."""
        batches = self._batches(sequences)
        # The rows of the embedding that each token sums: its id, or several.
        rows = sequences.ids if self.ngrams is None else self.ngrams.of(sequences)
        out = np.empty((len(sequences), len(self.weights["output.bias"])), dtype=np.float32)

        def work(documents: IntArray) -> FloatArray:
            return self._batch(sequences, rows, documents)

        few = len(sequences) <= FEW_DOCUMENTS
        with contextlib.nullcontext() if few else _one_thread_per_product():
            for _ in ordered_map(lambda table: table.prepare(rows.size), self._tables.values()):
                pass
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
    def _tables(self) -> dict[str, FusedEmbedding]:
        words = None if self.ngrams is None else self.ngrams.vocabulary
        return {d: FusedEmbedding(self.weights, d, self._scale, words) for d in self.directions}

    @cached_property
    def _recurrent_kernels(self) -> dict[str, FloatArray]:
        return {d: self.weights[f"{d}.recurrent_kernel"] * self._scale for d in self.directions}

    @cached_property
    def _scale(self) -> FloatArray:
        return self.cell.scale(self._units)

    @property
    def _units(self) -> int:
        return len(self.weights["forward.recurrent_kernel"])

    def _batch(self, sequences: Sequences, rows: Ids, documents: IntArray) -> FloatArray:
        """Return the predictions of documents, the longest first."""
        packed = pack(sequences, documents)
        pooled = [self._read(packed, rows[packed.places], "forward")]
        if self.bidirectional:
            pooled.append(self._read(packed, rows[packed.backward_places], "backward"))
        summary = self.pooling.join(pooled, packed, self.weights)
        return self.head.activate(
            summary @ self.weights["output.kernel"] + self.weights["output.bias"]
        )

    def _read(self, packed: PackedSequence, ids: Ids, direction: str) -> FloatArray:
        """Run one direction over packed rows, and return the pooling's result."""
        pool = self.pooling.running_pool(packed, self._units)
        step = self.cell.numpy_step(
            self._recurrent_kernels[direction],
            self.weights[f"{direction}.bias"],
            self._scale,
            len(packed.lengths),
        )
        rows, places = self._tables[direction].read(ids)
        for time, x in _inputs(rows, places, packed.starts.tolist()):
            pool.add(step(x), time)
        return pool.result()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy needs: the tables can be computed again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _inputs(
    rows: FloatArray, places: npt.NDArray[np.intp], starts: list[int]
) -> Iterator[tuple[int, FloatArray]]:
    """Yield each time step and its rows, which may be overwritten: (running, gates * units).

    They are gathered for many steps at once. What is yielded stays valid for one step more.
    """
    width = rows.shape[1]
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
        gather(rows, places[first : starts[end]], chunk)
        for t in range(time, end):
            yield t, chunk[starts[t] - first : starts[t + 1] - first]
        time = end


@contextlib.contextmanager
def _one_thread_per_product() -> Iterator[None]:
    """Keep the matrix library from splitting each product while batches run in parallel.

    Its threads wait for each other by spinning, which on a busy machine takes many times as long
    as the product itself.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
