"""How good a classifier is: accuracy, precision, recall, F1, calibration, in NumPy alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.report.outcomes import THRESHOLDS, Outcomes, precision_recall_f1
from textseq.tasks.intervals import Interval, wilson_interval


@dataclass(frozen=True)
class ClassMetrics:
    """The metrics of one class."""

    label: str
    precision: float  # the fraction of the texts predicted as this class that are of it
    recall: float  # the fraction of the texts of this class that are predicted as it
    f1: float  # the harmonic mean of the two
    support: int  # the number of texts of this class


@dataclass(frozen=True)
class Confusion:
    """Texts of one class that are predicted as another."""

    label: str  # the true class
    predicted: str
    texts: int


@dataclass(frozen=True)
class Confidence:
    """How good the answers of some confidence are."""

    low: float  # the lowest confidence of these answers
    high: float  # the confidence below which they are; 1 is included
    texts: int
    share: float  # of all texts
    accuracy: float
    interval: Interval | None  # the 95 % interval of the accuracy


@dataclass(frozen=True)
class Metrics:
    """The metrics of a classifier on labelled texts."""

    documents: int
    accuracy: float
    accuracy_interval: Interval | None  # in which it lies in 95 of 100 cases
    majority: float  # the accuracy of always predicting the most frequent class
    macro_f1: float  # the mean F1 of the classes that occur, in texts or in answers
    weighted_f1: float  # the same, weighted by the support of each class
    ece: float  # expected calibration error, from 0 to 1; see `calibration_error`
    classes: tuple[str, ...]  # the labels
    per_class: tuple[ClassMetrics, ...]
    confusions: tuple[Confusion, ...]  # each pair that occurs, that of the most texts first
    confusion_matrix: tuple[tuple[int, ...], ...]  # by true class (row) and predicted (column)
    by_confidence: tuple[Confidence, ...]  # the answers from one threshold to the next
    by_threshold: tuple[Confidence, ...]  # those from each threshold on, the others left out

    def to_dict(self) -> dict[str, Any]:
        """Return the metrics as values for JSON."""
        # The matrix as it is: `asdict` would copy each of its numbers.
        figures = {f.name: getattr(self, f.name) for f in fields(self)}
        lists = ("per_class", "confusions", "by_confidence", "by_threshold")
        return figures | {name: [asdict(row) for row in figures[name]] for name in lists}


def measure(
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[Any] | npt.NDArray[Any],
) -> Metrics:
    """Compare the probabilities of a classifier with the true labels.

    Args:
        labels: The true labels: (documents,).
        probabilities: The classifier's: (documents, classes).
        classes: The labels of the columns.

    Raises:
        ArgumentError: There are no texts, the shapes do not match, or a label is not in `classes`.

    Example:
        >>> import numpy as np
        >>> from textseq.report import measure
        >>> metrics = measure(["a", "b"], np.array([[0.9, 0.1], [0.8, 0.2]]), ["a", "b"])
        >>> metrics.accuracy, metrics.confusion_matrix
        (0.5, ((1, 0), (1, 0)))
    """
    return metrics_of(Outcomes.count(labels, probabilities, classes))


def metrics_of(outcomes: Outcomes, *, independent: bool = True) -> Metrics:
    """Return the metrics of a classifier from its outcomes, which may be a sum of those of parts.

    Args:
        outcomes: Right and wrong answers.
        independent: Whether each answer says something of its own, as those to texts do, and those
            to the words of one text do not; else there are no intervals.

    Raises:
        ArgumentError: There are no texts.

    Example:
        >>> import numpy as np
        >>> from textseq.report import Outcomes, metrics_of
        >>> one = Outcomes.count(["a"], np.array([[0.9, 0.1]]), ["a", "b"])
        >>> other = Outcomes.count(["b"], np.array([[0.8, 0.2]]), ["a", "b"])
        >>> metrics_of(one + other).accuracy
        0.5
    """
    documents, names = outcomes.documents, outcomes.classes
    if not documents:
        raise ArgumentError("Expected labelled texts to measure on. Received none.")
    confusion = outcomes.confusion_matrix
    per_class = _class_metrics(names, confusion)
    support = confusion.sum(axis=1)
    f1 = np.array([one.f1 for one in per_class])
    right = int(confusion.trace())
    by_confidence, by_threshold = _by_confidence(outcomes, independent=independent)
    return Metrics(
        documents=documents,
        accuracy=right / documents,
        accuracy_interval=wilson_interval(right, documents) if independent else None,
        majority=int(support.max()) / documents,
        macro_f1=float(f1[support + confusion.sum(axis=0) > 0].mean()),
        weighted_f1=float(np.average(f1, weights=support)),
        ece=outcomes.calibration_error,
        classes=names,
        per_class=per_class,
        confusions=_confusions(names, confusion),
        confusion_matrix=tuple(map(tuple, confusion.tolist())),
        by_confidence=by_confidence,
        by_threshold=by_threshold,
    )


def _by_confidence(
    outcomes: Outcomes, *, independent: bool
) -> tuple[tuple[Confidence, ...], tuple[Confidence, ...]]:
    """Return how good the answers between thresholds are, and how good those above each are."""

    def confidence(low: float, high: float, texts: int, right: int) -> Confidence:
        interval = wilson_interval(right, texts) if independent else None
        return Confidence(low, high, texts, texts / outcomes.documents, right / texts, interval)

    highs = [*THRESHOLDS[1:], 1.0]
    texts, right = outcomes.confident, outcomes.right_confident
    between = [-np.diff(counts, append=0) for counts in (texts, right)]
    rows = zip(THRESHOLDS, highs, *(counts.tolist() for counts in between), strict=True)
    # Of thresholds below which there is nothing, the highest one is enough.
    used = (texts > 0) & (np.append(texts[1:], 0) < outcomes.documents)
    above = zip(THRESHOLDS, texts.tolist(), right.tolist(), used.tolist(), strict=True)
    return (
        tuple(confidence(*row) for row in rows if row[2]),
        tuple(confidence(low, 1.0, n, k) for low, n, k, shown in above if shown),
    )


def _class_metrics(
    names: Sequence[str], confusion: npt.NDArray[np.int64]
) -> tuple[ClassMetrics, ...]:
    """Return the metrics of each class; a metric whose denominator is 0 is 0."""
    right, given, support = confusion.diagonal(), confusion.sum(axis=0), confusion.sum(axis=1)
    figures = (*precision_recall_f1(right, given, support), support)
    rows = zip(names, *(figure.tolist() for figure in figures), strict=True)
    return tuple(ClassMetrics(*row) for row in rows)


def _confusions(names: Sequence[str], confusion: npt.NDArray[np.int64]) -> tuple[Confusion, ...]:
    """Return the pairs of classes that are confused, that of the most texts first."""
    true, predicted = np.nonzero(confusion * ~np.eye(len(names), dtype=bool))
    texts = confusion[true, predicted]
    order = np.argsort(-texts, kind="stable")
    columns = (true[order].tolist(), predicted[order].tolist(), texts[order].tolist())
    return tuple(Confusion(names[i], names[j], n) for i, j, n in zip(*columns, strict=True))
