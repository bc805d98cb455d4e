"""Several networks and a linear model that answer together.

    networks 1..N: ids -> probabilities  -- mean -->  P
    linear model:  ids -> logits z       -- softmax(log P + w z) -->  probabilities

Networks that started from other random weights make different mistakes, and their mean is more
often right than each of them (Hansen and Salamon 1990, "Neural Network Ensembles"). The linear
model is combined with it as in a product of experts (Hinton 2002), with one weight w that is fitted
on the validation texts.

In one flat mapping, the weights of network k have the prefix `k.`, counted from 1, and those of the
linear model `linear.`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, FloatArray, NamedArrays
from textseq.network.heads import softmax
from textseq.network.linear import Linear
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

_TABLE, _BIAS = "linear.table", "linear.bias"


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
    """

    networks: Sequence[Network]
    linear: Linear | None = None
    maxlen: int | None = None

    def probabilities(self, sequences: Sequences) -> Probabilities:
        """Return the probability of each class: float32, shape (documents, classes)."""
        mean = _mean(self.of_each_network(sequences))
        return mean if self.linear is None else combine(mean, self.linear.logits(sequences))

    def of_each_network(self, sequences: Sequences) -> list[Probabilities]:
        """Return the probabilities of each network by itself."""
        read = sequences if self.maxlen is None else sequences.truncate(self.maxlen)
        return [network.probabilities(read) for network in self.networks]


class FittedEnsemble(NamedTuple):
    """An ensemble whose parts were weighted on validation texts.

    Args:
        ensemble: The linear model's weight is multiplied into its table.
        temperature: What the logits are divided by.
        accuracies: On the validation texts: `networks`, of each, `linear`, if there is such a
            model, and `together`; None where there were no such texts.
    """

    ensemble: Ensemble
    temperature: float
    accuracies: dict[str, Any] | None


def fit_ensemble(
    ensemble: Ensemble, validation: Examples | None, *, calibrated: bool
) -> FittedEnsemble:
    """Fit the linear model's weight, and if `calibrated` the temperature, on validation texts."""
    linear = ensemble.linear
    temperature = UNFITTED_TEMPERATURE if calibrated and linear is not None else 1.0
    if validation is None:
        if linear is not None:
            ensemble = replace(ensemble, linear=linear.times(UNFITTED_WEIGHT))
        return FittedEnsemble(ensemble, temperature, None)
    sequences, labels, _ = validation
    each = ensemble.of_each_network(sequences)
    together = _mean(each)
    accuracies: dict[str, Any] = {"networks": [_accuracy(one, labels) for one in each]}
    if linear is not None:
        logits = linear.logits(sequences)
        accuracies["linear"] = _accuracy(logits, labels)
        linear = linear.times(fit_linear_weight(together, logits, labels))
        ensemble = replace(ensemble, linear=linear)
        together = combine(together, linear.logits(sequences))
    accuracies["together"] = _accuracy(together, labels)
    if calibrated and len(labels) >= ENOUGH:
        temperature = fit_temperature(together, labels)
    return FittedEnsemble(ensemble, temperature, accuracies)


def combine(probabilities: Probabilities, logits: FloatArray) -> Probabilities:
    """Return the probabilities of the networks and the linear model: softmax(log p + z)."""
    return softmax(log_probabilities(probabilities) + logits).astype(np.float32)


def fit_linear_weight(probabilities: Probabilities, logits: FloatArray, labels: ClassIds) -> float:
    """Return the factor of a linear model's logits that gives the labels the highest likelihood.

    A temperature is fitted together with it and discarded: the weight is not for how certain both
    are together. `probabilities` are those of the networks, of texts that neither learned from.
    """
    if len(labels) < ENOUGH:
        return UNFITTED_WEIGHT
    both = [log_probabilities(probabilities), logits.astype(np.float64)]
    of_networks, of_linear = fit_factors(both, labels, 1 / HIGHEST_FACTOR, HIGHEST_FACTOR)
    return float(np.clip(of_linear / of_networks, LOWEST_WEIGHT, HIGHEST_WEIGHT))


def flatten_weights(networks: Iterable[NamedArrays], linear: Linear | None) -> dict[str, AnyArray]:
    """Return the weights of all networks and of the linear model in one mapping."""
    weights = network_weights.flatten_weights(networks)
    if linear is not None:
        weights |= {_TABLE: linear.table, _BIAS: linear.bias}
    return weights


def split_weights(
    weights: NamedArrays, vocabulary: int, longest: int, classes: int
) -> tuple[list[dict[str, AnyArray]], Linear | None]:
    """Return the weights of each network, and the linear model: `flatten_weights` undone.

    `longest` is the linear model's longest n-gram, 0 where there is no such model.
    """
    networks, of_linear = network_weights.split_weights(weights)
    linear = _linear(of_linear, vocabulary, longest)
    if linear is not None:
        linear.check(classes)
    return networks, linear


def _linear(weights: NamedArrays, vocabulary: int, longest: int) -> Linear | None:
    expected = [_BIAS, _TABLE] if longest else []
    if sorted(weights) != expected:
        raise ArgumentError(
            f"its linear model should have the weights {expected}, and has {sorted(weights)}"
        )
    if not longest:
        return None
    # The hash of an n-gram needs one bucket or more.
    buckets = max(1, len(weights[_TABLE]) - vocabulary) if weights[_TABLE].ndim else 1
    return Linear(weights[_TABLE], weights[_BIAS], Ngrams(vocabulary, longest, buckets))


def _mean(each: list[Probabilities]) -> Probabilities:
    first, *others = each
    # Without a division by 1, so that one network answers to the bit as it does alone.
    return sum(others, start=first) / np.float32(len(each)) if others else first


def _accuracy(scores: FloatArray, labels: ClassIds) -> float:
    return float((scores.argmax(axis=1) == labels).mean())
