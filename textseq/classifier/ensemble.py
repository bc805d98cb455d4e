"""Several networks and a linear model that answer together.

    networks 1..N: ids -> probabilities  -- mean -->  P
    linear model:  ids -> logits z       -- softmax(log P + w z) -->  probabilities

Where a text may have several labels, each is answered by itself: sigmoid(log(P / (1 - P)) + w z).

Networks that started from other random weights make different mistakes, and their mean is more
often right than each of them (Hansen and Salamon 1990, "Neural Network Ensembles"). The linear
model is combined with it as in a product of experts (Hinton 2002), with one weight w that is fitted
on the validation texts.

In one flat mapping, the weights of network k have the prefix `k.`, counted from 1, and those of the
linear model `linear.`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from textseq.classifier.calibration import (
    ClassIds,
    Probabilities,
    fit_factors,
    fit_temperature,
    log_probabilities,
)
from textseq.classifier.label_calibration import (
    as_pairs,
    estimate_macro_f1,
    fit_temperatures,
    logits_of,
    scale_logits,
)
from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, FloatArray, NamedArrays
from textseq.network.char_ngrams import CharWeights
from textseq.network.heads import sigmoid, softmax
from textseq.network.linear import Linear
from textseq.network.metrics import HALF, fit_thresholds
from textseq.network.ngrams import Ngrams
from textseq.sequences.sequences import Sequences
from textseq.tasks import network_weights

if TYPE_CHECKING:
    from textseq.network.training.batches import Examples

UNFITTED_WEIGHT, UNFITTED_TEMPERATURE = 3.0, 4.0
"""The weight of the linear model, and then the temperature, where there are too few validation
texts to fit them: the mean of what fitted best after training on 100 to 800 texts of SST-2 and
TREC."""

LOWEST_WEIGHT, HIGHEST_WEIGHT = 0.1, 10.0
"""Between these is the weight."""

HIGHEST_FACTOR = 100.0
"""Of both logits, where the labels are certain."""

ENOUGH = 10
"""Validation texts needed to fit it."""

_TABLE, _BIAS, _CHARACTERS = "linear.table", "linear.bias", "linear.characters"


class Network(Protocol):
    """A trained network: `NumpyNetwork`, or `KerasNetwork` where a part is the user's own."""

    @property
    def weights(self) -> NamedArrays:
        """The weights by name."""
        ...

    def probabilities(self, sequences: Sequences) -> Probabilities:
        """Return the probability of each class: float32, shape (documents, classes)."""
        ...


@dataclass(frozen=True)
class Ensemble:
    """Networks and a linear model that answer together.

    Args:
        networks: One or more.
        linear: The linear model, if there is one.
        maxlen: Texts longer than this are truncated for the networks, their last tokens kept; None
            for no limit. The linear model reads all of each text.
        multilabel: Whether each class is answered by itself.
    """

    networks: Sequence[Network]
    linear: Linear | None = None
    maxlen: int | None = None
    multilabel: bool = False

    def probabilities(self, sequences: Sequences) -> Probabilities:
        """Return the probability of each class: float32, shape (documents, classes)."""
        mean = _mean(self.of_each_network(sequences))
        return mean if self.linear is None else self.combine(mean, self.linear.logits(sequences))

    @property
    def combine(self) -> Callable[[Probabilities, FloatArray], Probabilities]:
        """From the probabilities of the networks and the linear model's logits to those of both."""
        return combine_labels if self.multilabel else combine

    def of_each_network(self, sequences: Sequences) -> list[Probabilities]:
        """Return the probabilities of each network by itself."""
        read = sequences if self.maxlen is None else sequences.truncate(self.maxlen)
        return [network.probabilities(read) for network in self.networks]


class FittedEnsemble(NamedTuple):
    """An ensemble whose parts were weighted on validation texts.

    Args:
        ensemble: The linear model's weight is multiplied into its table.
        temperature: What the logits are divided by; of several labels, one for each class.
        thresholds: Of several labels, the probability above which each is given: (classes,); None
            where a text has one label.
        scores: On the validation texts, the accuracy, or of several labels an estimate of the
            macro F1: `networks`, of each, `linear`, if there is such a model, and `together`; None
            where there were no such texts.
        probabilities: Those of the validation texts, before the temperature: (documents, classes).
    """

    ensemble: Ensemble
    temperature: float | FloatArray
    thresholds: FloatArray | None
    scores: dict[str, Any] | None
    probabilities: Probabilities | None = None


