"""Temperature scaling: one parameter that makes probabilities agree with the accuracy.

Trained networks are overconfident. Dividing the logits by a temperature T > 1 makes all answers
less confident, T < 1 more, and no label changes; T is fitted on texts that training has not seen
(Guo et al. 2017, "On Calibration of Modern Neural Networks").

Whether it helps is decided by the negative log-likelihood and not by the calibration error (ECE),
which depends on its bins and, on a few hundred texts, on chance. And it is decided by
cross-validation: on the texts it was fitted on, a temperature always seems to help.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from textseq.network.heads import softmax

Probabilities = npt.NDArray[np.float32]
ClassIds = npt.NDArray[np.int64]

FOLDS = 5
LOWEST, HIGHEST = 0.05, 20.0
"""Between these, the temperature is fitted."""

_SMALLEST = 1e-30
"""In place of a probability of 0, whose logarithm is not finite."""


def apply_temperature(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return probabilities after their logits were divided by a temperature.

    softmax(z / T) is p^(1/T), divided by its sum. The largest stays the largest.

    Args:
        probabilities: float32, shape (documents, classes).
        temperature: T, above 0.
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
    """Return the temperature of the highest likelihood of the labels, or 1 where none helps.

    Args:
        probabilities: Of texts that were not trained on: (documents, classes).
        labels: Their class ids: (documents,).

    Returns:
        The T of the smallest negative log-likelihood, if that lowers it in cross-validation;
        else 1.
    """
    logits = log_probabilities(probabilities)
    if len(labels) < 2 * FOLDS:
        return 1.0
    # Random folds, since the order of the texts may have a pattern.
    documents = np.random.default_rng(0).permutation(len(labels))
    before = after = 0.0
    for fold in range(FOLDS):
        held = documents % FOLDS == fold
        temperature = _fit(logits[~held], labels[~held])
        before += negative_log_likelihood(logits[held], labels[held]) * held.sum()
        after += negative_log_likelihood(logits[held] / temperature, labels[held]) * held.sum()
    return _fit(logits, labels) if after < before else 1.0


def _fit(logits: npt.NDArray[np.float64], labels: ClassIds) -> float:
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(logits / np.exp(log_temperature), labels)

    found = minimize_scalar(loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded")
    return float(np.exp(found.x))


def negative_log_likelihood(logits: npt.NDArray[np.float64], labels: ClassIds) -> float:
    """Return the mean negative log-likelihood of class ids."""
    given = softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(given, _SMALLEST)).mean())


def log_probabilities(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Return the logarithms of probabilities, which are logits up to a constant of each row."""
    logits: npt.NDArray[np.float64] = np.log(
        np.maximum(probabilities.astype(np.float64), _SMALLEST)
    )
    return logits
