"""Ids back into words: lists of words for training word vectors, or texts as Keras joins them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from textseq.sequences.sequences import Sequences


class DecodedSequences:
    """Documents as lists of words, decoded again at every pass over them.

    The words are those of an index, shared by all documents, so that a corpus takes 4 bytes a
    token.

    Args:
        sequences: The documents' ids.
        index_word: The word of each id.
    """

    def __init__(self, sequences: Sequences, index_word: Mapping[int, str]) -> None:
        self.sequences = sequences
        self.index_word = index_word

    def __len__(self) -> int:
        return len(self.sequences)

    def __iter__(self) -> Iterator[list[str]]:
        word_of = self.index_word.__getitem__
        return ([word_of(word_id) for word_id in ids.tolist()] for ids in self.sequences)


def join_words(
    sequences: Iterable[Iterable[int]],
    index_word: Mapping[int, str],
    num_words: float | None = None,
    oov_token: str | None = None,
) -> Iterator[str]:
    """Yield the words of each document, joined by spaces.

    Args:
        sequences: The documents' ids.
        index_word: The word of each id.
        num_words: Ids from this one on are unknown; None or 0 for no such limit.
        oov_token: The word for unknown ids; None leaves them out.
    """
    limit = num_words or float("inf")
    for ids in sequences:
        words = (index_word.get(i, oov_token) if i < limit else oov_token for i in map(int, ids))
        yield " ".join(word for word in words if word is not None)
