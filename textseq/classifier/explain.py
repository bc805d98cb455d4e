"""One sentence through a classifier, step by step, and the gradient of its answer.

    tokens -> ids -> states h_t -> pooling -> probabilities

L is the logarithm of the probability that the whole sentence gives to its answer, the most probable
class, temperature included. The gradient of L with respect to h_t says what a small change of the
state after token t would do to the answer: it goes through the pooling, and through all later
states. Training follows this same gradient, so that where it has vanished, the network learns
nothing from token t; Hochreiter 1991, Bengio et al. 1994, "Learning long-term dependencies with
gradient descent is difficult". Dropout plays no part.

Of several networks and a linear model, the first network alone is followed, and what all of them
predict together is given beside it.

In NumPy alone, for the built-in parts; states and gradients in float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.calibration import apply_temperature
from textseq.classifier.model_folder import read_settings
from textseq.classifier.predictor import Predictor
from textseq.classifier.texts import encode
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.network.cells.base import Cell, ForwardPass, StateGradients
from textseq.network.inference.numpy_network import NumpyNetwork
from textseq.network.model_spec import BUILT_IN
from textseq.sequences.sequences import Ids, Sequences
from textseq.tokenizer.analyzers import Analyzer

Array = npt.NDArray[np.float64]

LONGEST = 1_000
"""The most tokens that are explained: each of them is read once for each that follows it."""


@dataclass(frozen=True)
class Direction:
    """What one cell made of a sentence, in the order of the text whichever way it reads.

    Args:
        states: h_t after each token: (time, units).
        gradients: dL/dh_t: (time, units).
        carried: The part of it that came through other states: of the backward cell, those
            after earlier tokens, which it reads later: (time, units).
        memories: dL/dc_t, of an LSTM's memory; else None.
    """

    states: Array
    gradients: Array
    carried: Array
    memories: Array | None

    @property
    def gradient_norms(self) -> Array:
        """The Euclidean length of dL/dh_t: (time,)."""
        return _norms(self.gradients)

    def to_dict(self) -> dict[str, Any]:
        """Return states and norms as JSON can hold them, a list entry for each token."""
        return {
            "states": self.states.tolist(),
            "gradient_norms": self.gradient_norms.tolist(),
            "carried_norms": _norms(self.carried).tolist(),
            "memory_gradient_norms": None
            if self.memories is None
            else _norms(self.memories).tolist(),
        }


@dataclass(frozen=True)
class EnsemblePrediction:
    """What a model of several networks, or with a linear model, predicts.

    Args:
        label: The most probable class.
        probability: Its probability.
        networks: How many there are.
        linear: Whether a linear model is with them.
    """

    label: str
    probability: float
    networks: int
    linear: bool

    def __str__(self) -> str:
        """Return it as a sentence."""
        others = [f"{self.networks - 1} other networks"] if self.networks > 2 else []
        others += ["another network"] if self.networks == 2 else []
        others += ["a linear model of n-grams"] if self.linear else []
        return (
            f"This is the first network alone; together with {' and '.join(others)} the model "
            f"answers {self.label}, {self.probability:.4f}"
        )


@dataclass(frozen=True)
class Explanation:
    """A sentence's way through a classifier.

    Args:
        text: The sentence.
        tokens: Those that were read.
        ids: Their numbers: (time,).
        unknown: Tokens that have no number, and so were not read.
        classes: The labels.
        before: The probabilities with no token read: (classes,).
        probabilities: Those with the sentence ended after each token: (time, classes).
        answer: The label of the whole sentence.
        directions: By name, `"forward"` and, where the network has it, `"backward"`.
        network: The names of its cell and pooling, and the temperature.
        together: What the whole model answers, where this network is a part of it.
    """

    text: str
    tokens: tuple[str, ...]
    ids: Ids
    unknown: tuple[str, ...]
    classes: tuple[str, ...]
    before: npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float32]
    answer: str
    directions: Mapping[str, Direction]
    network: Mapping[str, Any]
    together: EnsemblePrediction | None = None

    @property
    def confidence(self) -> float:
        """The probability of the answer."""
        final = self.probabilities[-1] if len(self.tokens) else self.before
        return float(final[self.classes.index(self.answer)])

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "text": self.text,
            "label": self.answer,
            "probability": self.confidence,
            "classes": list(self.classes),
            "tokens": list(self.tokens),
            "ids": self.ids.tolist(),
            "unknown": list(self.unknown),
            "before": self.before.tolist(),
            "probabilities": self.probabilities.tolist(),
            **{name: direction.to_dict() for name, direction in self.directions.items()},
            "network": dict(self.network),
            "together": None if self.together is None else asdict(self.together),
        }


def load_built_in(path: StrPath, *, analyzer: str | Analyzer | None = None) -> Predictor:
    """Read a classifier of built-in parts, which are those that `explain` can follow.

    Args:
        path: The folder.
        analyzer: The tokenizer's analyzer, where that is code of your own.

    Raises:
        ArgumentError: A part of the network is code of the user's own.
        ArtifactError: The folder is not whole, or was changed.
    """
    config = read_settings(Path(path) / "config.json")
    for kind, names in BUILT_IN.items():
        if (name := config.get(kind)) not in names:
            raise ArgumentError(
                f"The model '{path}' has the {kind} {name!r}, whose gradient is not known here; "
                f"expected one of {', '.join(names.names())}."
            )
    return Predictor.load(path, analyzer=analyzer)


def explain(predictor: Predictor, text: str) -> Explanation:
    """Follow a sentence through a classifier, and the gradient of its answer back.

    Args:
        predictor: The classifier.
        text: The sentence.

    Raises:
        ArgumentError: The sentence has more than 1,000 tokens that the network would read.
    """
    together, predictor = _together(predictor, text), predictor.first_network
    tokenizer, (network,) = predictor.tokenizer, predictor.networks
    assert isinstance(network, NumpyNetwork)  # noqa: S101  (see `load_built_in`)
    sequence = encode(tokenizer, [text], predictor.vocabulary)
    if predictor.config.maxlen is not None:
        sequence = sequence.truncate(predictor.config.maxlen)
    ids = sequence[0]
    if len(ids) > LONGEST:
        raise ArgumentError(
            f"The text has {len(ids):,} tokens, and {LONGEST:,} can be explained at most; give a "
            f"part of it."
        )
    prefixes = Sequences.from_lists([ids[:end].tolist() for end in range(len(ids) + 1)])
    probabilities = apply_temperature(network.probabilities(prefixes), predictor.temperature)
    answer = int(probabilities[-1].argmax())
    classes = tuple(str(name) for name in predictor.classes)
    return Explanation(
        text=text,
        tokens=tuple(tokenizer.index_word[i] for i in ids.tolist()),
        ids=ids,
        unknown=_unknown(predictor, text),
        classes=classes,
        before=probabilities[0],
        probabilities=probabilities[1:],
        answer=classes[answer],
        directions=_directions(network, sequence, answer, predictor.temperature),
        network={
            "cell": network.cell.name,
            "pooling": network.pooling.name,
            "temperature": predictor.temperature,
        },
        together=together,
    )


def _together(predictor: Predictor, text: str) -> EnsemblePrediction | None:
    if predictor.first_network is predictor:
        return None
    (row,) = predictor.predict_proba([text])
    best = int(row.argmax())
    return EnsemblePrediction(
        str(predictor.classes[best]),
        float(row[best]),
        len(predictor.networks),
        predictor.linear is not None,
    )


def log_probability_gradient(
    summary: Array, weights: Mapping[str, Array], answer: int, temperature: float
) -> Array:
    """Return the gradient of log softmax(z / T)[answer] with respect to the pooled state.

    Args:
        summary: The pooled state s, of which the output layer makes z = s W + b: (summary,).
        weights: Of the network, by name.
        answer: The number of the class.
        temperature: T.

    Returns:
        W (e_answer - p) / T: (summary,).
    """
    logits = (summary @ weights["output.kernel"] + weights["output.bias"]) / temperature
    raised = np.exp(logits - logits.max())
    errors = -raised / raised.sum()
    errors[answer] += 1
    gradient: Array = weights["output.kernel"] @ (errors / temperature)
    return gradient


def _directions(
    network: NumpyNetwork, sequence: Sequences, answer: int, temperature: float
) -> dict[str, Direction]:
    """Read one sentence in each direction, and follow the gradient back."""
    exact = {
        name: weight.astype(np.float64)
        for name, weight in network.weights.items()
        if not name.startswith("embedding.")
    }
    vectors = _vectors(network, sequence)
    order = {"forward": 1, "backward": -1}
    passes = {
        name: _read(exact, network.cell, name, vectors[:: order[name]])
        for name in network.directions
    }
    states = np.concatenate([p.states[:: order[name]] for name, p in passes.items()], axis=1)
    direct = states  # of no tokens, where there is nothing to pool
    if len(states):
        pooled = network.pooling.pool_sentence(states, len(passes), exact)
        gradient = log_probability_gradient(pooled.summary, exact, answer, temperature)
        direct = pooled.backward(gradient)
    parts = np.split(direct, len(passes), axis=1)
    return {
        name: _in_text_order(forward, forward.backward(part[:: order[name]]), order[name])
        for (name, forward), part in zip(passes.items(), parts, strict=True)
    }


def _vectors(network: NumpyNetwork, sequence: Sequences) -> Array | Ids:
    """Return each token's vector, (time, dimension); or its id, where the vectors are one-hot."""
    table = network.weights.get("embedding.embeddings")
    if table is None:
        return sequence.ids
    rows = sequence.ids[:, None] if network.ngrams is None else network.ngrams.of(sequence)
    found = table[rows].astype(np.float64) * (rows != 0)[..., None]
    vectors: Array = found.sum(axis=1)
    return vectors


