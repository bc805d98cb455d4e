"""How sure an estimate is: the interval in which the true value lies, in 95 of 100 cases."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

QUANTILE = 1.959963984540054
"""Of the normal distribution: 95 % of it lies between minus this and this."""


T_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""The same of Student's t distribution, of 1 to 9 degrees of freedom."""


class Interval(NamedTuple):
    """A 95 % interval of a fraction.

    Args:
        low: Its lower end, from 0 to 1.
        high: Its upper end.
    """

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.1%} to {self.high:.1%}"


def wilson_interval(right: int, total: int) -> Interval:
    """Return the 95 % interval of an accuracy, by the number of right answers (Wilson 1927).

    It also holds where few answers were given, or all are right, unlike that of the normal
    approximation.

    Args:
        right: The number of right answers.
        total: The number of all answers; without any, the interval is all there is.

    Example:
        >>> from textseq.tasks.intervals import wilson_interval
        >>> print(wilson_interval(90, 100))
        82.6% to 94.5%
        >>> print(wilson_interval(10, 10))
        72.2% to 100.0%
    """
    if not total:
        return Interval(0.0, 1.0)
    square = QUANTILE**2
    center = right + square / 2
    spread = QUANTILE * math.sqrt(right * (total - right) / total + square / 4)
    # Rounding must not leave out 0 where nothing is right, nor 1 where everything is.
    return Interval(
        max(0.0, (center - spread) / (total + square)) if right else 0.0,
        min(1.0, (center + spread) / (total + square)) if right < total else 1.0,
    )


def folds_interval(accuracies: Sequence[float], right: int, total: int) -> Interval:
    """Return the 95 % interval of an accuracy that was estimated by cross-validation.

    Classifiers of other training texts differ, and those of two folds have most of their training
    texts in common. Wilson's interval leaves out the first, and the standard error of the folds'
    mean the second, so that both are too narrow. The variance is therefore that of the folds times
    1 / K + 1 / (K - 1) (Nadeau and Bengio 2003); where chance made the folds alike, Wilson's
    interval is the wider one, and is returned.

    Args:
        accuracies: That of each of the K folds: two or more.
        right: The number of right answers, in all folds.
        total: The number of all answers.

    Example:
        >>> from textseq.tasks.intervals import folds_interval
        >>> print(folds_interval([0.85, 0.95, 0.9, 0.8], 350, 400))
        71.8% to 100.0%
        >>> print(folds_interval([0.9, 0.9, 0.9, 0.9], 360, 400))
        86.7% to 92.6%
    """
    folds, narrow = len(accuracies), wilson_interval(right, total)
    variance = statistics.variance(accuracies) * (1 / folds + 1 / (folds - 1))
    spread = t_quantile(folds - 1) * math.sqrt(variance)
    middle = right / total
    return Interval(
        max(0.0, min(narrow.low, middle - spread)), min(1.0, max(narrow.high, middle + spread))
    )


def t_quantile(freedom: int) -> float:
    """Return the number within which, below and above 0, 95 % of Student's t distribution lies."""
    if freedom <= len(T_QUANTILES):
        return T_QUANTILES[freedom - 1]
    z = QUANTILE  # Cornish and Fisher's expansion
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
