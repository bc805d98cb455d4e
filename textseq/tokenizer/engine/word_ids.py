"""The ids of words: by falling frequency, and the compiled look-up that encodes texts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.compute.threads import ordered_map
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.engine import primitives
from textseq.tokenizer.engine.kernels import encode_documents
from textseq.tokenizer.engine.primitives import CharMap, IntArray
from textseq.tokenizer.engine.vocabulary import Vocabulary, folding_buffers

if TYPE_CHECKING:
    from textseq.corpus.text_batches import TextBatch

LARGEST_ID = 2**31 - 1
_AT_ONCE = 1 << 16  # words that are made strings in one go


@dataclass(frozen=True, eq=False)
class Lookup:
    """The id of the word in each row of a vocabulary, and of unknown words; -1 to drop them.

    Words of the vocabulary that are not used, too rare or beyond `num_words`, have the id of
    unknown words.
    """

    vocabulary: Vocabulary
    ids: npt.NDArray[np.int32]
    unknown: int

    @classmethod
    def of(
        cls, word_index: Mapping[str, int], num_words: float | None, oov_token: str | None
    ) -> Lookup | None:
        """Return the lookup of a dict's words, or None if one of its ids does not fit 31 bits."""
        if not all(0 <= word_id <= LARGEST_ID for word_id in word_index.values()):
            return None
        zeros = [0] * len(word_index)
        ids = np.fromiter(word_index.values(), np.int32, len(word_index))
        unknown = -1 if oov_token is None else word_index[oov_token]
        return cls.within(num_words, Vocabulary.of(word_index, zeros, zeros), ids, unknown)

    @classmethod
    def within(
        cls,
        num_words: float | None,
        vocabulary: Vocabulary,
        ids: npt.NDArray[np.int32],
        unknown: int,
    ) -> Lookup:
        """Return the lookup in which words with an id below `num_words` are known."""
        used = (ids >= 0) & (ids < (num_words or math.inf))
        return cls(vocabulary, np.where(used, ids, np.int32(unknown)), unknown)

    def encode(self, batches: Iterable[TextBatch], char_map: CharMap) -> Iterator[Sequences]:
        """Yield the ids of the words of each batch, in order."""

        def encode(batch: TextBatch) -> Sequences:
            if not isinstance(batch, pa.Array):
                return self._encode_tokens(batch)
            data, offsets = folding_buffers(batch, char_map)
            table, seed = self.vocabulary.table, primitives.SEED
            return Sequences(
                *encode_documents(table, self.ids, self.unknown, data, offsets, char_map, seed)
            )

        return ordered_map(encode, batches)

    def _encode_tokens(self, documents: list[list[str]]) -> Sequences:
        """Return the ids of token lists, which are whole words already."""
        rows = self.vocabulary.rows_of(itertools.chain.from_iterable(documents))
        ids = np.full(len(rows), self.unknown, np.int32)
        ids[rows >= 0] = self.ids[rows[rows >= 0]]
        kept = np.cumsum([0, *(ids >= 0)])  # ids before each token
        ends = np.cumsum([0, *map(len, documents)])
        return Sequences(ids[ids >= 0], kept[ends])


@dataclass(frozen=True, eq=False)
class WordIds:
    """Ids by falling frequency, ties in the order of first appearance.

    Attributes:
        vocabulary: The words and their counts.
        min_count: Words that occur less often have no id.
        oov_token: The word that replaces unknown ones; it comes first. If it is a word of the text
            too, it has that word's id, and 1 belongs to none, as in Keras.
    """

    vocabulary: Vocabulary
    min_count: int
    oov_token: str | None

    @cached_property
    def rows(self) -> IntArray:
        """The rows of the words that have an id, by rank."""
        return self.vocabulary.ranked(self.min_count)

    @cached_property
    def ids(self) -> npt.NDArray[np.int32]:
        """The id of the word in each row of the vocabulary; -1 for none."""
        ids = np.full(len(self.vocabulary), -1, np.int32)
        if self.oov_token is not None and (row := self._row_of(self.oov_token)) is not None:
            ids[row] = 1  # unless it is frequent enough for an id of its own
        first = 1 if self.oov_token is None else 2
        ids[self.rows] = np.arange(first, first + len(self.rows), dtype=np.int32)
        return ids

    @cached_property
    def oov_id(self) -> int | None:
        """The id of the `oov_token`, which is looked for at every call, or None."""
        return None if self.oov_token is None else self._find_id(self.oov_token)

    def id_of(self, word: str) -> int | None:
        """Return a word's id, or None."""
        return self.oov_id if word == self.oov_token else self._find_id(word)

    def _find_id(self, word: str) -> int | None:
        row = self._row_of(word)
        if row is None:
            return 1 if word == self.oov_token else None
        word_id = int(self.ids[row])
        return None if word_id < 0 else word_id

    def _row_of(self, word: str) -> int | None:
        row = int(self.vocabulary.rows_of([word])[0])
        return None if row < 0 else row

    def __len__(self) -> int:
        return len(self.rows) + (self.oov_id == 1)

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle keeps: the fields, since a vocabulary's rows change on the way."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def lookup(self, num_words: float | None, oov_token: str | None) -> Lookup:
        """Return the lookup that encodes texts; ids from `num_words` on are unknown."""
        unknown = -1 if oov_token is None else self.id_of(oov_token)
        return Lookup.within(num_words, self.vocabulary, self.ids, unknown or -1)

    def index_docs(self) -> Iterator[tuple[int, int]]:
        """Yield each id and in how many documents its word occurs, as words appeared."""
        ids = self.ids[self.vocabulary.rows]
        documents = self.vocabulary.documents[ids >= 0]
        return zip(_ints(ids[ids >= 0]), _ints(documents), strict=True)

    def word_index(self) -> Iterator[tuple[str, int]]:
        """Yield each word and its id, by rank."""
        words = itertools.chain.from_iterable(map(self.vocabulary.spell, _parts(self.rows)))
        if self.oov_token is None:
            return zip(words, itertools.count(1))
        oov_id = self.oov_id or 1
        others = zip(words, itertools.count(2))
        rest = others if oov_id == 1 else (pair for pair in others if pair[1] != oov_id)
        return itertools.chain([(self.oov_token, oov_id)], rest)


def _ints(values: npt.NDArray[Any]) -> Iterator[int]:
    return itertools.chain.from_iterable(part.tolist() for part in _parts(values))


def _parts(values: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
