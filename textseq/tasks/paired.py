"""Two models on the same texts: how much better one is, and whether that may be chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.tasks.intervals import QUANTILE, Interval, wilson_interval


@dataclass(frozen=True)
class PairedOutcomes:
    """How many texts both, one, or none of two models label right.

    Only the texts of which one model alone is right say which is better, so that a difference can
    be certain where the intervals of both accuracies overlap.

    Args:
        both: Texts that both label right.
        first: Texts that the first one alone labels right.
        second: Texts that the second one alone labels right.
        neither: Texts that both label wrong.

    Example:
        >>> from textseq.tasks.paired import PairedOutcomes
        >>> found = PairedOutcomes(both=800, first=60, second=30, neither=110)
        >>> f"{found.difference:+.1%}, {found.interval}, p = {found.p_value:.4f}"
        '+3.0%, +1.1% to +4.9%, p = 0.0021'
    """

    both: int = 0
    first: int = 0
    second: int = 0
    neither: int = 0

    @classmethod
    def count(cls, first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> PairedOutcomes:
        """Count texts by which of two models is right: (documents,) each.

        Raises:
            ArgumentError: The numbers of texts differ.
        """
        if first.shape != second.shape:
            raise ArgumentError(
                f"Two models are compared on the same texts. Received {len(first):,} answers of "
                f"the first and {len(second):,} of the second."
            )
        cells = ((first & second), (first & ~second), (~first & second), ~(first | second))
        return cls(*(int(cell.sum()) for cell in cells))

    def __add__(self, other: PairedOutcomes) -> PairedOutcomes:
        mine, others = self._counts(), other._counts()
        return PairedOutcomes(*(a + b for a, b in zip(mine, others, strict=True)))

    def _counts(self) -> tuple[int, int, int, int]:
        return self.both, self.first, self.second, self.neither

    @property
    def documents(self) -> int:
        """The number of texts."""
        return sum(self._counts())

    @property
    def accuracies(self) -> tuple[float, float]:
        """The accuracy of the first model and of the second."""
        total = max(1, self.documents)
        return (self.both + self.first) / total, (self.both + self.second) / total

    @property
    def difference(self) -> float:
        """The first model's accuracy less the second's."""
        return (self.first - self.second) / max(1, self.documents)

    @property
    def interval(self) -> PairedInterval:
        """The 95 % interval of the difference (Bonett and Price 2012).

        It is that of the normal approximation, with one text more that the first model alone
        labels right, and one more that the second does, so that it holds for few texts too.
        """
        total = self.documents + 2
        first, second = (self.first + 1) / total, (self.second + 1) / total
        spread = QUANTILE * math.sqrt((first + second - (first - second) ** 2) / total)
        middle = first - second
        return PairedInterval(max(-1.0, middle - spread), min(1.0, middle + spread))

    @property
    def p_value(self) -> float:
        """How often chance makes so large a difference of equal models: McNemar's exact test.

        Of equal models, each text that only one of them labels right is as likely to be one's as
        the other's, so that the number of the first's has a binomial distribution (McNemar 1947).
        """
        texts, fewer = self.first + self.second, min(self.first, self.second)
        tail, ways = 0, 1  # ways: how many of the 2^texts outcomes give one model k texts
        for k in range(fewer + 1):
            tail += ways
            ways = ways * (texts - k) // (k + 1)
        return float(min(1.0, 2 * tail / 2**texts))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        first, second = self.accuracies
        right = self.both + self.first, self.both + self.second
        return {
            "documents": self.documents,
            "accuracy": [first, second],
            "accuracy_interval": [list(wilson_interval(r, self.documents)) for r in right],
            "right": dict(zip(("both", "first", "second", "neither"), self._counts(), strict=True)),
            "difference": self.difference,
            "interval": list(self.interval),
            "p_value": self.p_value,
        }


class PairedInterval(Interval):
    """A 95 % interval of a difference of two fractions, each end with its sign."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.low:+.1%} to {self.high:+.1%}"
