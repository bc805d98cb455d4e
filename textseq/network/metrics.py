"""Metrics of all predictions together, by which the best epoch may be chosen.

The loss and the metric of a head are means over documents, in batches too. What is no such mean,
such as an F1, is computed here, from the predictions of the whole validation set.

Where a text may have several labels, one half is a poor threshold for the rare ones, which are
seldom more probable than not. Each has the threshold of its highest F1 on texts that training has
not seen (Lipton et al. 2014, "Optimal Thresholding of Classifiers to Maximize F1 Measure").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from textseq.network.arrays import AnyArray, BoolArray, FloatArray, IntArray

HALF = 0.5
"""The threshold of a label where none is fitted."""

CAUTION = 1.0
"""Texts of a label that are counted as missed whatever the threshold. It lowers the threshold where
few texts have a label: the best one on them is often too high."""

MOST_GIVEN = 2
"""A label is given to at most this many times the number of texts that have it. Otherwise, the F1
of a label that cannot be told from the text would be highest where all texts are given it."""


@dataclass(frozen=True)
class Metric:
    """A metric of all predictions together.

    Args:
        name: Its name in histories, after `val_`.
        score: From the targets and the predictions of all documents to the metric; they have the
            shapes that the head's have in NumPy.
        lower_is_better: Whether the best epoch is the one in which it is smallest.
    """

    name: str
    score: Callable[[AnyArray, FloatArray], float]
    lower_is_better: bool = False


def macro_f1(targets: IntArray, predictions: FloatArray) -> float:
    """Return the mean F1 of the classes that occur among targets or answers, as scikit-learn's.

    Args:
        targets: Class ids: (documents,).
        predictions: Probabilities, or other scores: (documents, classes).

    Example:
        >>> import numpy as np
        >>> from textseq.network.metrics import macro_f1
        >>> predictions = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]], "float32")
        >>> round(macro_f1(np.array([0, 0, 1]), predictions), 3)
        0.4
    """
    answers, classes = predictions.argmax(axis=1), predictions.shape[1]
    right = np.bincount(targets[answers == targets], minlength=classes)
    given, support = (np.bincount(ids, minlength=classes) for ids in (answers, targets))
    return _mean_f1(right, given + support)


def _mean_f1(right: AnyArray, given_and_support: AnyArray) -> float:
    """Return the mean F1 of the classes that occur, 0 where none does.

    The F1, 2 P R / (P + R), is 2 * right / (given + support): `given` texts are answered with the
    class, `support` have it, and `right` are both.
    """
    occurs = given_and_support > 0
    f1 = 2 * right[occurs] / given_and_support[occurs]
    return float(f1.mean()) if occurs.any() else 0.0


MACRO_F1 = Metric("macro_f1", macro_f1)


def fit_thresholds(probabilities: FloatArray, targets: FloatArray) -> FloatArray:
    """Return for each class the threshold above which its F1 is highest: float32, (classes,).

    Each is between two probabilities that occur. A class that no text has gets one half; for
    the others, see `MOST_GIVEN`.

    Example:
        >>> import numpy as np
        >>> from textseq.network.metrics import fit_thresholds
        >>> probabilities = np.array([[0.1], [0.25], [0.35], [0.4]], "float32")
        >>> fit_thresholds(probabilities, np.array([[0], [0], [1], [1]], "float32")).round(2)
        array([0.3], dtype=float32)
    """
    order = np.argsort(-probabilities, axis=0, kind="stable")
    sorted_ = np.take_along_axis(probabilities, order, axis=0)
    right = np.cumsum(np.take_along_axis(targets, order, axis=0), axis=0, dtype=np.float64)
    given = np.arange(1, len(targets) + 1)[:, None]
    f1 = 2 * right / (given + right[-1] + CAUTION)
    # No threshold divides texts of one probability, or is below 0.
    f1[:-1][sorted_[:-1] == sorted_[1:]] = -1
    f1[sorted_ == 0] = -1
    f1[given > MOST_GIVEN * right[-1]] = -1
    best = f1.argmax(axis=0)
    classes = np.arange(targets.shape[1])
    lowest = np.append(sorted_, np.zeros((1, len(classes)), np.float32), axis=0)
    between = (sorted_[best, classes] + lowest[best + 1, classes]) / np.float32(2)
    found: FloatArray = np.where(right[-1] > 0, between, np.float32(HALF))
    return found


def f1_of_labels(targets: FloatArray, answers: BoolArray) -> float:
    """Return the mean F1 of the labels that a text has, or that were given to one.

    Args:
        targets: 1 where a text has a label, else 0: (documents, classes).
        answers: Whether each label is given.

    Example:
        >>> import numpy as np
        >>> from textseq.network.metrics import f1_of_labels
        >>> f1_of_labels(np.array([[1, 0], [1, 1]]), np.array([[True, True], [False, True]]))
        0.6666666666666666
    """
    right = (answers * targets).sum(axis=0)
    return _mean_f1(right, answers.sum(axis=0) + targets.sum(axis=0))


def macro_f1_of_labels(targets: FloatArray, predictions: FloatArray) -> float:
    """Return the mean F1 of several labels, each at the threshold that suits these predictions.

    Epochs are compared by it. For the F1 on other texts it is a little too high.

    Args:
        targets: 1 where a text has a label, else 0: (documents, classes).
        predictions: Probabilities: (documents, classes).
    """
    return f1_of_labels(targets, predictions > fit_thresholds(predictions, targets))


MACRO_F1_OF_LABELS = Metric("macro_f1", macro_f1_of_labels)
