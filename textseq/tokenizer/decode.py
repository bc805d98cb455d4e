"""Documents as lists of words, made of their ids at every pass over them."""

from __future__ import annotations

from collections.abc import Iterator

from textseq.sequences.sequences import Sequences


class Sentences:
    """Documents as lists of words, for a reader that passes over them several times.

    The words are those of an index, shared by all documents, so that a corpus takes 4 bytes a
    token.

    Args:
        sequences: The documents' ids.
        index_word: The word of each id.

    Example:
        >>> from textseq import Sequences
        >>> from textseq.tokenizer.decode import Sentences
        >>> list(Sentences(Sequences.from_lists([[2, 1], []]), {1: "high", 2: "enough"}))
        [['enough', 'high'], []]
    """

    def __init__(self, sequences: Sequences, index_word: dict[int, str]) -> None:
        self.sequences = sequences
        self.index_word = index_word

    def __len__(self) -> int:
        return len(self.sequences)

    def __iter__(self) -> Iterator[list[str]]:
        word_of = self.index_word.__getitem__
        return ([word_of(number) for number in ids.tolist()] for ids in self.sequences)
