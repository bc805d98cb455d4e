"""The network's forward pass without Keras: what prediction needs, and nothing else.

The embedding and the cell's input weights are folded into one table when the network is loaded,
so that a token's share of the sum is one row of it: x W_xh + b = (E W_xh + b)[id]. Documents are
sorted by length, and those that have ended drop out of the batch, so that padding is never
computed and needs no mask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.ngrams import Ngrams
from textseq.errors import ArgumentError
from textseq.sequences import Sequences

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[Any]
Weights = Mapping[str, Array]
State = tuple[Array, ...]
Step = Callable[[Array, State, Weights], State]
Pool = Callable[[Array, npt.NDArray[np.int64], Weights, int], Array]

BATCH = 256

GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}
"""How many times as wide as the state each cell's input weights are."""


@dataclass(frozen=True)
class Network:
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
            rows = self.ngrams.rows if self.ngrams else vocabulary
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
            >>> from textseq.classifier.forward import Network
            >>> weights = {
            ...     "forward.kernel": np.eye(3, 2, dtype="float32"),  # one-hot: no embedding table
            ...     "forward.recurrent_kernel": np.zeros((2, 2), "float32"),
            ...     "forward.bias": np.zeros(2, "float32"),
            ...     "output.kernel": np.eye(2, dtype="float32"),
            ...     "output.bias": np.zeros(2, "float32"),
            ... }
            >>> network = Network(weights, "simple_rnn", "last", bidirectional=False)
            >>> network.probabilities(Sequences.from_lists([[1], []])).round(2)
            array([[0.32, 0.68],
                   [0.5 , 0.5 ]], dtype=float32)
        """
        rows = self.ngrams.of(sequences) if self.ngrams else sequences.ids[:, None]
        used: Rows | None = None
        if self.ngrams:
            # Most buckets are not read: fold, and look up in, only those that are.
            used, places = np.unique(rows, return_inverse=True)
            rows = places.reshape(rows.shape)
        tables = {name: self._input_table(name, used) for name in self.directions}
        order = np.argsort(-sequences.lengths, kind="stable")
        classes = len(self.weights["output.bias"])
        out = np.empty((len(sequences), classes), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            documents = order[start : start + BATCH]
            out[documents] = self._batch(sequences, rows, documents, tables)
        return out

    def _input_table(self, direction: str, used: Rows | None) -> Array:
        """Fold the embedding's `used` rows into the input weights: (rows, gates * units)."""
        kernel = self.weights[f"{direction}.kernel"]
        embeddings = self.weights.get("embedding.embeddings")
        bias = self.weights[f"{direction}.bias"]
        # A GRU has two biases, and only the first belongs to the input.
        bias = bias[0] if bias.ndim == 2 else bias
        if embeddings is None or used is None or self.ngrams is None:
            return (kernel if embeddings is None else embeddings @ kernel) + bias
        # A token adds the bias once, with its own row; row 0 is no n-gram.
        words = ((used > 0) & (used < self.ngrams.vocabulary))[:, None]
        return (embeddings[used] * (used > 0)[:, None]) @ kernel + words * bias

    def _batch(
        self,
        sequences: Sequences,
        rows: Rows,
        documents: npt.NDArray[np.int64],
        tables: Weights,
    ) -> Array:
        """Return the probabilities of documents that are sorted by falling length."""
        lengths = sequences.lengths[documents]
        time = int(lengths.max(initial=0))
        read = sequences.offsets[documents][:, None] + np.arange(time)
        read = np.where(_kept(lengths, time), read, 0)
        states = [self._states(rows, read, lengths, tables["forward"], "forward")]
        if self.bidirectional:
            mirrored = _mirror(lengths, time)
            read = np.take_along_axis(read, mirrored, axis=1)
            back = self._states(rows, read, lengths, tables["backward"], "backward")
            states.append(np.take_along_axis(back, mirrored[:, :, None], axis=1))
        summary = _POOLS[self.pooling](
            np.concatenate(states, axis=-1), lengths, self.weights, len(states)
        )
        return _softmax(summary @ self.weights["output.kernel"] + self.weights["output.bias"])

    def _states(
        self,
        rows: Rows,
        read: npt.NDArray[np.int64],
        lengths: npt.NDArray[np.int64],
        table: Array,
        name: str,
    ) -> Array:
        """Run one direction: float32, shape (batch, time, units), zeros behind each document.

        Args:
            rows: What each token gathers from the table: (tokens, rows per token).
            read: Which token each step reads: (batch, time).
            lengths: The documents' lengths, falling.
            table: The folded input table.
            name: Of the direction.
        """
        step = _STEPS[self.cell]
        weights = {
            key.removeprefix(f"{name}."): value
            for key, value in self.weights.items()
            if key.startswith(f"{name}.")
        }
        batch, time = read.shape
        units = weights["recurrent_kernel"].shape[0]
        states = np.zeros((batch, time, units), dtype=np.float32)
        state: State = tuple(np.zeros((batch, units), np.float32) for _ in range(2))
        for t in range(time):
            running = int(np.searchsorted(-lengths, -t, side="left"))
            now = rows[read[:running, t]]
            x = table[now[:, 0]] if now.shape[1] == 1 else table[now].sum(axis=1)
            state = step(x, tuple(s[:running] for s in state), weights)
            states[:running, t] = state[0]
        return states


