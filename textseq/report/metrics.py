"""How good a classifier is: accuracy, precision, recall, F1, calibration, in NumPy alone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.report.outcomes import Outcomes


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
class Metrics:
    """The metrics of a classifier on labelled texts."""

    documents: int
    accuracy: float
    majority: float  # the accuracy of always predicting the most frequent class
    macro_f1: float  # the mean F1 of the classes
    weighted_f1: float  # the same, weighted by the support of each class
    ece: float  # expected calibration error, from 0 to 1; see `calibration_error`
    classes: tuple[str, ...]  # the labels
    per_class: tuple[ClassMetrics, ...]
    confusions: tuple[Confusion, ...]  # each pair that occurs, that of the most texts first
    confusion_matrix: tuple[tuple[int, ...], ...]  # by true class (row) and predicted (column)

    def to_dict(self) -> dict[str, Any]:
        """Return the metrics as values for JSON."""
        # The matrix as it is: `asdict` would copy each of its numbers.
        figures = {f.name: getattr(self, f.name) for f in fields(self)}
        lists = ("per_class", "confusions")
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


def metrics_of(outcomes: Outcomes) -> Metrics:
    """Return the metrics of a classifier from its outcomes, which may be a sum of those of parts.

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
    return Metrics(
        documents=documents,
        accuracy=int(confusion.trace()) / documents,
        majority=int(support.max()) / documents,
        macro_f1=float(f1.mean()),
        weighted_f1=float(np.average(f1, weights=support)),
        ece=outcomes.calibration_error,
        classes=names,
        per_class=per_class,
        confusions=_confusions(names, confusion),
        confusion_matrix=tuple(map(tuple, confusion.tolist())),
    )


def _class_metrics(
    names: Sequence[str], confusion: npt.NDArray[np.int64]
) -> tuple[ClassMetrics, ...]:
    """Return the metrics of each class; a metric whose denominator is 0 is 0."""
    right, given, support = confusion.diagonal(), confusion.sum(axis=0), confusion.sum(axis=1)
    figures = (
        right / np.maximum(given, 1),
        right / np.maximum(support, 1),
        2 * right / np.maximum(given + support, 1),
        support,
    )
    rows = zip(names, *(figure.tolist() for figure in figures), strict=True)
    return tuple(ClassMetrics(*row) for row in rows)


def _confusions(names: Sequence[str], confusion: npt.NDArray[np.int64]) -> tuple[Confusion, ...]:
    """Return the pairs of classes that are confused, that of the most texts first."""
    true, predicted = np.nonzero(confusion * ~np.eye(len(names), dtype=bool))
    texts = confusion[true, predicted]
    order = np.argsort(-texts, kind="stable")
    columns = (true[order].tolist(), predicted[order].tolist(), texts[order].tolist())
    return tuple(Confusion(names[i], names[j], n) for i, j, n in zip(*columns, strict=True))
