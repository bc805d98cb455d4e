"""Cross-validation: how accurate a classifier is on new texts, where there are few to test it on.

The texts are cut into folds. A classifier of the same settings is trained on all folds but one and
answers the texts of that one, until each text was answered by a classifier that had not seen it:
`fit.cross_validate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textseq.classifier.labels import Labels
from textseq.classifier.split import Positions
from textseq.network.metrics import macro_f1
from textseq.tasks.intervals import Interval, folds_interval


class Fold(NamedTuple):
    """How one fold was answered.

    Args:
        number: Which fold, counted from 1.
        texts: The number of its texts.
        accuracy: The fraction of them whose label is right.
    """

    number: int
    texts: int
    accuracy: float


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """The answers to all texts, each of a classifier that was not trained on the text.

    Args:
        classes: The labels, sorted: (classes,).
        targets: The class id of each text: (documents,).
        folds: The fold of each text, counted from 0: (documents,).
        probabilities: Of each class for each text: float32, (documents, classes). A class that no
            other fold has gets 0.
    """

    classes: Labels
    targets: Positions
    folds: Positions
    probabilities: npt.NDArray[np.float32]

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the most probable class of each text is its own: (documents,)."""
        found: npt.NDArray[np.bool_] = self.probabilities.argmax(axis=1) == self.targets
        return found

    @property
    def accuracies(self) -> list[float]:
        """The accuracy on each fold."""
        return [self.of_fold(k).accuracy for k in range(int(self.folds.max()) + 1)]

    @property
    def accuracy(self) -> float:
        """The accuracy on all texts."""
        return float(self.right.mean())

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the accuracy; see `folds_interval`."""
        return folds_interval(self.accuracies, int(self.right.sum()), len(self.right))

    @property
    def standard_deviation(self) -> float:
        """That of the accuracies of the folds."""
        return float(np.std(self.accuracies, ddof=1))

    @property
    def macro_f1(self) -> float:
        """The macro F1 on all texts.

        Not the mean of those of the folds, which misleads where a fold has few texts of a class
        (Forman and Scholz 2010).
        """
        return macro_f1(self.targets, self.probabilities)

    def __str__(self) -> str:
        return (
            f"accuracy {self.accuracy:.1%} (95% interval {self.interval}); by fold "
            f"{min(self.accuracies):.1%} to {max(self.accuracies):.1%}, standard deviation "
            f"{self.standard_deviation:.1%}; macro F1 {self.macro_f1:.1%}"
        )

    def of_fold(self, fold: int) -> Fold:
        """Return how a fold, counted from 0, was answered."""
        right = self.right[self.folds == fold]
        return Fold(fold + 1, len(right), float(right.mean()))

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as values for JSON."""
        return {
            "folds": self.accuracies,
            "standard_deviation": self.standard_deviation,
            "texts": len(self.targets),
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "macro_f1": self.macro_f1,
        }
