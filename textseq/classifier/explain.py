"""One sentence through a classifier, step by step, and the gradient of its answer.

    tokens -> ids -> states h_t -> pooling -> probabilities

L is the logarithm of the probability that the whole sentence gives to its answer, the most probable
class, temperature included; where a text may have several labels, that is the most probable of
them, by itself. The gradient of L with respect to h_t says what a small change of the
state after token t would do to the answer, through the pooling and all later states. Where it has
vanished, the network learns nothing from token t (Hochreiter 1991; Bengio et al. 1994, "Learning
long-term dependencies with gradient descent is difficult"). Dropout plays no part.

Of several networks and a linear model, the first network alone is followed, and what all of them
predict together is given beside it. In NumPy, in float64, for the built-in parts; a network with a
part of the user's own is followed in Keras, see `explain_in_keras`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from textseq.classifier.config import name_of
from textseq.classifier.ensemble import Network
from textseq.classifier.predictor import Predictor
from textseq.classifier.texts import encode
from textseq.errors import ArgumentError
from textseq.network.arrays import DoubleArray, NamedArrays
from textseq.network.heads import SIGMOID, sigmoid, softmax
from textseq.network.inference.bptt import Direction, backpropagate
from textseq.network.inference.numpy_network import NumpyNetwork
from textseq.network.keras_network import KerasNetwork
from textseq.sequences.sequences import Ids, Sequences
from textseq.tasks.explanation import Explanation
from textseq.tokenizer.cleaning import clean_text

LONGEST = 1_000
"""The most tokens that are explained: each of them is read once for each that follows it."""


@dataclass(frozen=True)
class EnsemblePrediction:
    """What a model of several networks, or with a linear model, predicts.

    Args:
        label: The most probable class.
        probability: Its probability.
        networks: Number of networks.
        linear: Whether a linear model predicts with them.
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


def explain(predictor: Predictor, text: str) -> Explanation:
    """Follow a sentence through a classifier, and the gradient of its answer back.

    Raises:
        ArgumentError: The network would read more than `LONGEST` tokens of the sentence.
    """
    together, predictor = _together(predictor, text), predictor.first_network
    tokenizer, (network,) = predictor.tokenizer, predictor.networks
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
    probabilities = predictor.calibrate(network.probabilities(prefixes))
    answer = int(probabilities[-1].argmax())
    temperature = float(np.broadcast_to(predictor.temperature, len(predictor.classes))[answer])
    classes = tuple(map(str, predictor.classes))
    of = network.spec if isinstance(network, KerasNetwork) else network
    directions = _directions(network, sequence, answer, temperature)
    parts = {kind: name_of(getattr(of, kind)) for kind in ("cell", "pooling")}
    return Explanation(
        text=clean_text(text, tokenizer.clean),
        tokens=tuple(tokenizer.index_word[i] for i in ids.tolist()),
        ids=ids,
        unknown=_unknown(predictor, text),
        classes=classes,
        before=probabilities[0],
        probabilities=probabilities[1:],
        answer=classes[answer],
        directions=directions,
        network=parts | {"temperature": temperature},
        together=together,
    )


def _together(predictor: Predictor, text: str) -> EnsemblePrediction | None:
    if predictor.first_network is predictor:
        return None
    (row,) = predictor.predict_proba([text])
    best = int(row.argmax())
    label, networks = str(predictor.classes[best]), len(predictor.networks)
    return EnsemblePrediction(label, float(row[best]), networks, predictor.linear is not None)


def log_probability_gradient(
    summary: DoubleArray,
    weights: NamedArrays,
    answer: int,
    temperature: float,
    *,
    multilabel: bool = False,
) -> DoubleArray:
    """Return the gradient of log softmax(z / T)[answer] with respect to the pooled state s.

    With z = s W + b and p = softmax(z / T), it is W (e_answer - p) / T: (summary,). Of several
    labels p is a sigmoid, and only the answer's column of W counts.
    """
    logits = (summary @ weights["output.kernel"] + weights["output.bias"]) / temperature
    errors = np.zeros_like(logits) if multilabel else -softmax(logits[None])[0]
    errors[answer] += 1 - (sigmoid(logits)[answer] if multilabel else 0)
    return cast("DoubleArray", weights["output.kernel"] @ (errors / temperature))


def _directions(
    network: Network, sequence: Sequences, answer: int, temperature: float
) -> dict[str, Direction]:
    """Read one sentence in each direction, and follow the gradient back."""
    if isinstance(network, KerasNetwork):
        from textseq.classifier.explain_in_keras import states_and_gradients

        traced = states_and_gradients(network, sequence.ids, answer, temperature)
        return {name: Direction(h, g, g - direct, None) for name, (h, g, direct) in traced.items()}
    assert isinstance(network, NumpyNetwork)  # noqa: S101  (there are no others)
    return backpropagate(
        network,
        _vectors(network, sequence),
        lambda summary, weights: log_probability_gradient(
            summary, weights, answer, temperature, multilabel=network.head == SIGMOID
        ),
    )


def _vectors(network: NumpyNetwork, sequence: Sequences) -> DoubleArray | Ids:
    """Return each token's vector, (time, dimension); or its id, where the vectors are one-hot."""
    table = network.weights.get("embedding.embeddings")
    if table is None:
        return sequence.ids
    rows = sequence.ids[:, None] if network.ngrams is None else network.ngrams.of(sequence)
    found = table[rows].astype(np.float64) * (rows != 0)[..., None]
    return cast("DoubleArray", found.sum(axis=1))


def _unknown(predictor: Predictor, text: str) -> tuple[str, ...]:
    """Return the tokens of a text that have no id, each once."""
    if predictor.tokenizer.oov_token is not None:
        return ()
    known, below = predictor.tokenizer.word_index, predictor.vocabulary
    tokens = next(predictor.tokenizer.tokenize([text]))
    return tuple(dict.fromkeys(t for t in tokens if known.get(t, below) >= below))
