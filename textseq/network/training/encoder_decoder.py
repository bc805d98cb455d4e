"""The training step of an encoder-decoder: teacher forcing, on packed documents, without Keras.

See `network.encoder_decoder` for the network. Halves of a batch go to two threads, which share
nothing; their gradients are summed. The halves are the same where there is one thread only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

import numpy as np

from textseq.compute.blas import one_thread_per_product
from textseq.compute.threads import thread_count
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Rows
from textseq.network.encoder_decoder import (
    TABLE,
    EncoderDecoderSpec,
    attend,
    attend_back,
    combine,
    output_kernel,
    queries,
)
from textseq.network.heads import SOFTMAX
from textseq.network.inference.decoding import ended, mark
from textseq.network.inference.packed_sequence import PackedSequence, pack
from textseq.network.training.adam_kernels import gather
from textseq.network.training.flat_weights import FlatWeights
from textseq.network.training.packing import Dropout
from textseq.network.training.recurrent import RecurrentPass
from textseq.network.training.trainable import Step
from textseq.sequences.sequences import Sequences

LOGITS = 1 << 19
"""Logits that are computed at a time, so that they fit the cache."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sources and targets as ids.

    Args:
        sources: Ids from 1, and a 0 at the end of each.
        inputs: What the decoder reads: a 0, and the ids of the target.
        outputs: What it is to answer: the ids of the target, and a 0.
    """

    sources: Sequences
    inputs: Sequences
    outputs: Sequences

    @classmethod
    def of(cls, sources: Sequences, targets: Sequences) -> Pairs:
        """Return pairs with the marks of their ends.

        Example:
            >>> from textseq.network.training.encoder_decoder import Pairs
            >>> from textseq.sequences.sequences import Sequences
            >>> pairs = Pairs.of(Sequences.from_lists([[7]]), Sequences.from_lists([[3, 4]]))
            >>> pairs.inputs.to_lists(), pairs.outputs.to_lists()
            ([[0, 3, 4]], [[3, 4, 0]])
        """
        return cls(ended(sources), mark(targets, targets.offsets[:-1]), ended(targets))

    @property
    def lengths(self) -> IntArray:
        """Tokens of the longer side of each pair: (documents,)."""
        return np.maximum(self.sources.lengths, self.outputs.lengths)

    @cached_property
    def weights(self) -> FloatArray:
        """The weight of each pair in the loss: (documents,)."""
        return np.ones(len(self.sources), np.float32)

    @property
    def arrays(self) -> list[AnyArray]:
        """All that they consist of."""
        parts = (self.sources, self.outputs)
        return [array for part in parts for array in (part.ids, part.offsets)]

    def __len__(self) -> int:
        return len(self.sources)


class EncoderDecoderTrainable:
    """An encoder-decoder in training; see `Trainable`.

    Args:
        spec: Its parts and sizes.
        weights: Before training, by name.
        training: The training set.
        dropout: Dropout rate on `out`, and on the encoder's states.
        vector_dropout: Dropout rate on the word vectors.
        smoothing: What part of the probability training spreads over all words (label smoothing,
            Szegedy et al. 2016).
        word_dropout: Rate at which words of the sources become the id 1, an unknown word.
    """

    selection = SOFTMAX.find_metric()
    metric_name = selection.name
    learns_table = True

    def __init__(
        self,
        spec: EncoderDecoderSpec,
        weights: Mapping[str, FloatArray],
        training: Pairs,
        *,
        dropout: float = 0.0,
        vector_dropout: float = 0.0,
        smoothing: float = 0.0,
        word_dropout: float = 0.0,
    ) -> None:
        self.spec, self.training, self._weights = spec, training, dict(weights)
        self.rates = Rates(dropout, vector_dropout, smoothing, word_dropout)
        self.fixed: list[AnyArray] = []
        self._flat = FlatWeights({n: w.shape for n, w in weights.items() if n != TABLE})
        self._gradients = [np.zeros(self._flat.size, np.float32) for _ in range(2)]
        self._second: ThreadPoolExecutor | None = None

    def start(self) -> tuple[FloatArray, FloatArray | None]:
        """Return the weights before training."""
        return self._flat.join(self._weights), self._weights[TABLE]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Hold a thread for the second half of each batch."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(one_thread_per_product())
            if thread_count() > 1:
                self._second = stack.enter_context(ThreadPoolExecutor(1, "textseq"))
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
        """Return the loss and its gradient on a batch."""
        assert table is not None  # noqa: S101  (there always is one)
        documents = batch[1]
        tokens = int(self.training.outputs.lengths[documents].sum())
        weights = {TABLE: table[:, 0], **self._flat.split(dense)}
        halves = [
            Half(
                self.spec,
                (weights, self._flat.split(gradient)),
                self.training,
                documents[i::2],
                np.random.default_rng(random.integers(1 << 63)),
                self.rates,
            )
            for i, gradient in enumerate(self._gradients)
            if len(documents[i::2])
        ]
        if self._second is not None and len(halves) > 1:
            other = self._second.submit(halves[1].learn, table, tokens)
            parts = [halves[0].learn(table, tokens), other.result()]
        else:
            parts = [half.learn(table, tokens) for half in halves]
        if len(halves) > 1:
            self._gradients[0] += self._gradients[1]
        rows = np.concatenate([part.rows for part in parts])
        return Step(
            sum(part.loss for part in parts) / tokens,
            sum(part.right for part in parts) / tokens,
            self._gradients[0],
            rows[None, :, None],
            np.concatenate([part.vectors for part in parts])[None],
        )

    def validate(self, pairs: Pairs) -> dict[str, float]:
        """Return the mean loss of a target's token, and how many are answered rightly."""
        loss = right = 0.0
        for first in range(0, len(pairs), 256):
            documents = np.arange(first, min(first + 256, len(pairs)))
            none = np.random.default_rng(0)
            half = Half(self.spec, (self._weights, {}), pairs, documents, none, Rates())
            found = half.measure()
            loss, right = loss + found[0], right + found[1]
        tokens = len(pairs.outputs.ids)
        return {"loss": loss / tokens, self.metric_name: right / tokens}

    def assign(self, dense: FloatArray, table: FloatArray | None) -> None:
        """Set the weights."""
        self._weights = {name: weight.copy() for name, weight in self._flat.split(dense).items()}
        self._weights[TABLE] = np.ascontiguousarray(table)

    def weights(self) -> dict[str, FloatArray]:
        """Return the weights by name; nothing changes them."""
        return dict(self._weights)

    def set_weights(self, weights: dict[str, FloatArray]) -> None:
        """Set the weights by name."""
        self._weights = dict(weights)


