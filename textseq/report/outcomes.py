"""Right and wrong answers as sums, of which every metric is computed: those of parts add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.registry import listed

Counts = npt.NDArray[np.int64]

BINS = 15
"""Confidence bins of the calibration error, as in Guo et al. 2017."""


THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Confidences below which one may leave a text unanswered."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The answers of a classifier beside the true labels, as sums over texts.

    Two of them with the same classes add up to those of all their texts, so that the parts of a
    corpus can be measured apart.

    Args:
        classes: The labels.
        pairs: The pairs of a true class and a predicted one that occur, ascending, each as the
            number true * classes + predicted: shape (pairs,). Thousands of classes have millions
            of pairs, and a part of a corpus a few of them.
        texts: The number of texts of each pair: shape (pairs,).
        in_bin: The number of texts in each bin of confidence: shape (15,).
        right_in_bin: Those of them whose label is right.
        confidence_in_bin: The sum of the confidences in each bin: float64, shape (15,).
        confident: The number of texts whose confidence is at least each of `THRESHOLDS`.
        right_confident: Those of them whose label is right.

    Example:
        >>> import numpy as np
        >>> from textseq.report import Outcomes
        >>> one = Outcomes.count(["a"], np.array([[0.9, 0.1]]), ["a", "b"])
        >>> both = one + Outcomes.count(["b"], np.array([[0.8, 0.2]]), ["a", "b"])
        >>> both.documents
        2
        >>> both.confusion_matrix
        array([[1, 0],
               [1, 0]])
    """

    classes: tuple[str, ...]
    pairs: Counts
    texts: Counts
    in_bin: Counts
    right_in_bin: Counts
    confidence_in_bin: npt.NDArray[np.float64]
    confident: Counts
    right_confident: Counts

    @classmethod
    def count(
        cls,
        labels: Sequence[Any] | npt.NDArray[Any],
        probabilities: npt.NDArray[np.floating[Any]],
        classes: Sequence[Any] | npt.NDArray[Any],
    ) -> Outcomes:
        """Count the outcomes of some texts, or of none.

        Args:
            labels: The true labels: (documents,).
            probabilities: The classifier's: (documents, classes).
            classes: The labels of the columns.

        Raises:
            ArgumentError: The shapes do not match, or a label is not in `classes`.
        """
        names = [str(name) for name in classes]
        expected = class_ids(labels, names)
        check_shape(probabilities, len(expected), len(names))
        answers = probabilities.argmax(axis=1)
        pairs, texts = np.unique(expected * len(names) + answers, return_counts=True)
        confidences, right = probabilities.max(axis=1, initial=0), expected == answers
        return cls(
            tuple(names),
            pairs,
            texts.astype(np.int64),
            *sum_bins(confidences, right),
            count_confident(confidences),
            count_confident(confidences[right]),
        )

    @classmethod
    def total(
        cls, parts: Iterable[Outcomes], classes: Sequence[Any] | npt.NDArray[Any]
    ) -> Outcomes:
        """Return the sum of the outcomes of parts, of which there may be none."""
        return sum(parts, cls.count([], np.zeros((0, len(classes))), classes))

    def __add__(self, other: Outcomes) -> Outcomes:
        if self.classes != other.classes:
            raise ArgumentError(
                f"Outcomes of other classes do not add up. Received: {listed(self.classes, str)}; "
                f"and {listed(other.classes, str)}."
            )
        pairs, where = np.unique(np.concatenate([self.pairs, other.pairs]), return_inverse=True)
        texts = np.zeros(len(pairs), np.int64)
        np.add.at(texts, where, np.concatenate([self.texts, other.texts]))
        return Outcomes(
            self.classes,
            pairs,
            texts,
            self.in_bin + other.in_bin,
            self.right_in_bin + other.right_in_bin,
            self.confidence_in_bin + other.confidence_in_bin,
            self.confident + other.confident,
            self.right_confident + other.right_confident,
        )

    @property
    def documents(self) -> int:
        """The number of texts."""
        return int(self.texts.sum())

    @property
    def confusion_matrix(self) -> Counts:
        """The number of texts by true class (row) and predicted one: shape (classes, classes)."""
        matrix = np.zeros(len(self.classes) ** 2, np.int64)
        matrix[self.pairs] = self.texts
        return matrix.reshape(len(self.classes), len(self.classes))

    @property
    def calibration_error(self) -> float:
        """The expected calibration error, from 0 to 1; see the function of this name."""
        return mean_gap(self.in_bin, self.right_in_bin, self.confidence_in_bin)