def _simple_rnn(x: Array, state: State, weights: Weights) -> State:
    h = np.tanh(x + state[0] @ weights["recurrent_kernel"])
    return h, h


def _gru(x: Array, state: State, weights: Weights) -> State:
    """Keras's `reset_after=True` form: the reset gate acts on h W_hh + b, not on h."""
    h = state[0]
    from_state = h @ weights["recurrent_kernel"] + weights["bias"][1]
    x_update, x_reset, x_new = np.split(x, 3, axis=1)
    h_update, h_reset, h_new = np.split(from_state, 3, axis=1)
    update = _sigmoid(x_update + h_update)
    proposal = np.tanh(x_new + _sigmoid(x_reset + h_reset) * h_new)
    h = update * h + (1 - update) * proposal
    return h, h


def _lstm(x: Array, state: State, weights: Weights) -> State:
    h, memory = state
    gates = np.split(x + h @ weights["recurrent_kernel"], 4, axis=1)
    write, keep, proposal, read = gates
    memory = _sigmoid(keep) * memory + _sigmoid(write) * np.tanh(proposal)
    return _sigmoid(read) * np.tanh(memory), memory


_STEPS: dict[str, Step] = {"simple_rnn": _simple_rnn, "gru": _gru, "lstm": _lstm}


def _last(
    states: Array, lengths: npt.NDArray[np.int64], weights: Weights, directions: int
) -> Array:
    rows = np.arange(len(states))
    ends = states[rows, np.maximum(lengths - 1, 0)] if states.shape[1] else states.sum(axis=1)
    if directions == 1 or not states.shape[1]:
        return ends
    units = states.shape[2] // 2
    return np.concatenate([ends[:, :units], states[:, 0, units:]], axis=1)


def _mean(
    states: Array, lengths: npt.NDArray[np.int64], weights: Weights, directions: int
) -> Array:
    mean: Array = states.sum(axis=1) / np.maximum(lengths, 1).astype(np.float32)[:, None]
    return mean


def _max(states: Array, lengths: npt.NDArray[np.int64], weights: Weights, directions: int) -> Array:
    kept = _kept(lengths, states.shape[1])[:, :, None]
    largest: Array = states.max(axis=1, initial=-np.inf, where=kept)
    return np.where(lengths[:, None] > 0, largest, np.float32(0))


def _attention(
    states: Array, lengths: npt.NDArray[np.int64], weights: Weights, directions: int
) -> Array:
    seen = np.tanh(states @ weights["pooling.kernel"] + weights["pooling.bias"])
    score = np.where(
        _kept(lengths, states.shape[1]), seen @ weights["pooling.context"], np.float32(-3e38)
    )
    raised = np.exp(score - score.max(axis=1, keepdims=True, initial=-3e38))
    raised *= _kept(lengths, states.shape[1])
    share = raised / np.maximum(raised.sum(axis=1, keepdims=True), np.float32(1e-30))
    pooled: Array = np.einsum("btu,bt->bu", states, share)
    return pooled


_POOLS: dict[str, Pool] = {"last": _last, "mean": _mean, "max": _max, "attention": _attention}

BUILT_IN_EMBEDDINGS = frozenset({"learned", "ngrams", "onehot", "word2vec"})
BUILT_IN_CELLS = frozenset(_STEPS)
BUILT_IN_POOLINGS = frozenset(_POOLS)


def _kept(lengths: npt.NDArray[np.int64], time: int) -> npt.NDArray[np.bool_]:
    """Return where there is a token: bool, shape (batch, time)."""
    return np.arange(time) < lengths[:, None]


def _mirror(lengths: npt.NDArray[np.int64], time: int) -> npt.NDArray[np.int64]:
    """Return the time steps that read each document backwards, its padding left where it is."""
    steps = np.arange(time)
    mirrored = lengths[:, None] - 1 - steps
    return np.where(mirrored >= 0, mirrored, steps)


def _sigmoid(x: Array) -> Array:
    # The tanh form cannot overflow: sigmoid(x) = (1 + tanh(x / 2)) / 2.
    half = np.float32(0.5)
    share: Array = half + half * np.tanh(half * x)
    return share


def _softmax(x: Array) -> Array:
    raised = np.exp(x - x.max(axis=1, keepdims=True))
    share: Array = raised / raised.sum(axis=1, keepdims=True)
    return share
