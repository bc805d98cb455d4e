"""Metrics of all predictions together, by which the best epoch may be chosen.

The loss and the metric of a head are means over documents, in batches too. What is no such mean,
such as an F1, is computed here, from the predictions of the whole validation set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray


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
    # Twice the precision times the recall, by their sum: what is right of what is either.
    either = np.bincount(targets, minlength=classes) + np.bincount(answers, minlength=classes)
    occurs = either > 0
    return float((2 * right[occurs] / either[occurs]).mean())


MACRO_F1 = Metric("macro_f1", macro_f1)