class Rates(NamedTuple):
    """What training leaves to chance; see `EncoderDecoderTrainable`."""

    dropout: float = 0.0
    vector_dropout: float = 0.0
    smoothing: float = 0.0
    word_dropout: float = 0.0


class Learned(NamedTuple):
    """What half a batch says of the weights, beside their gradient."""

    loss: float  # the sum over tokens
    right: float
    rows: Rows  # of the table, (tokens,)
    vectors: FloatArray  # the gradient of each: (tokens, dimension)


class Half:
    """Half a batch: read, and followed back.

    Args:
        spec: The network.
        faces: Its weights by name, and where their gradients go.
        pairs: All pairs.
        documents: Those of this half.
        random: What dropout draws from.
        rates: See there.
    """

    def __init__(
        self,
        spec: EncoderDecoderSpec,
        faces: tuple[NamedArrays, NamedArrays],
        pairs: Pairs,
        documents: IntArray,
        random: np.random.Generator,
        rates: Rates,
    ) -> None:
        self.spec, (self.weights, self.gradient), self.rates = spec, faces, rates
        self.random, self.lengths = random, pairs.sources.lengths[documents]
        by_source = np.argsort(-self.lengths, kind="stable")
        self.by_target = np.argsort(-pairs.inputs.lengths[documents], kind="stable")
        self.source = pack(pairs.sources, documents[by_source])
        self.target = pack(pairs.inputs, documents[self.by_target])
        # The document and the step of each packed token: where it lies in a padded array.
        self.in_source = by_source[self.source.documents], self.source.steps
        self.in_target = self.by_target[self.target.documents], self.target.steps
        # Where the state after each source lies, read forwards, and read backwards.
        ranks = np.argsort(by_source)
        self.ends = self.source.starts[self.lengths - 1] + ranks, ranks
        words, inputs = pairs.sources.ids[self.source.places], pairs.inputs.ids
        if rates.word_dropout:
            dropped = random.random(len(words), np.float32) < rates.word_dropout
            words = np.where(dropped & (words > 0), np.int32(1), words)
        self.rows = words, inputs[self.target.places] + np.int32(spec.sources)
        self.answers = pairs.outputs.ids[self.target.places]

    def measure(self) -> tuple[float, float]:
        """Return the loss and the right answers, summed over tokens."""
        out = self._read(self.weights[TABLE][:, None])
        loss, right, _ = self._answer(out, 0)
        return loss, right

    def learn(self, table: FloatArray, tokens: int) -> Learned:
        """Set the gradient of the mean loss of a batch of `tokens` tokens; return the rest."""
        out = self._read(table)
        self.dropouts[0].apply(out)
        loss, right, by_out = self._answer(out, tokens)
        self.dropouts[0].apply(by_out)
        by_states, by_memory, by_last = self._attend_back(by_out)
        by_inputs = _go_back(self.decoder, by_states)
        by_last[self.by_target] += self.decoder.by_start[0]
        by_sources = np.zeros((len(self.rows[0]), self.spec.dimension), np.float32)
        for one, ends, part in zip(self.encoders, self.ends, self._parts, strict=False):
            by_memory[ends, part] += by_last[:, part]
            by_sources += _go_back(one, by_memory[:, part])
        for dropout, by_vectors in zip(self.dropouts[1:], (by_sources, by_inputs), strict=True):
            dropout.apply(by_vectors)
        parts = [*zip(self.rows, (by_sources, by_inputs), strict=True)]
        if self.spec.tied:
            parts.append((np.arange(self.spec.targets) + self.spec.sources, self.by_output))
        rows = np.concatenate([row for row, _ in parts], dtype=np.int32, casting="same_kind")
        return Learned(loss, right, rows, np.concatenate([vector for _, vector in parts]))

    def _read(self, table: FloatArray) -> FloatArray:
        """Read the pairs; return `out` of each token of the targets, packed."""
        spec, weights = self.spec, self.weights
        vectors = []
        self.dropouts = [Dropout(self.random, len(self.rows[1]) * self._width, self.rates.dropout)]
        for rows in self.rows:
            x = np.empty((len(rows), table.shape[2]), np.float32)
            gather(table, rows[None, :, None], x[None])
            dropout = Dropout(self.random, x.size, self.rates.vector_dropout)
            dropout.apply(x)
            self.dropouts.append(dropout)
            vectors.append(x)
        self.encoders = [self._pass(name, vectors[0], self.source) for name in spec.directions]
        memory = np.concatenate([one.read() for one in self.encoders], axis=1)
        last = [memory[ends, part] for ends, part in zip(self.ends, self._parts, strict=False)]
        start = np.concatenate(last, axis=1)
        self.decoder = self._pass("decoder", vectors[1], self.target, start[self.by_target])
        self.states = self.decoder.read()
        if spec.attention == "none":
            return self.states.copy()
        is_token = np.arange(len(self.source.starts) - 1) < self.lengths[:, None]
        if spec.attention == "last":  # a memory of one token, which is always read
            self.memory, is_token = start[:, None], is_token[:, :1]
        else:
            self.memory = _padded(memory, self.in_source)
        self.asked = _padded(queries(spec, self.states, weights), self.in_target)
        self.attention, read = attend(self.asked, self.memory, is_token)
        self.seen = read[self.in_target]
        self.out = combine(self.states, self.seen, weights)
        return self.out.copy()

    def _pass(
        self, name: str, x: FloatArray, packed: PackedSequence, start: FloatArray | None = None
    ) -> RecurrentPass:
        """Return the recurrence of one of the cells."""
        cell, kernel = self.spec.cells(), self.weights[f"{name}.recurrent_kernel"]
        faces = self.weights, self.gradient or self.weights
        begin = cell.starting_states(kernel, start)
        return RecurrentPass(cell, name, faces, x, packed.starts, begin)

    @property
    def _parts(self) -> list[slice]:
        """The columns of each of the encoder's cells."""
        each = self.spec.units // len(self.spec.directions)
        return [slice(i * each, (i + 1) * each) for i in range(len(self.spec.directions))]

    @property
    def _width(self) -> int:
        return self.spec.units if self.spec.attention == "none" else self.spec.dimension

    def _answer(self, out: FloatArray, tokens: int) -> tuple[float, float, FloatArray]:
        """Return the loss and right answers, summed over tokens, and the gradient by `out`.

        Args:
            out: Of each token of the targets: (tokens, columns).
            tokens: Of the batch, over which the gradient is a mean; 0 for no gradient.
        """
        kernel, bias = output_kernel(self.spec, self.weights), self.weights["output.bias"]
        smoothing = np.float32(self.rates.smoothing if tokens else 0)
        at_once = max(64, LOGITS // len(bias))
        logits = np.empty((len(out), len(bias)), np.float32)
        by_out, loss, right = np.empty_like(out), 0.0, 0.0
        for first in range(0, len(out), at_once):
            part, answers = logits[first : first + at_once], self.answers[first : first + at_once]
            np.matmul(out[first : first + at_once], kernel, out=part)
            part += bias
            lost, correct = cross_entropy(part, answers, smoothing, tokens)
            loss, right = loss + lost, right + correct
            if tokens:
                np.matmul(part, kernel.T, out=by_out[first : first + at_once])
        if tokens:
            logits.sum(axis=0, out=self.gradient["output.bias"])
            if self.spec.tied:
                self.by_output = logits.T @ out
            else:
                np.matmul(out.T, logits, out=self.gradient["output.kernel"])
        return loss, right, by_out

    def _attend_back(self, by_out: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the gradient by the decoder's states, by the encoder's, and by its last ones."""
        spec, weights, gradient, units = self.spec, self.weights, self.gradient, self.spec.units
        by_memory = np.zeros((len(self.rows[0]), units), np.float32)
        by_last = np.zeros((len(self.lengths), units), np.float32)
        if spec.attention == "none":
            return by_out, by_memory, by_last
        kernel = weights["combine.kernel"]
        by_sum = by_out * (1 - self.out * self.out)
        by_sum.sum(axis=0, out=gradient["combine.bias"])
        np.matmul(self.states.T, by_sum, out=gradient["combine.kernel"][:units])
        np.matmul(self.seen.T, by_sum, out=gradient["combine.kernel"][units:])
        by_states = by_sum @ kernel[:units].T
        by_read = _padded(by_sum @ kernel[units:].T, self.in_target)
        by_asked, by_padded = attend_back(by_read, self.attention, self.asked, self.memory)
        by_queries = by_asked[self.in_target]
        if spec.attention == "general":
            np.matmul(self.states.T, by_queries, out=gradient["attention.kernel"])
            by_queries = by_queries @ weights["attention.kernel"].T
        by_states += by_queries
        if spec.attention == "last":
            by_last = by_padded[:, 0]
        else:
            by_memory = by_padded[self.in_source]
        return by_states, by_memory, by_last


def _padded(packed: FloatArray, places: tuple[IntArray, IntArray]) -> FloatArray:
    """Return what packed tokens have, padded with zeros: (documents, steps, columns)."""
    shape = (int(places[0].max()) + 1, int(places[1].max()) + 1, packed.shape[1])
    padded = np.zeros(shape, np.float32)
    padded[places] = packed
    return padded


def _go_back(one: RecurrentPass, by_states: FloatArray) -> FloatArray:
    """Follow a recurrence back; return the gradient by its vectors."""
    one.by_states = np.ascontiguousarray(by_states)
    return cast("FloatArray", one.go_back(by_vectors=True))


def cross_entropy(
    logits: FloatArray, answers: AnyArray, smoothing: np.float32, tokens: int
) -> tuple[float, float]:
    """Return the loss and the right answers, summed; the logits become their gradient.

    Args:
        logits: (tokens, words).
        answers: The word that is right: (tokens,).
        smoothing: What part of the probability is spread over all words.
        tokens: What the gradient is divided by; 0 leaves the logits without a gradient.

    Example:
        >>> import numpy as np
        >>> from textseq.network.training.encoder_decoder import cross_entropy
        >>> logits = np.array([[2, 2]], "float32")
        >>> loss, right = cross_entropy(logits, np.array([0]), np.float32(0), tokens=1)
        >>> round(loss, 4), right, logits.tolist()
        (0.6931, 1.0, [[-0.5, 0.5]])
    """
    each = np.arange(len(logits))
    right = float((logits.argmax(axis=1) == answers).sum())
    logits -= logits.max(axis=1, keepdims=True)
    chosen = logits[each, answers]
    mean = logits.mean(axis=1) if smoothing else chosen
    np.exp(logits, out=logits)
    sums = logits.sum(axis=1)
    loss = np.log(sums) - (1 - smoothing) * chosen - smoothing * mean
    if tokens:
        logits *= (1 / (sums * np.float32(tokens)))[:, None]
        if smoothing:
            logits -= smoothing / np.float32(tokens * logits.shape[1])
        logits[each, answers] -= (1 - smoothing) / np.float32(tokens)
    return float(loss.sum()), right
