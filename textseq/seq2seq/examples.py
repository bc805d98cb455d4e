"""Pairs made by rules, for demonstrations and tests: dates in one form, and sums of numbers."""

from __future__ import annotations

import datetime

import numpy as np

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FORMS = (
    "{day} {month} {year}", "{month} {day}, {year}", "{weekday}, {day} {month} {year}",
    "{month:.3} {day} {year}", "{day:02}/{number:02}/{year}", "{day}.{number}.{year}",
    "{weekday:.3} {day:02} {month:.3} {year}", "the {day} of {month} {year}",
)  # fmt: skip


def dates(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Return dates as people write them, and in the form of ISO 8601.

    Example:
        >>> from textseq.seq2seq.examples import dates
        >>> [*zip(*dates(2))]
        [('friday, 7 june 1996', '1996-06-07'), ('30 november 1924', '1924-11-30')]
    """
    first, last = datetime.date(1920, 1, 1).toordinal(), datetime.date(2039, 12, 31).toordinal()
    sources, targets = [], []
    for when, how in np.random.default_rng(seed).random((count, 2)).tolist():
        day = datetime.date.fromordinal(first + int(when * (last - first)))
        sources.append(
            FORMS[int(how * len(FORMS))].format(
                day=day.day,
                month=MONTHS[day.month - 1],
                number=day.month,
                year=day.year,
                weekday=DAYS[day.weekday()],
            )
        )
        targets.append(day.isoformat())
    return sources, targets


def sums(count: int, digits: int = 5, seed: int = 0) -> tuple[list[str], list[str]]:
    """Return sums of two numbers of `digits` digits, and their results, from the last digit.

    As one adds by hand: in columns, from the right. Written from the left, the first digit of a
    result depends on all that follow, which takes many times as long to learn.

    Example:
        >>> from textseq.seq2seq.examples import sums
        >>> [*zip(*sums(2, digits=2))]  # 67 + 34 = 101, 13 + 11 = 24
        [('7+4 6+3', '1 0 1'), ('3+1 1+1', '4 2')]
    """
    least, sources, targets = 10 ** (digits - 1), [], []
    for draws in np.random.default_rng(seed).random((count, 2)).tolist():
        a, b = (least + int(draw * 9 * least) for draw in draws)
        columns = zip(str(a), str(b), strict=True)
        sources.append(" ".join([f"{one}+{other}" for one, other in columns][::-1]))
        targets.append(" ".join(str(a + b)[::-1]))
    return sources, targets