def _read(
    weights: Mapping[str, Array], cell: Cell, direction: str, vectors: Array | Ids
) -> ForwardPass:
    """Read a sentence's vectors, or ids, in the order in which they come."""
    kernel, bias = weights[f"{direction}.kernel"], weights[f"{direction}.bias"]
    bias, second = bias if bias.ndim == 2 else (bias, bias)  # a GRU has two
    inputs = (vectors @ kernel if vectors.ndim == 2 else kernel[vectors]) + bias
    return cell.read_sentence(inputs, weights[f"{direction}.recurrent_kernel"], second)


def _in_text_order(forward: ForwardPass, gradients: StateGradients, order: int) -> Direction:
    memories = gradients.memories
    return Direction(
        forward.states[::order],
        gradients.states[::order],
        gradients.carried[::order],
        None if memories is None else memories[::order],
    )


def _unknown(predictor: Predictor, text: str) -> tuple[str, ...]:
    """Return the tokens of a text that have no number, each once."""
    if predictor.tokenizer.oov_token is not None:
        return ()
    known, below = predictor.tokenizer.word_index, predictor.vocabulary
    tokens = next(predictor.tokenizer.tokenize([text]))
    return tuple(dict.fromkeys(t for t in tokens if known.get(t, below) >= below))


def _norms(vectors: Array) -> Array:
    lengths: Array = np.sqrt((vectors**2).sum(axis=1))
    return lengths
