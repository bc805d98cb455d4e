"""Spans, such as names, that tags mark in IOB2, and how many are found: the F1 of CoNLL, strictly.

    Peter Blackburn  flew to  New   York         tags of IOB2: B- at the first token of a span,
    B-PER I-PER      O    O   B-LOC I-LOC        I- at the others, O outside

Strictly, I- continues a span of its own type and is nothing by itself: after O, at the beginning,
or after another type, it belongs to no span. A span is found if its type, its beginning and its end
are right. In IOB1, where B- marks only a span that follows another of its type at once, I- begins
spans; `to_iob2` makes its tags those of IOB2, and nothing does so unasked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from textseq.errors import ArgumentError

Span = tuple[int, int, str]
"""Its first token, the one after its last, and its type."""


@dataclass(frozen=True)
class SpanScore:
    """How well spans of a type are found.

    Args:
        label: The type.
        precision: The fraction of the predicted spans that are right.
        recall: The fraction of the true spans that were predicted.
        f1: The harmonic mean of the two.
        support: The number of true spans.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class SpanScores:
    """How well spans are found: all together (micro average), and those of each type."""

    overall: SpanScore
    types: tuple[SpanScore, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as values for JSON."""
        return {"overall": asdict(self.overall), "types": [asdict(one) for one in self.types]}


def has_spans(tags: Iterable[str]) -> bool:
    """Return whether tags are those of IOB, and not parts of speech: B-, I- and O alone.

    Example:
        >>> from textseq.tagger.spans import has_spans
        >>> has_spans(["O", "B-PER", "I-PER"]), has_spans(["NOUN", "O"]), has_spans(["O"])
        (True, False, False)
    """
    others = {tag for tag in tags if tag != "O"}
    return bool(others) and all(tag[:2] in ("B-", "I-") and tag[2:] for tag in others)


def find_spans(tags: Sequence[str]) -> list[Span]:
    """Return the spans of a sentence in strict IOB2.

    Example:
        >>> from textseq.tagger.spans import find_spans
        >>> find_spans(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"])
        [(0, 2, 'PER'), (4, 5, 'LOC')]
    """
    found: list[Span] = []
    open_type, start = "", 0
    for at, tag in enumerate([*tags, "O"]):
        if open_type and tag != f"I-{open_type}":
            found.append((start, at, open_type))
            open_type = ""
        if tag.startswith("B-"):
            open_type, start = tag[2:], at
    return found


def to_iob2(tags: Sequence[str]) -> list[str]:
    """Return the tags of IOB2 for those of IOB1; tags of IOB2 stay as they are.

    Example:
        >>> from textseq.tagger.spans import to_iob2
        >>> to_iob2(["I-PER", "I-PER", "O", "I-LOC", "B-LOC"])
        ['B-PER', 'I-PER', 'O', 'B-LOC', 'B-LOC']
    """
    before, changed = "O", []
    for tag in tags:
        begins = tag.startswith("I-") and before[2:] != tag[2:]
        changed.append(f"B-{tag[2:]}" if begins else tag)
        before = tag
    return changed


def score_spans(true: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> SpanScores:
    """Compare predicted tags with the true ones, span by span.

    Args:
        true: The tags of each sentence, in IOB2.
        predicted: Likewise.

    Raises:
        ArgumentError: A sentence has another number of predicted tags than of true ones.

    Example:
        >>> from textseq.tagger.spans import score_spans
        >>> scores = score_spans([["B-PER", "I-PER", "O"]], [["B-PER", "O", "B-LOC"]])
        >>> scores.overall.f1, [one.label for one in scores.types]
        (0.0, ['LOC', 'PER'])
    """
    counts: tuple[Counter[str], ...] = Counter(), Counter(), Counter()
    if [*map(len, true)] != [*map(len, predicted)]:
        raise ArgumentError("Expected a predicted tag for each true tag of each sentence.")
    for one, other in zip(true, predicted, strict=True):
        expected, found = set(find_spans(one)), set(find_spans(other))
        for count, each in zip(counts, (expected, found, expected & found), strict=True):
            count.update(label for _, _, label in each)
    labels = sorted({*counts[0], *counts[1]})
    types = tuple(_score(label, *(count[label] for count in counts)) for label in labels)
    return SpanScores(_score("all spans", *(count.total() for count in counts)), types)


def _score(label: str, true: int, predicted: int, right: int) -> SpanScore:
    """Return the score of counts; a metric whose denominator is 0 is 0."""
    f1 = 2 * right / max(1, true + predicted)
    return SpanScore(label, right / max(1, predicted), right / max(1, true), f1, true)
