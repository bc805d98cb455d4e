"""Ids back into words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
