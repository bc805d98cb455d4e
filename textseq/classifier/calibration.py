"""Temperature scaling: one parameter that makes probabilities agree with the accuracy.

Trained networks are overconfident. Dividing the logits by a temperature T > 1 makes all answers
less confident, T < 1 more, and no label changes; T is fitted on texts that training has not seen
(Guo et al. 2017, "On Calibration of Modern Neural Networks").

Whether it helps is decided by the negative log-likelihood, since the calibration error (ECE)
depends on its bins, and by cross-validation: on the texts it was fitted on, it always seems to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from textseq.network.arrays import DoubleArray, FloatArray, IntArray
from textseq.network.heads import SMALLEST, softmax

Probabilities = FloatArray
ClassIds = IntArray

FOLDS = 5
LOWEST, HIGHEST = 0.05, 20.0
"""Between these, the temperature is fitted."""

NEWTON_STEPS, HALVINGS, ENOUGH = 50, 20, 1e-6
"""Steps, and halvings of a step that does not lower the loss, at most; and the gradient that ends
them."""


def apply_temperature(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return probabilities after their logits were divided by a temperature.

    softmax(z / T) is p^(1/T), divided by its sum. The largest stays the largest.
    """
    if temperature == 1 or not len(probabilities):
        return probabilities
    scaled = softmax(log_probabilities(probabilities) / temperature).astype(np.float32)
    # Rounding may have made two classes equal that were not.
    best = probabilities.argmax(axis=1)
    lost = np.flatnonzero(scaled.argmax(axis=1) != best)
    scaled[lost, best[lost]] = np.nextafter(scaled[lost].max(axis=1), np.float32(2))
    return scaled


def fit_temperature(probabilities: Probabilities, labels: ClassIds) -> float:
    """Return the temperature of the highest likelihood of labels that training has not seen.

    It is 1 where, in cross-validation, no other temperature helps.
    """
    logits = log_probabilities(probabilities)
    if len(labels) < 2 * FOLDS:
        return 1.0
    fold_of = random_folds(len(labels))
    before = after = 0.0
    for fold in range(FOLDS):
        held = fold_of == fold
        temperature = _fit(logits[~held], labels[~held])
        before += negative_log_likelihood(logits[held], labels[held]) * held.sum()
        after += negative_log_likelihood(logits[held] / temperature, labels[held]) * held.sum()
    return _fit(logits, labels) if after < before else 1.0


def random_folds(documents: int) -> IntArray:
    """Return a fold of each document, from 0 to `FOLDS` - 1: (documents,).

    They are random, since the order of the texts may have a pattern, and always the same.
    """
    return np.random.default_rng(0).permutation(documents) % FOLDS


def _fit(logits: DoubleArray, labels: ClassIds) -> float:
    return float(1 / fit_factors([logits], labels, 1 / HIGHEST, 1 / LOWEST)[0])


def fit_factors(
    logits: Sequence[DoubleArray], labels: ClassIds, lowest: float, highest: float
) -> DoubleArray:
    """Return the factors at which the sum of several logits gives labels the highest likelihood.

    The loss is that of logistic regression, which is convex in the factors: Newton's method finds
    its minimum, and where that is out of range, the best factors in range.

    Args:
        logits: One or more, each of shape (documents, classes).
        labels: The class ids.
        lowest: The smallest factor.
        highest: The largest.
    """
    factors, documents = np.ones(len(logits)), np.arange(len(labels))
    given = np.stack([one[documents, labels] for one in logits])

    def loss_of(factors: DoubleArray) -> float:
        return negative_log_likelihood(_weighted_sum(factors, logits), labels)

    loss = loss_of(factors)
    for _ in range(NEWTON_STEPS):
        shares = softmax(_weighted_sum(factors, logits))
        expected = np.stack([np.einsum("dc,dc->d", shares, one) for one in logits])
        products = [
            [np.einsum("dc,dc,dc->", shares, one, other) for one in logits] for other in logits
        ]
        gradient = (expected - given).mean(axis=1)
        # Not by `@`, which would wake the threads of BLAS.
        squares = np.einsum("kd,ld->kl", expected, expected)
        curvature = (np.array(products) - squares) / len(labels)
        # At a bound, and pushed beyond it, a factor stays.
        free = np.where(gradient > 0, factors > lowest, factors < highest)
        if np.abs(gradient[free]).max(initial=0) < ENOUGH:
            break
        step, ridge = np.zeros(len(logits)), ENOUGH * np.eye(int(free.sum()))
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)] + ridge, gradient[free])
        for halving in range(HALVINGS):
            tried = np.clip(factors - step / 2**halving, lowest, highest)
            if (reached := loss_of(tried)) < loss:
                break
        else:
            break
        factors, loss = tried, reached
    return factors


def _weighted_sum(factors: DoubleArray, logits: Sequence[DoubleArray]) -> DoubleArray:
    total = np.zeros_like(logits[0])
    for factor, one in zip(factors, logits, strict=True):
        total += factor * one
    return total


def negative_log_likelihood(logits: DoubleArray, labels: ClassIds) -> float:
    """Return the mean negative log-likelihood of class ids."""
    given = softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(given, SMALLEST)).mean())


def log_probabilities(probabilities: Probabilities) -> DoubleArray:
    """Return the logarithms of probabilities, which are logits up to a constant of each row."""
    positive = np.maximum(probabilities.astype(np.float64), SMALLEST)
    return cast("DoubleArray", np.log(positive))
