"""How good a classifier is whose texts may have several labels: F1 and exact matches, in NumPy.

`metrics.py` does the same for texts with one label each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.report.label_outcomes import LabelOutcomes, Thresholds
from textseq.report.outcomes import precision_recall_f1


@dataclass(frozen=True)
class LabelScores:
    """The metrics of one label; a metric whose denominator is 0 is 0."""

    label: str
    threshold: float  # the probability above which it is given
    precision: float  # the fraction of the texts given this label that have it
    recall: float  # the fraction of the texts with this label that are given it
    f1: float  # the harmonic mean of the two
    support: int  # the number of texts with this label
    predicted: int  # the number of texts given it


@dataclass(frozen=True)
class LabelMetrics:
    """The metrics of a classifier on texts that may have several labels, or none."""

    documents: int
    macro_f1: float  # the mean F1 of the labels that a text has or is given
    micro_f1: float  # the F1 of all labels of all texts, taken together
    micro_precision: float
    micro_recall: float
    exact_match: float  # the fraction of the texts given just the labels that they have
    labels_per_text: float  # that texts have, on average
    predicted_per_text: float  # that they are given, on average
    unlabelled: float  # the fraction of the texts that are given no label
    ece: float  # the mean distance of a label's probability and its frequency
    classes: tuple[str, ...]  # the labels
    per_class: tuple[LabelScores, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the metrics as values for JSON."""
        figures = {f.name: getattr(self, f.name) for f in fields(self)}
        return figures | {"per_class": [asdict(row) for row in self.per_class]}


def measure_labels(
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[Any] | npt.NDArray[Any],
    thresholds: Thresholds = 0.5,
) -> LabelMetrics:
    """Compare the probabilities of a classifier with the true labels, where texts may have several.

    Args:
        labels: The true labels of each text, as a list; or an indicator matrix.
        probabilities: The classifier's: (documents, classes).
        classes: The labels of the columns.
        thresholds: The probability above which each of them is given, or one for all.

    Raises:
        ArgumentError: There are no texts, the shapes do not match, or a label is not in `classes`.

    Example:
        >>> import numpy as np
        >>> from textseq.report import measure_labels
        >>> probabilities = np.array([[0.9, 0.7], [0.8, 0.2]])
        >>> metrics = measure_labels([["a", "b"], ["b"]], probabilities, ["a", "b"])
        >>> metrics.exact_match, round(metrics.macro_f1, 3), round(metrics.micro_f1, 3)
        (0.5, 0.667, 0.667)
    """
    return label_metrics_of(LabelOutcomes.count(labels, probabilities, classes, thresholds))


def label_metrics_of(outcomes: LabelOutcomes) -> LabelMetrics:
    """Return the metrics of a classifier from its outcomes, which may be a sum of those of parts.

    Raises:
        ArgumentError: There are no texts.
    """
    documents = outcomes.documents
    if not documents:
        raise ArgumentError("Expected labelled texts to measure on. Received none.")
    right, given, support = outcomes.right, outcomes.given, outcomes.support
    precision, recall, f1 = precision_recall_f1(right, given, support)
    occurs = given + support > 0
    micro = [float(score) for score in precision_recall_f1(right.sum(), given.sum(), support.sum())]
    rows = zip(
        outcomes.classes,
        *(c.tolist() for c in (outcomes.thresholds, precision, recall, f1, support, given)),
        strict=True,
    )
    return LabelMetrics(
        documents=documents,
        macro_f1=float(f1[occurs].mean()) if occurs.any() else 0.0,
        micro_f1=micro[2],
        micro_precision=micro[0],
        micro_recall=micro[1],
        exact_match=outcomes.exact / documents,
        labels_per_text=int(support.sum()) / documents,
        predicted_per_text=int(given.sum()) / documents,
        unlabelled=outcomes.unlabelled / documents,
        ece=outcomes.calibration_error,
        classes=outcomes.classes,
        per_class=tuple(LabelScores(*row) for row in rows),
    )
