"""The numbers of the words that the kernels counted, and what the kernels look words up in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.tokenizer.engine.vocabulary import Integers, Vocabulary

LARGEST_NUMBER = 2**31 - 1
_AT_ONCE = 1 << 16  # words that are spelled in one go


@dataclass(frozen=True, eq=False)
class Lookup:
    """A number for each row of a vocabulary.

    Attributes:
        vocabulary: The words.
        numbers: The number of the word in each row, int32; -1 to leave it out.
        unknown: The number of all other words; -1 to leave them out.
    """

    vocabulary: Vocabulary
    numbers: npt.NDArray[np.int32]
    unknown: int

    @classmethod
    def of(
        cls, word_index: Mapping[str, int], num_words: float | None, oov_token: str | None
    ) -> Lookup | None:
        """Return the lookup of a dict's words, or None if a number of it is none of 31 bits.

        Example:
            >>> from textseq.tokenizer.engine.word_ids import Lookup
            >>> Lookup.of({"high": 1, "enough": 2}, num_words=2, oov_token=None).numbers
            array([ 1, -1], dtype=int32)
        """
        if not all(0 <= number <= LARGEST_NUMBER for number in word_index.values()):
            return None
        zeros = [0] * len(word_index)
        numbers = np.fromiter(word_index.values(), np.int32, len(word_index))
        unknown = -1 if oov_token is None else word_index[oov_token]
        vocabulary = Vocabulary.of(list(word_index), zeros, zeros)
        return cls(vocabulary, numbers, unknown).within(num_words)

    def within(self, num_words: float | None) -> Lookup:
        """Return the lookup that takes words numbered `num_words` and up for unknown."""
        if not num_words:
            return self
        numbers = np.where(self.numbers < num_words, self.numbers, np.int32(self.unknown))
        return Lookup(self.vocabulary, numbers.astype(np.int32), self.unknown)


@dataclass(frozen=True, eq=False)
class Numbering:
    """Words numbered by falling frequency, ties in the order of first appearance.

    Attributes:
        vocabulary: The words and their counts.
        min_count: Those that occur less often have no number.
        oov_token: The word that stands for unknown ones; it comes first. If it is a word of the
            text too, it has that word's number, and 1 is nobody's, as in Keras.

    Example:
        >>> from textseq.tokenizer.engine.word_ids import Numbering
        >>> from textseq.tokenizer.engine.vocabulary import Vocabulary
        >>> numbering = Numbering(Vocabulary.of(["high", "enough"], [1, 2], [1, 1]), 1, "<unk>")
        >>> dict(numbering.word_index())
        {'<unk>': 1, 'enough': 2, 'high': 3}
        >>> numbering.number_of("high"), numbering.number_of("higher")
        (3, None)
    """

    vocabulary: Vocabulary
    min_count: int
    oov_token: str | None

    @cached_property
    def rows(self) -> Integers:
        """The rows of the numbered words, by rank."""
        return self.vocabulary.ranked(self.min_count)

    @cached_property
    def numbers(self) -> npt.NDArray[np.int32]:
        """The number of the word in each row of the vocabulary; -1 for none."""
        numbers = np.full(len(self.vocabulary), -1, np.int32)
        first = 1 if self.oov_token is None else 2
        numbers[self.rows] = np.arange(first, first + len(self.rows), dtype=np.int32)
        return numbers

    def number_of(self, word: str) -> int | None:
        """Return a word's number, or None."""
        row = self.vocabulary.row_of(word)
        number = -1 if row is None else int(self.numbers[row])
        if number < 0:
            return 1 if word == self.oov_token else None
        return number

    def __len__(self) -> int:
        own = self.oov_token is not None and self.number_of(self.oov_token) == 1
        return len(self.rows) + own

    def lookup(self, num_words: float | None) -> Lookup:
        """Return what the kernels look words up in; numbers from `num_words` on are unknown."""
        unknown = -1 if self.oov_token is None else self.number_of(self.oov_token) or 1
        return Lookup(self.vocabulary, self.numbers, unknown).within(num_words)

    def index_docs(self) -> Iterator[tuple[int, int]]:
        """Yield each number and in how many documents its word occurs, as words appeared."""
        numbers = self.numbers[self.vocabulary.rows]
        numbered = numbers >= 0
        documents = self.vocabulary.documents[numbered]
        return zip(_ints(numbers[numbered]), _ints(documents), strict=True)

    def word_index(self) -> Iterator[tuple[str, int]]:
        """Yield each word and its number, by rank."""
        words = self._spelled(self.rows)
        if self.oov_token is None:
            return zip(words, itertools.count(1))
        number = self.number_of(self.oov_token) or 1
        others = zip(words, itertools.count(2))
        rest = others if number == 1 else (pair for pair in others if pair[1] != number)
        return itertools.chain([(self.oov_token, number)], rest)

    def _spelled(self, rows: Integers) -> Iterator[str]:
        for start in range(0, len(rows), _AT_ONCE):
            yield from self.vocabulary.spelled(rows[start : start + _AT_ONCE])


def _ints(numbers: npt.NDArray[Any]) -> Iterator[int]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield from numbers[start : start + _AT_ONCE].tolist()
