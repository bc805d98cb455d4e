"""Right and wrong labels as sums, where a text may have several: those of parts add up.

`outcomes.py` does the same for texts with one label each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.registry import listed
from textseq.report.outcomes import Counts, check_shape, class_ids, mean_gap, sum_bins

_LISTS = (list, tuple, set, frozenset, np.ndarray)

Thresholds = float | Sequence[float] | npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class LabelOutcomes:
    """The labels that a classifier gives beside the true ones, as sums over texts.

    Two of them with the same classes and thresholds add up to those of all their texts.

    Args:
        classes: The labels.
        thresholds: The probability above which each is given: float32, (classes,).
        documents: The number of texts.
        exact: Those of them that have just the labels that they are given.
        unlabelled: Those of them that are given no label.
        right: The number of texts by label that have it and are given it: (classes,).
        given: Those that are given it.
        support: Those that have it.
        in_bin: The number of pairs of text and label in each bin of probability: (15,).
        true_in_bin: Those of them where the text has the label.
        probability_in_bin: The sum of the probabilities in each bin: float64, (15,).

    Example:
        >>> import numpy as np
        >>> from textseq.report import LabelOutcomes
        >>> count = LabelOutcomes.count
        >>> one = count([["a", "b"]], np.array([[0.9, 0.1]]), ["a", "b"], 0.5)
        >>> both = one + count([[]], np.array([[0.8, 0.2]]), ["a", "b"], 0.5)
        >>> both.documents, both.right.tolist(), both.given.tolist(), both.support.tolist()
        (2, [1, 0], [2, 0], [1, 1])
    """

    classes: tuple[str, ...]
    thresholds: npt.NDArray[np.float32]
    documents: int
    exact: int
    unlabelled: int
    right: Counts
    given: Counts
    support: Counts
    in_bin: Counts
    true_in_bin: Counts
    probability_in_bin: npt.NDArray[np.float64]

    @classmethod
    def count(
        cls,
        labels: Sequence[Any] | npt.NDArray[Any],
        probabilities: npt.NDArray[np.floating[Any]],
        classes: Sequence[Any] | npt.NDArray[Any],
        thresholds: Thresholds,
    ) -> LabelOutcomes:
        """Count the outcomes of some texts, or of none.

        Args:
            labels: The true labels of each text, as a list; a label by itself counts as a list of
                one. Or an indicator matrix: (documents, classes).
            probabilities: The classifier's: (documents, classes).
            classes: The labels of the columns.
            thresholds: The probability above which each of them is given, or one for all.

        Raises:
            ArgumentError: The shapes do not match, or a label is not in `classes`.
        """
        names = [str(name) for name in classes]
        true = indicator_of(labels, names)
        check_shape(probabilities, len(true), len(names))
        limits = np.broadcast_to(np.asarray(thresholds, np.float32), (len(names),))
        given = probabilities > limits
        return cls(
            tuple(names),
            limits,
            len(true),
            int((given == true).all(axis=1).sum()),
            int((~given.any(axis=1)).sum()),
            (given & true).sum(axis=0),
            given.sum(axis=0),
            true.sum(axis=0),
            *sum_bins(probabilities.ravel(), true.ravel()),
        )

    @classmethod
    def total(
        cls,
        parts: Iterable[LabelOutcomes],
        classes: Sequence[Any] | npt.NDArray[Any],
        thresholds: Thresholds,
    ) -> LabelOutcomes:
        """Return the sum of the outcomes of parts, of which there may be none."""
        return sum(parts, cls.count([], np.zeros((0, len(classes))), classes, thresholds))

    def __add__(self, other: LabelOutcomes) -> LabelOutcomes:
        same = np.array_equal(self.thresholds, other.thresholds)
        if self.classes != other.classes or not same:
            raise ArgumentError(
                f"Outcomes of other classes or thresholds do not add up. Received: "
                f"{listed(self.classes, str)}; and {listed(other.classes, str)}."
            )
        summed = (f.name for f in fields(self) if f.name not in ("classes", "thresholds"))
        sums = (getattr(self, name) + getattr(other, name) for name in summed)
        return LabelOutcomes(self.classes, self.thresholds, *sums)

    @property
    def calibration_error(self) -> float:
        """The mean distance of a label's probability and its frequency, from 0 to 1."""
        return mean_gap(self.in_bin, self.true_in_bin, self.probability_in_bin)


def indicator_of(
    labels: Sequence[Any] | npt.NDArray[Any], names: Sequence[str]
) -> npt.NDArray[np.bool_]:
    """Return whether each text has each label: (documents, classes).

    Args:
        labels: See `LabelOutcomes.count`.
        names: The labels of the columns.

    Raises:
        ArgumentError: A label is not among the names, or a matrix has other columns.

    Example:
        >>> from textseq.report.label_outcomes import indicator_of
        >>> indicator_of([["b"], [], "a"], ["a", "b"]).astype(int).tolist()
        [[0, 1], [0, 0], [1, 0]]
    """
    if getattr(labels, "ndim", 1) > 1:
        matrix = np.asarray(labels)
        check_shape(matrix, len(matrix), len(names))
        return matrix.astype(bool)
    lists = [list(each) if isinstance(each, _LISTS) else [each] for each in labels]
    matrix = np.zeros((len(lists), len(names)), bool)
    rows = np.repeat(np.arange(len(lists)), [len(each) for each in lists])
    matrix[rows, class_ids([*chain.from_iterable(lists)], names)] = True
    return matrix
