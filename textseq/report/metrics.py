"""How good a classifier is: accuracy, precision, recall, F1, calibration, in NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError

BINS = 15
"""Of the calibration error, as in Guo et al. 2017."""


@dataclass(frozen=True)
class ClassFigures:
    """How well one class is told from the others.

    Args:
        label: The class.
        precision: Share of the texts given this label that have it.
        recall: Share of the texts that have this label and were given it.
        f1: Harmonic mean of the two.
        support: Texts that have this label.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Metrics:
    """Figures of a classifier on labelled texts.

    Args:
        documents: How many texts.
        accuracy: Share of the texts that were labelled rightly.
        majority: What always answering the commonest class would score.
        macro_f1: Mean of the classes' F1.
        weighted_f1: The same, each class counting for its texts.
        ece: Expected calibration error, 0 to 1: see `calibration_error`.
        classes: The labels.
        per_class: The figures of each class.
        confusion_matrix: Counts: a row for each true class, a column for each answer.
    """

    documents: int
    accuracy: float
    majority: float
    macro_f1: float
    weighted_f1: float
    ece: float
    classes: tuple[str, ...]
    per_class: tuple[ClassFigures, ...]
    confusion_matrix: tuple[tuple[int, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""
        return asdict(self)


def measure(
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[Any] | npt.NDArray[Any],
) -> Metrics:
    """Hold a classifier's probabilities against the true labels.

    Args:
        labels: The true labels: (documents,).
        probabilities: The classifier's: (documents, classes).
        classes: The labels of its columns.

    Raises:
        ArgumentError: There are no texts, the shapes do not match, or a label is not of `classes`.

    Example:
        >>> import numpy as np
        >>> from textseq.report import measure
        >>> metrics = measure(["a", "b"], np.array([[0.9, 0.1], [0.8, 0.2]]), ["a", "b"])
        >>> metrics.accuracy, metrics.confusion_matrix
        (0.5, ((1, 0), (1, 0)))
    """
    names = [str(name) for name in classes]
    truth = [str(label) for label in labels]
    _check(truth, probabilities, names)
    column = {name: i for i, name in enumerate(names)}
    expected = np.array([column[label] for label in truth])
    answers = probabilities.argmax(axis=1)
    confusion = confusion_matrix(expected, answers, len(names))
    per_class = tuple(_class_figures(name, i, confusion) for i, name in enumerate(names))
    support = confusion.sum(axis=1)
    f1 = np.array([figures.f1 for figures in per_class])
    return Metrics(
        documents=len(truth),
        accuracy=float((expected == answers).mean()),
        majority=float(support.max() / len(truth)),
        macro_f1=float(f1.mean()),
        weighted_f1=float(np.average(f1, weights=support)),
        ece=calibration_error(probabilities.max(axis=1), expected == answers),
        classes=tuple(names),
        per_class=per_class,
        confusion_matrix=tuple(map(tuple, confusion.tolist())),
    )


def confusion_matrix(
    expected: npt.NDArray[np.integer[Any]], answers: npt.NDArray[np.integer[Any]], classes: int
) -> npt.NDArray[np.int64]:
    """Return how often each class was labelled as each: (classes, classes), a row per true class.

    Args:
        expected: The index of each text's true class: (documents,).
        answers: The index of the class that each was given: (documents,).
        classes: How many there are.

    Example:
        >>> import numpy as np
        >>> from textseq.report.metrics import confusion_matrix
        >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
        array([[1, 1],
               [0, 1]])
    """
    pairs = np.bincount(expected * classes + answers, minlength=classes * classes)
    return pairs.reshape(classes, classes)


def _class_figures(label: str, i: int, confusion: npt.NDArray[np.int64]) -> ClassFigures:
    """Return precision, recall and F1 of class `i`; each is 0 where its denominator is."""
    right, given, support = confusion[i, i], confusion[:, i].sum(), confusion[i].sum()
    return ClassFigures(
        label,
        precision=float(right / max(given, 1)),
        recall=float(right / max(support, 1)),
        f1=float(2 * right / max(given + support, 1)),
        support=int(support),
    )


def calibration_error(
    confidences: npt.NDArray[np.floating[Any]], right: npt.NDArray[np.bool_]
) -> float:
    """Return how far confidence and accuracy are apart: the expected calibration error.

    The sum over bins of (share of texts in the bin) |accuracy - mean confidence|, with 15 bins of
    equal width; Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.

    Example:
        >>> import numpy as np
        >>> from textseq.report import calibration_error
        >>> round(calibration_error(np.array([0.9, 0.9]), np.array([True, False])), 3)
        0.4
    """
    bins = bins_of(confidences)
    gaps = np.bincount(bins, weights=right - confidences, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidences))


def bins_of(confidences: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
    """Return the bin of each confidence: 0 to 14, each bin with its upper end.

    Example:
        >>> import numpy as np
        >>> from textseq.report.metrics import bins_of
        >>> bins_of(np.array([0.0, 0.07, 1.0]))
        array([ 0,  1, 14])
    """
    bins: npt.NDArray[np.int64] = np.ceil(confidences * BINS).astype(np.int64) - 1
    return bins.clip(0, BINS - 1)


def _check(truth: list[str], probabilities: npt.NDArray[Any], names: list[str]) -> None:
    if not truth:
        raise ArgumentError("Expected labelled texts to measure on. Received none.")
    if probabilities.shape != (len(truth), len(names)):
        raise ArgumentError(
            f"Expected probabilities of shape {(len(truth), len(names))}, for {len(truth)} texts "
            f"and {len(names)} classes. Received: {probabilities.shape}."
        )
    unknown = sorted(set(truth) - set(names))
    if unknown:
        raise ArgumentError(
            f"The texts have labels that the classifier does not know: {', '.join(unknown[:5])}; "
            f"it knows {', '.join(names)}."
        )
