"""When a trial is better than the defaults: the rule of `autotune`, all of it.

Both label the same validation texts, so what counts is the difference on each text: its mean D,
and the standard error of that,

    SE = standard deviation of the differences / sqrt(number of texts)

which for an accuracy is that of McNemar's test. The best of many trials looks better than it is,
even where all are as good as the defaults: of k normal errors, the largest is expected at about

    e(k) = z((k - 3/8) / (k + 1/4))

standard errors (Blom 1958, "Statistical Estimates and Transformed Beta-Variables"), where z is the
quantile of the normal distribution. So the k-th trial that is compared must be better by

    D > (1 + e(k)) SE

The first needs one standard error, as in the rule by which Breiman et al. 1984, "Classification and
Regression Trees", keep the simpler of two trees; the tenth 2.5, and the hundredth 3.5. Of those
that are better, the one with the highest validation score is chosen.

The macro F1 is no mean over texts. Its differences are those of its influence function, whose mean
is the macro F1, and whose standard error is that of the infinitesimal jackknife (Jaeckel 1972).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from textseq.network.arrays import AnyArray, DoubleArray, FloatArray
from textseq.network.heads import SIGMOID, SOFTMAX


class Comparison(NamedTuple):
    """A trial compared with the defaults, on the same validation texts.

    Args:
        difference: By how much its score is higher.
        error: The standard error of that.
        needed: By how much it had to be higher.
    """

    difference: float
    error: float
    needed: float

    @property
    def is_better(self) -> bool:
        """Whether it is better by more than luck explains."""
        return self.difference > self.needed


def compare(values: DoubleArray, reference: DoubleArray, number: int) -> Comparison:
    """Compare the k-th trial with the defaults.

    Args:
        values: Of each validation text, what `text_values` returns: (texts,).
        reference: The same of the defaults.
        number: Which trial this is, of those that were compared: from 1.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.autotuning.rule import compare
        >>> right, reference = np.array([1.0] * 90 + [0] * 10), np.array([1.0] * 85 + [0] * 15)
        >>> found = compare(right, reference, 1)
        >>> round(found.difference, 2), round(found.error, 2), found.is_better
        (0.05, 0.02, True)
        >>> compare(right, reference, 50).is_better
        False
    """
    differences = values - reference
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    return Comparison(float(differences.mean()), error, needed_errors(number) * error)


def needed_errors(number: int) -> float:
    """Return by how many standard errors the k-th trial must be better.

    Example:
        >>> from textseq.classifier.autotuning.rule import needed_errors
        >>> [round(needed_errors(k), 1) for k in (1, 2, 10, 100)]
        [1.0, 1.6, 2.5, 3.5]
    """
    return 1 + NormalDist().inv_cdf((number - 3 / 8) / (number + 1 / 4))


def text_values(
    metric: str, targets: AnyArray, probabilities: FloatArray, answers: AnyArray
) -> DoubleArray:
    """Return for each text a value, of which the mean over texts is the score: (texts,).

    Args:
        metric: The metric: accuracy, macro-f1, or loss, whose sign is changed, so that of all of
            them the higher one is better.
        targets: Class ids: (texts,). Or 1 for each label that a text has, else 0: (texts, labels).
        probabilities: Of each class: (texts, classes).
        answers: Like the targets.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.autotuning.rule import text_values
        >>> targets, p = np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]], "f4")
        >>> text_values("accuracy", targets, p, p.argmax(axis=1))
        array([1., 1., 0.])
        >>> print(text_values("macro-f1", targets, p, p.argmax(axis=1)).mean().round(3))
        0.667
    """
    several = targets.ndim == 2
    if metric == "loss":
        losses, _ = (SIGMOID if several else SOFTMAX).evaluate(targets, probabilities)
        values: DoubleArray = -losses.astype(np.float64)
        return values
    if metric == "accuracy":
        right = answers == targets
        return (right.all(axis=1) if several else right).astype(np.float64)  # type: ignore[no-any-return]
    classes = np.arange(probabilities.shape[1])
    has = targets > 0 if several else targets[:, None] == classes
    given = answers > 0 if several else answers[:, None] == classes
    return _f1_values(has, given)


def _f1_values(has: AnyArray, given: AnyArray) -> DoubleArray:
    """Return the value of each text for the macro F1; classes that do not occur are left out."""
    right, both = (has & given).astype(np.float64), has.astype(np.float64) + given
    occurs = both.any(axis=0)
    right, both = right[:, occurs], both[:, occurs]
    f1 = 2 * right.sum(axis=0) / both.sum(axis=0)
    influence = (2 * right - f1 * both) / both.mean(axis=0)
    values: DoubleArray = (f1 + influence).mean(axis=1)
    return values