def precision_recall_f1(right: Any, given: Any, support: Any) -> tuple[Any, Any, Any]:
    """Return precision, recall and F1 by class; one whose denominator is 0 is 0.

    Args:
        right: The number of texts of each class that are answered with it: (classes,).
        given: The number answered with it.
        support: The number of its texts.

    Example:
        >>> import numpy as np
        >>> from textseq.report.outcomes import precision_recall_f1
        >>> precision_recall_f1(np.array([1]), np.array([2]), np.array([4]))
        (array([0.5]), array([0.25]), array([0.33333333]))
    """
    return (
        right / np.maximum(given, 1),
        right / np.maximum(support, 1),
        2 * right / np.maximum(given + support, 1),
    )


def calibration_error(
    confidences: npt.NDArray[np.floating[Any]], right: npt.NDArray[np.bool_]
) -> float:
    """Return the expected calibration error: the mean distance of confidence and accuracy.

    The sum over 15 bins of equal width of (fraction of texts) |accuracy - mean confidence|; Guo
    et al. 2017, "On Calibration of Modern Neural Networks", equation 3.

    Example:
        >>> import numpy as np
        >>> from textseq.report import calibration_error
        >>> round(calibration_error(np.array([0.9, 0.9]), np.array([True, False])), 3)
        0.4
    """
    return mean_gap(*sum_bins(confidences, right))


def sum_bins(
    confidences: npt.NDArray[np.floating[Any]], right: npt.NDArray[np.bool_]
) -> tuple[Counts, Counts, npt.NDArray[np.float64]]:
    """Return by bin of confidence the texts, those that are right, and the sum of confidences."""
    bins = bins_of(confidences)
    return (
        np.bincount(bins, minlength=BINS),
        np.bincount(bins[right], minlength=BINS),
        np.bincount(bins, weights=confidences, minlength=BINS).astype(np.float64),
    )


def count_confident(confidences: npt.NDArray[np.floating[Any]]) -> Counts:
    """Return how many confidences are at least each of `THRESHOLDS`: shape (thresholds,)."""
    # In 32 bits, in which a classifier answers: 0.9 is then at least 0.9.
    rising = np.sort(confidences.astype(np.float32))
    below = np.searchsorted(rising, np.array(THRESHOLDS, np.float32))
    return len(confidences) - below


def mean_gap(
    in_bin: Counts, right_in_bin: Counts, confidence_in_bin: npt.NDArray[np.float64]
) -> float:
    """Return the mean distance of confidence and accuracy from the sums of `sum_bins`."""
    return float(np.abs(right_in_bin - confidence_in_bin).sum() / in_bin.sum())


def bins_of(confidences: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
    """Return the bin of each confidence, from 0 to 14; bins include their upper end."""
    bins: npt.NDArray[np.int64] = np.ceil(confidences * BINS).astype(np.int64) - 1
    return bins.clip(0, BINS - 1)


def class_ids(labels: Sequence[Any] | npt.NDArray[Any], names: Sequence[str]) -> Counts:
    """Return the column of each label; one that has none is an error."""
    column = {name: i for i, name in enumerate(names)}
    try:
        return np.array([column[str(label)] for label in labels], np.int64)
    except KeyError as error:
        # The first one and not all of them: the same one however a corpus is cut into parts.
        raise ArgumentError(
            f"The texts have a label that the classifier does not know: {error.args[0]}; it knows "
            f"{listed(names, str)}."
        ) from None


def check_shape(probabilities: npt.NDArray[Any], documents: int, classes: int) -> None:
    """Raise an error unless there is a row for each text, and a column for each class."""
    if probabilities.shape != (documents, classes):
        raise ArgumentError(
            f"Expected probabilities of shape {(documents, classes)}, for {documents} texts and "
            f"{classes} classes. Received: {probabilities.shape}."
        )