def fit_ensemble(
    ensemble: Ensemble, validation: Examples | None, *, calibrated: bool
) -> FittedEnsemble:
    """Fit on validation texts the weight of the linear model, temperatures and thresholds.

    Args:
        ensemble: The parts, not yet weighted.
        validation: Texts that they have not learned from; None for `UNFITTED_WEIGHT`,
            `UNFITTED_TEMPERATURE` and thresholds of one half.
        calibrated: Whether to fit a temperature.
    """
    linear, several = ensemble.linear, ensemble.multilabel
    temperature: Any = UNFITTED_TEMPERATURE if calibrated and linear is not None else 1.0
    thresholds = None
    if several:
        classes = len(ensemble.networks[0].weights["output.bias"])
        temperature = np.full(classes, temperature, np.float32)
        thresholds = np.full(classes, HALF, np.float32)
    if validation is None:
        if linear is not None:
            ensemble = replace(ensemble, linear=linear.times(UNFITTED_WEIGHT))
        return FittedEnsemble(ensemble, temperature, thresholds, None)
    sequences, targets, _ = validation
    score = estimate_macro_f1 if several else _accuracy
    each = ensemble.of_each_network(sequences)
    together = _mean(each)
    scores: dict[str, Any] = {"networks": [score(one, targets) for one in each]}
    if linear is not None:
        logits = linear.logits(sequences)
        scores["linear"] = score(sigmoid(logits) if several else logits, targets)
        linear = linear.times(fit_linear_weight(together, logits, targets))
        ensemble = replace(ensemble, linear=linear)
        together = ensemble.combine(together, linear.logits(sequences))
    scores["together"] = score(together, targets)
    enough = len(targets) >= ENOUGH
    if calibrated and enough:
        temperature = (fit_temperatures if several else fit_temperature)(together, targets)
    if several and enough:
        thresholds = fit_thresholds(scale_logits(together, temperature), targets)
    return FittedEnsemble(ensemble, temperature, thresholds, scores, together)


def combine(probabilities: Probabilities, logits: FloatArray) -> Probabilities:
    """Return the probabilities of the networks and the linear model: softmax(log p + z)."""
    return softmax(log_probabilities(probabilities) + logits).astype(np.float32)


def combine_labels(probabilities: Probabilities, logits: FloatArray) -> Probabilities:
    """Return them where each class is answered by itself: sigmoid(log(p / (1 - p)) + z)."""
    return sigmoid(logits_of(probabilities) + logits).astype(np.float32)


def fit_linear_weight(probabilities: Probabilities, logits: FloatArray, targets: AnyArray) -> float:
    """Return the factor of a linear model's logits that gives the labels the highest likelihood.

    A temperature is fitted together with it and discarded: the weight is not for how certain both
    are together. `probabilities` are those of the networks, of texts that neither learned from.
    """
    if len(targets) < ENOUGH:
        return UNFITTED_WEIGHT
    both = [log_probabilities(probabilities), logits.astype(np.float64)]
    if targets.ndim == 2:  # each class of each text is a question by itself
        both = [as_pairs(logits_of(probabilities)), as_pairs(both[1])]
    ids: ClassIds = targets.ravel().astype(np.int64)
    of_networks, of_linear = fit_factors(both, ids, 1 / HIGHEST_FACTOR, HIGHEST_FACTOR)
    return float(np.clip(of_linear / of_networks, LOWEST_WEIGHT, HIGHEST_WEIGHT))


def flatten_weights(networks: Iterable[NamedArrays], linear: Linear | None) -> dict[str, AnyArray]:
    """Return the weights of all networks and of the linear model in one mapping."""
    weights = network_weights.flatten_weights(networks)
    if linear is not None:
        weights |= {_TABLE: linear.table, _BIAS: linear.bias}
        if linear.characters is not None:
            weights[_CHARACTERS] = linear.characters.table
    return weights


def split_weights(
    weights: NamedArrays,
    vocabulary: int,
    longest: int,
    classes: int,
    *,
    char_ngrams: int = 0,
    multilabel: bool = False,
) -> tuple[list[dict[str, AnyArray]], Linear | None]:
    """Return the weights of each network, and the linear model: `flatten_weights` undone.

    Args:
        weights: By name.
        vocabulary: Number of ids, the reserved 0 included.
        longest: The linear model's longest n-gram, in tokens; 0 where there is no such model.
        classes: Number of classes.
        char_ngrams: Its longest n-gram, in characters; 0 for none.
        multilabel: Whether a text may have several labels.
    """
    networks, of_linear = network_weights.split_weights(weights)
    linear = _linear(of_linear, vocabulary, longest, char_ngrams)
    if linear is not None:
        linear.check(classes, multilabel=multilabel)
    return networks, linear


def _linear(weights: NamedArrays, vocabulary: int, longest: int, char_ngrams: int) -> Linear | None:
    expected = [_BIAS, *[_CHARACTERS] * bool(char_ngrams), _TABLE] if longest else []
    if sorted(weights) != expected:
        raise ArgumentError(
            f"its linear model should have the weights {expected}, and has {sorted(weights)}"
        )
    if not longest:
        return None
    # The hash of an n-gram needs one bucket or more.
    buckets = max(1, len(weights[_TABLE]) - vocabulary) if weights[_TABLE].ndim else 1
    characters = CharWeights(weights[_CHARACTERS], char_ngrams) if char_ngrams else None
    return Linear(weights[_TABLE], weights[_BIAS], Ngrams(vocabulary, longest, buckets), characters)


def _mean(each: list[Probabilities]) -> Probabilities:
    first, *others = each
    # Without a division by 1, so that one network answers to the bit as it does alone.
    return sum(others, start=first) / np.float32(len(each)) if others else first


def _accuracy(scores: FloatArray, labels: ClassIds) -> float:
    return float((scores.argmax(axis=1) == labels).mean())
