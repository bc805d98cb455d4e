"""Calibration where a text may have several labels: a temperature for each.

Each label is a question of two answers, so what is fitted to probabilities of two classes is
fitted to p and 1 - p. The threshold of each label is fitted in `network.metrics`.
"""

from __future__ import annotations

import numpy as np

from textseq.classifier.calibration import FOLDS, Probabilities, fit_temperature, random_folds
from textseq.network.arrays import BoolArray, DoubleArray, FloatArray
from textseq.network.heads import NEAREST, sigmoid
from textseq.network.metrics import HALF, f1_of_labels, fit_thresholds

ENOUGH_OF_LABEL = 20
"""Validation texts of a label needed to fit a temperature to it."""


def logits_of(probabilities: Probabilities) -> DoubleArray:
    """Return log(p / (1 - p)): float64, of the shape of the probabilities."""
    p = np.clip(probabilities.astype(np.float64), NEAREST, 1 - NEAREST)
    logits: DoubleArray = np.log(p) - np.log1p(-p)
    return logits


def as_pairs(logits: DoubleArray) -> DoubleArray:
    """Return the logits of "no" and "yes" for each class of each text: (documents x classes, 2)."""
    return np.stack([np.zeros(logits.size), logits.ravel()], axis=1)


def scale_logits(probabilities: Probabilities, temperatures: FloatArray) -> Probabilities:
    """Return probabilities after the logits of each class were divided by its temperature.

    Args:
        probabilities: (documents, classes).
        temperatures: (classes,).
    """
    if np.all(temperatures == 1):
        return probabilities
    return sigmoid(logits_of(probabilities) / temperatures).astype(np.float32)


def fit_temperatures(probabilities: Probabilities, targets: FloatArray) -> FloatArray:
    """Return the temperature of each class; see `fit_temperature`.

    A class of fewer than `ENOUGH_OF_LABEL` texts has that of all classes together.

    Args:
        probabilities: Of texts that training has not seen: (documents, classes).
        targets: 1 where a text has a label, else 0.
    """
    pairs = np.stack([1 - probabilities, probabilities], axis=-1)
    ids = targets.astype(np.int64)
    found = np.full(ids.shape[1], fit_temperature(pairs.reshape(-1, 2), ids.ravel()), np.float32)
    for c in np.flatnonzero(ids.sum(axis=0) >= ENOUGH_OF_LABEL):
        found[c] = fit_temperature(pairs[:, c], ids[:, c])
    return found


def estimate_macro_f1(probabilities: Probabilities, targets: FloatArray) -> float:
    """Return the macro F1 that thresholds fitted to other texts would have, by cross-validation.

    It is the mean of the F1 of the classes, of which one that no text has is left out.
    """
    return f1_of_labels(targets, answer_across(probabilities, targets))


def answer_across(probabilities: Probabilities, targets: FloatArray) -> BoolArray:
    """Return which labels are given to each text by thresholds fitted to the others.

    The texts are divided into folds; those of one have the thresholds of the rest.

    Args:
        probabilities: Of texts that training has not seen: (documents, classes).
        targets: 1 where a text has a label, else 0.
    """
    if len(targets) < FOLDS:
        return np.asarray(probabilities > HALF)
    fold_of = random_folds(len(targets))
    answers = np.zeros(targets.shape, bool)
    for fold in range(FOLDS):
        held = fold_of == fold
        answers[held] = probabilities[held] > fit_thresholds(probabilities[~held], targets[~held])
    return answers
