"""The network's forward pass without Keras: what prediction needs, and nothing else.

The embedding and the cell's input weights are folded into one table (`input_table`), so that a
token's share of the sum is one row of it. Documents are sorted by length and packed (`packed`), so
that padding is never computed and needs no mask; the recurrence (`steps`) works in place, and
pooling (`summaries`) takes the states as they come. Batches go to all cores: NumPy releases the
interpreter's lock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.compute.threads import ordered_map, thread_count
from textseq.errors import ArgumentError
from textseq.network.heads import softmax
from textseq.network.inference.fused_embedding import InputTable, gather
from textseq.network.inference.packed_sequence import Packed, longest_first, pack
from textseq.network.inference.steps import GATES, STEPS, gate_scale
from textseq.network.inference.summaries import SUMMARIES, Summary, attention
from textseq.network.ngrams import Ngrams
from textseq.sequences.sequences import Ids, Sequences

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]

BATCH = 512
"""Documents in a batch: enough for the matrix product, few enough for the processor's cache."""

LEAST = 256
"""Documents in a batch, where there are so many."""

FEW = 32
"""Up to so many documents, preparing for threads takes longer than it saves."""

KEPT_TOKENS = 1 << 15
"""Tokens in a batch where pooling has to keep all states."""

CHUNK = 1 << 18
"""Numbers of input that are gathered at a time: a mebibyte, which the cache holds."""

BUILT_IN_EMBEDDINGS = frozenset({"learned", "ngrams", "onehot", "word2vec"})
BUILT_IN_CELLS = frozenset(STEPS)
BUILT_IN_POOLINGS = frozenset(SUMMARIES)


