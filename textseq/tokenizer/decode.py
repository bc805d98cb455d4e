"""Ids back into words."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError
from textseq.sequences.sequences import Sequences


@dataclass(frozen=True, eq=False, repr=False)
class DecodedSequences:
    """Documents as lists of words, decoded again at every pass, so that a token takes 4 bytes."""

    sequences: Sequences
    index_word: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.sequences)

    def __iter__(self) -> Iterator[list[str]]:
        word_of = self.index_word.__getitem__
        return ([word_of(word_id) for word_id in ids.tolist()] for ids in self.sequences)


def as_ids(row: Iterable[Any], document: int) -> list[int]:
    """Return the ids of a document as Python's integers; whole floats are ids too.

    Raises:
        ArgumentError: It is no sequence, or holds something else.
    """
    try:
        return list(map(operator.index, row))
    except TypeError:
        if not hasattr(row, "__iter__"):
            raise ArgumentError(
                f"`sequences` must be a list of sequences of ids; for one sequence, write "
                f"[sequence]. Document {document} is {row!r}."
            ) from None
        return [as_integer(i, f"sequences[{document}]", at_least=-(2**63)) for i in row]
