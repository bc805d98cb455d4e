"""The training step of networks of textseq's own parts, on packed documents, without Keras.

    rows of the embedding -- gather --> vectors x, packed; or x is given; dropout
        in each direction, on a thread of its own where there are two:
            a = x W_xh + b;  states = the cell's `forward`
    states -- the pooling's `pool_packed` --> summary, or each state by itself; dropout
    summary W_hy + b_y -- the head's `activate` --> predictions

and the same way back. No position is computed that is padding, nothing is compiled for a shape of
batch, and the products are those of `vector_math`. A test holds the gradient against Keras's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from textseq.compute.threads import thread_count
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Rows
from textseq.network.cells.base import Cell
from textseq.network.heads import Head
from textseq.network.pooling.base import Pooled, Pooling
from textseq.network.training.adam_kernels import gather
from textseq.network.training.batches import Examples
from textseq.network.training.flat_weights import FlatWeights
from textseq.network.training.packing import Dropout, pack_documents
from textseq.network.training.recurrent import RecurrentPass
from textseq.network.training.trainable import Step

if TYPE_CHECKING:
    from textseq.network.inference.numpy_network import NumpyNetwork
    from textseq.network.model_spec import ModelSpec

TABLE = "embedding.embeddings"


class Parts(Protocol):
    """The parts of a network, with its weights: a `NumpyNetwork` or a `PackedNetwork`.

    Attributes:
        weights: By name.
        cell: The cell of each direction.
        directions: Its directions.
        pooling: The pooling; None where each token is answered.
        head: The head.
    """

    @property
    def weights(self) -> NamedArrays: ...  # noqa: D102
    @property
    def cell(self) -> Cell: ...  # noqa: D102
    @property
    def directions(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def pooling(self) -> Pooling | None: ...  # noqa: D102
    @property
    def head(self) -> Head: ...  # noqa: D102


class Batch(NamedTuple):
    """A batch, packed.

    Args:
        x: Its inputs, without those that a table gives: float32, (tokens, dimension); or of one-hot
            vectors the ids, (tokens,).
        starts: Where each time step begins: (time + 1,).
        targets: What is to be predicted of each document, the longest first; or of each token,
            where there is no pooling.
        weights: The weight of each in the loss: float32.
        rows: The rows of the table that each token sums: (tokens, rows per token); None where there
            is no table.
    """

    x: AnyArray
    starts: IntArray
    targets: AnyArray
    weights: FloatArray
    rows: Rows | None = None


class PackedTrainable:
    """A `Trainable` of textseq's own parts; what a batch consists of is left to subclasses.

    Args:
        network: Its parts, with the weights before training.
        tuned: Whether the rows of the embedding are trained.
        dropout: Dropout rate on the pooled state, or on each state.
        vector_dropout: Dropout rate on the inputs.
        metric: The metric by which the best epoch is chosen; see `Head.find_metric`.
    """

    def __init__(
        self,
        network: Parts,
        *,
        tuned: bool = True,
        dropout: float = 0.0,
        vector_dropout: float = 0.0,
        metric: str | None = None,
    ) -> None:
        self.network, self.dropout, self.vector_dropout = network, dropout, vector_dropout
        self.head = network.head
        self.metric_name, self.selection = self.head.metric_name, self.head.find_metric(metric)
        self.learns_table = TABLE in network.weights and tuned
        self.fixed: list[AnyArray] = []
        self._flat = FlatWeights({n: w.shape for n, w in network.weights.items() if n != TABLE})
        self._gradient = np.zeros(self._flat.size, np.float32)
        self._second: ThreadPoolExecutor | None = None

    def pack(self, documents: IntArray, random: np.random.Generator) -> Batch:
        """Return the batch of some documents."""
        raise NotImplementedError

    def network_of(self, weights: NamedArrays) -> Parts:
        """Return a network of the same parts with other weights."""
        raise NotImplementedError

    def validate(self, data: Any) -> dict[str, float]:
        """Return the mean loss and metrics; see `Trainable`."""
        raise NotImplementedError

    def start(self) -> tuple[FloatArray, FloatArray | None]:
        """Return the weights before training; see `Trainable`."""
        weights = self.network.weights
        return self._flat.join(weights), weights.get(TABLE)

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
        faces = self._flat.split(dense), self._flat.split(self._gradient)
        packed = self.pack(batch[1], random)
        x, rows = packed.x, packed.rows
        if table is not None and rows is not None:
            x = np.empty((len(rows), table.shape[2]), np.float32)
            gather(table, rows[None], x[None])
        dropout = Dropout(random, x.size if x.ndim == 2 else 0, self.vector_dropout)
        if x.ndim == 2:
            dropout.apply(x)
        directions = [
            RecurrentPass(self.network.cell, name, faces, x, packed.starts)
            for name in self.network.directions
        ]
        states = np.concatenate(self._each(RecurrentPass.read, directions), axis=1)
        pooled = self._pool(states, packed, len(directions), faces[0])
        loss, metric, by_summary = self._answer(pooled.summary, packed, faces, random)
        by_states, by_pooling = pooled.backward(by_summary)
        for name, value in by_pooling.items():
            faces[1][name][...] = value
        for direction, part in zip(
            directions, np.split(by_states, len(directions), axis=1), strict=True
        ):
            direction.by_states = np.ascontiguousarray(part)
        learns = self.learns_table
        vectors, *others = self._each(lambda each: each.go_back(by_vectors=learns), directions)
        if not learns or rows is None:
            unread = np.empty((1, 0, 1), np.int32) if rows is None else rows[None]
            return Step(loss, metric, self._gradient, unread, None)
        for other in others:
            vectors += other
        dropout.apply(vectors)
        return Step(loss, metric, self._gradient, rows[None], vectors[None])

    def _pool(
        self, states: FloatArray, batch: Batch, directions: int, weights: NamedArrays
    ) -> Pooled:
        """Return the pooled states; without a pooling, each state by itself."""
        if self.network.pooling is None:
            return Pooled(states, lambda gradient: (gradient, {}))
        documents = len(batch.targets)
        return self.network.pooling.pool_packed(
            states, batch.starts, documents, directions, weights
        )

    def _each(self, work: Callable[[RecurrentPass], Any], directions: list[RecurrentPass]) -> Any:
        """Return what work makes of each direction, the second one on its own thread."""
        first, *others = directions
        if self._second is None:
            return [work(each) for each in directions]
        running = [self._second.submit(work, other) for other in others]
        return [work(first), *(each.result() for each in running)]

    def _answer(
        self,
        summary: FloatArray,
        batch: Batch,
        faces: tuple[NamedArrays, NamedArrays],
        random: np.random.Generator,
    ) -> tuple[float, float, FloatArray]:
        """Return the mean loss, the mean metric, and the gradient of the loss by the summary."""
        weights, gradient = faces
        dropout = Dropout(random, summary.size, self.dropout)
        dropout.apply(summary)
        predictions = self.head.activate(
            summary @ weights["output.kernel"] + weights["output.bias"]
        )
        factors = batch.weights / np.float32(len(batch.targets))
        losses, metrics = self.head.evaluate(batch.targets, predictions)
        by_logits = self.head.gradient(batch.targets, predictions) * factors[:, None]
        np.matmul(summary.T, by_logits, out=gradient["output.kernel"])
        by_logits.sum(axis=0, out=gradient["output.bias"])
        by_summary = by_logits @ weights["output.kernel"].T
        dropout.apply(by_summary)
        return float(losses @ factors), float(metrics @ factors), by_summary

    def assign(self, dense: FloatArray, table: FloatArray | None) -> None:
        """Set the weights; see `Trainable`."""
        named = {name: weight.copy() for name, weight in self._flat.split(dense).items()}
        old = self.network.weights.get(TABLE)
        kept = old if table is None else np.ascontiguousarray(table)
        self.set_weights(named if kept is None else {TABLE: kept, **named})

    def weights(self) -> dict[str, FloatArray]:
        """Return the weights by name; nothing changes them."""
        return dict(self.network.weights)

    def set_weights(self, weights: dict[str, FloatArray]) -> None:
        """Set the weights by name."""
        self.network = self.network_of(weights)


class SentenceTrainable(PackedTrainable):
    """A `Trainable` that reads documents of ids, and answers each of them.

    Args:
        spec: Its parts and sizes; see `ModelSpec.trains_without_keras`.
        weights: Before training, by name.
        training: The training set.
        word_dropout: Dropout rate on tokens.
        metric: The metric by which the best epoch is chosen; see `Head.find_metric`.
    """

    network: NumpyNetwork

    def __init__(
        self,
        spec: ModelSpec,
        weights: Mapping[str, FloatArray],
        training: Examples,
        word_dropout: float = 0.0,
        metric: str | None = None,
    ) -> None:
        self.spec, self.training, self.word_dropout = spec, training, word_dropout
        super().__init__(
            spec.numpy_network(weights),
            tuned=spec.tuned,
            dropout=spec.dropout,
            vector_dropout=spec.vector_dropout,
            metric=metric,
        )
        sequences, ngrams = training.sequences, self.network.ngrams
        self._rows = sequences.ids[:, None] if ngrams is None else ngrams.of(sequences)

    def pack(self, documents: IntArray, random: np.random.Generator) -> Batch:
        """Return the batch of some documents, without the tokens that are dropped."""
        sequences, dropped = self.training.sequences, np.empty(0, np.bool_)
        if self.word_dropout:
            tokens = int(sequences.lengths[documents].sum())
            dropped = random.random(tokens, np.float32) < self.word_dropout
        rows, starts, documents = pack_documents(self._rows, sequences.offsets, documents, dropped)
        targets, weights = self.training.targets[documents], self.training.weights[documents]
        return Batch(rows[:, 0], starts, targets, weights, rows)

    def network_of(self, weights: NamedArrays) -> NumpyNetwork:
        """Return a network of the same parts with other weights."""
        return self.spec.numpy_network(weights)

    def validate(self, data: Examples) -> dict[str, float]:
        """Return the mean loss and metrics; see `Trainable`."""
        predictions = self.network.probabilities(data.sequences)
        return self.head.measure(data.targets, predictions, self.selection)