@dataclass(frozen=True)
class NumpyNetwork:
    """A trained network as arrays.

    Args:
        weights: By name, as `model.named_weights` has them.
        cell: `"simple_rnn"`, `"gru"` or `"lstm"`.
        pooling: `"last"`, `"mean"`, `"max"` or `"attention"`.
        bidirectional: Whether there is a backward cell too.
        ngrams: Which rows of the embedding a token gathers beside its own; None for no others.
    """

    weights: Weights
    cell: str
    pooling: str
    bidirectional: bool
    ngrams: Ngrams | None = None

    def check(self, *, vocabulary: int, dimension: int, units: int, classes: int) -> None:
        """Raise an error unless the weights are those of a network of these sizes.

        Raises:
            ArgumentError: A weight is missing, surplus or of another shape.
        """
        expected: dict[str, tuple[int, ...]] = {"output.bias": (classes,)}
        summary = units * len(self.directions)
        expected["output.kernel"] = (summary, classes)
        if "embedding.embeddings" in self.weights:
            rows = vocabulary if self.ngrams is None else self.ngrams.rows
            expected["embedding.embeddings"] = (rows, dimension)
        else:
            dimension = vocabulary
        wide = units * GATES[self.cell]
        for name in self.directions:
            expected[f"{name}.kernel"] = (dimension, wide)
            expected[f"{name}.recurrent_kernel"] = (units, wide)
            expected[f"{name}.bias"] = (2, wide) if self.cell == "gru" else (wide,)
        if self.pooling == "attention":
            expected["pooling.kernel"] = (summary, summary)
            expected["pooling.bias"] = expected["pooling.context"] = (summary,)
        for name in sorted({*expected, *self.weights}):
            shape = self.weights[name].shape if name in self.weights else None
            if shape != expected.get(name):
                raise ArgumentError(
                    f"its weight {name!r} should have shape {expected.get(name)}, and has {shape}"
                )

    @property
    def directions(self) -> tuple[str, ...]:
        """The names of the directions in which the text is read."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    def probabilities(self, sequences: Sequences) -> Array:
        """Return the probability of each class: float32, shape (documents, classes).

        Example:
            >>> import numpy as np
            >>> from textseq import Sequences
            >>> from textseq.network.inference.numpy_network import NumpyNetwork
            >>> weights = {
            ...     "forward.kernel": np.eye(3, 2, dtype="float32"),  # one-hot: no embedding table
            ...     "forward.recurrent_kernel": np.zeros((2, 2), "float32"),
            ...     "forward.bias": np.zeros(2, "float32"),
            ...     "output.kernel": np.eye(2, dtype="float32"),
            ...     "output.bias": np.zeros(2, "float32"),
            ... }
            >>> network = NumpyNetwork(weights, "simple_rnn", "last", bidirectional=False)
            >>> network.probabilities(Sequences.from_lists([[1], []])).round(2)
            array([[0.32, 0.68],
                   [0.5 , 0.5 ]], dtype=float32)
        """
        batches, rows = self._batches(sequences), self._rows(sequences)
        out = np.empty((len(sequences), len(self.weights["output.bias"])), dtype=np.float32)

        def work(documents: npt.NDArray[np.int64]) -> Array:
            return self._batch(sequences, rows, documents)

        with _one_thread_per_product() if len(sequences) > FEW else contextlib.nullcontext():
            for _ in ordered_map(lambda table: table.prepare(rows.size), self._tables.values()):
                pass
            for documents, found in zip(batches, ordered_map(work, batches), strict=True):
                out[documents] = found
        return out

    def _rows(self, sequences: Sequences) -> Ids:
        """Return the rows of the embedding that each token gathers: its id, or several numbers."""
        return sequences.ids if self.ngrams is None else self.ngrams.of(sequences)

    def _batches(self, sequences: Sequences) -> list[npt.NDArray[np.int64]]:
        """Return the numbers of the documents of each batch."""
        # Several batches for each thread, since the first are the longest.
        at_once = min(BATCH, max(LEAST, len(sequences) // (2 * thread_count())))
        if self.pooling == "attention":
            longest = int(sequences.lengths.max(initial=1))
            at_once = max(1, min(at_once, KEPT_TOKENS // max(1, longest)))
        return longest_first(sequences, at_once)

    @cached_property
    def _tables(self) -> dict[str, InputTable]:
        scale = gate_scale(self.cell, self._units)
        words = None if self.ngrams is None else self.ngrams.vocabulary
        return {name: InputTable(self.weights, name, scale, words) for name in self.directions}

    @cached_property
    def _recurrent_kernels(self) -> dict[str, Array]:
        scale = gate_scale(self.cell, self._units)
        return {name: self.weights[f"{name}.recurrent_kernel"] * scale for name in self.directions}

    @property
    def _units(self) -> int:
        return len(self.weights["forward.recurrent_kernel"])

    def _batch(self, sequences: Sequences, rows: Ids, documents: npt.NDArray[np.int64]) -> Array:
        """Return the probabilities of documents that are sorted by falling length."""
        packed = pack(sequences, documents)
        pooled = [self._read(packed, rows[packed.places], "forward")]
        if self.bidirectional:
            pooled.append(self._read(packed, rows[packed.backward_places], "backward"))
        if self.pooling == "attention":
            pooled[1:] = [states[packed.mirrored] for states in pooled[1:]]
            summary = attention(np.concatenate(pooled, axis=1), packed, self.weights)
        else:
            summary = np.concatenate(pooled, axis=1)
        return softmax(summary @ self.weights["output.kernel"] + self.weights["output.bias"])

    def _read(self, packed: Packed, ids: Ids, direction: str) -> Array:
        """Run one direction over packed rows, and return what the pooling makes of its states."""
        summary: Summary = SUMMARIES[self.pooling](packed, self._units)
        step = STEPS[self.cell](
            self._recurrent_kernels[direction],
            self.weights[f"{direction}.bias"],
            len(packed.lengths),
        )
        rows, places = self._tables[direction].read(ids)
        for time, x in _inputs(rows, places, packed.starts.tolist()):
            summary.add(step(x), time)
        return summary.result()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy needs: the tables can be made again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _inputs(
    rows: Array, places: npt.NDArray[np.intp], starts: list[int]
) -> Iterator[tuple[int, Array]]:
    """Yield each time step and its rows, which may be overwritten: (running, gates * units).

    They are gathered for many steps at once. What was yielded stays as it is for a step more.
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
    """Keep the matrix library from splitting each product, where whole batches run in parallel.

    Its threads wait for each other by spinning, which on a busy machine takes many times as long
    as the product itself.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
