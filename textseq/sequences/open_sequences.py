"""Sequences that also hold the words without an id."""

from __future__ import annotations

from collections.abc import Sequence as AbstractSequence
from typing import Any, cast, overload

import numpy.typing as npt

from textseq.sequences.sequences import Ids, Sequences


class OpenSequences(Sequences):
    """The ids of the known words of documents, and beside them each document's unknown words.

    What knows ids only reads them as `Sequences`. Slices keep the unknown words; `truncate`, whose
    result is for what knows ids only, may leave them out.

    Args:
        known: The ids of known words.
        unknown: Of each document, the positions in `words` of its unknown ones.
        words: The unknown words, each once.

    Example:
        >>> from textseq.sequences.open_sequences import OpenSequences
        >>> from textseq.sequences.sequences import Sequences
        >>> known = Sequences.from_lists([[4, 9], [4]])
        >>> unknown = Sequences.from_lists([[0], [1, 0]])
        >>> second = OpenSequences(known, unknown, ("yodelled", "yodels"))[1:]
        >>> second.to_lists(), [second.words[i] for i in second.unknown[0]]
        ([[4]], ['yodels', 'yodelled'])
    """

    __slots__ = ("unknown", "words")

    def __init__(self, known: Sequences, unknown: Sequences, words: AbstractSequence[str]) -> None:
        super().__init__(known.ids, known.offsets)
        self.unknown, self.words = unknown, words

    @overload
    def __getitem__(self, index: int) -> Ids: ...
    @overload
    def __getitem__(
        self, index: slice | AbstractSequence[int] | npt.NDArray[Any]
    ) -> OpenSequences: ...
    def __getitem__(self, index: Any) -> Ids | OpenSequences:
        found: Any = super().__getitem__(index)
        if not isinstance(found, Sequences):
            return cast("Ids", found)
        return OpenSequences(found, self.unknown[index], self.words)
