"""Words with their counts, in one compiled table, in the order of first appearance."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.tokenizer.engine import primitives, word_table
from textseq.tokenizer.engine.case_folding import IRREGULAR_CASE, has_irregular_case
from textseq.tokenizer.engine.primitives import ByteArray, CharMap, IntArray
from textseq.tokenizer.engine.word_table import WordTable, new_table


class Vocabulary:
    """Words with their counts; `places` is how many their text has, which say what was first."""

    def __init__(self, table: WordTable, places: int, document_count: int) -> None:
        self.table = table
        self.places = places
        self.document_count = document_count

    @classmethod
    def of(
        cls,
        words: Iterable[str] | pa.Array,
        counts: npt.ArrayLike,
        documents: npt.ArrayLike,
        document_count: int = 0,
    ) -> Vocabulary:
        """Return a vocabulary of words that were counted elsewhere, all different, in order."""
        data, offsets = word_buffers(words)
        size = len(offsets) - 1
        table = word_table.insert_strings(new_table(size), data, offsets, primitives.SEED)
        table.tallies[:size, word_table.COUNT] = counts
        table.tallies[:size, word_table.DOCUMENTS] = documents
        return cls(table, size, document_count)

    def add(self, later: Vocabulary) -> None:
        """Add the counts of another vocabulary, of documents that come after."""
        self.table = word_table.merge_tables(self.table, later.table, self.places)
        self.places += later.places
        self.document_count += later.document_count
        self.__dict__.pop("rows", None)

    def copy(self) -> Vocabulary:
        """Return a vocabulary that can be added to without changing this one."""
        slots, words, tallies, letters, filled = self.table
        table = WordTable(slots.copy(), words.copy(), tallies.copy(), letters.copy(), filled.copy())
        return Vocabulary(table, self.places, self.document_count)

    def __len__(self) -> int:
        return int(self.table.filled[0])

    @cached_property
    def rows(self) -> IntArray:
        """The rows of the table in the order in which the words appeared."""
        return np.argsort(self.table.tallies[: len(self), word_table.SEEN], kind="stable")

    def ranked(self, min_count: int = 1) -> IntArray:
        """Return the rows of words with at least `min_count`, by falling count, ties in order."""
        counts = self.counts
        order = np.argsort(-counts, kind="stable")
        return self.rows[order[: np.count_nonzero(counts >= min_count)]]

    def rows_of(self, words: Iterable[str]) -> IntArray:
        """Return the row of each word; -1 for those that are not in the vocabulary."""
        return word_table.find_strings(self.table, *word_buffers(words), primitives.SEED)

    @property
    def counts(self) -> IntArray:
        """How often each word occurs, in the order of `rows`."""
        counts: IntArray = self.table.tallies[self.rows, word_table.COUNT].astype(np.int64)
        return counts

    @property
    def documents(self) -> IntArray:
        """In how many documents each word occurs, in the order of `rows`."""
        documents: IntArray = self.table.tallies[self.rows, word_table.DOCUMENTS].astype(np.int64)
        return documents

    @property
    def words(self) -> list[str]:
        """The words, in the order of `rows`."""
        return self.spell(self.rows)

    def spell(self, rows: IntArray) -> list[str]:
        """Return the words in some rows of the table."""
        array = self._spell(rows)
        try:
            words: list[str] = array.cast(pa.large_string()).to_pylist()
        except pa.ArrowInvalid:  # a word that came from a dict may hold half a surrogate pair
            words = [word.decode("utf-8", "surrogatepass") for word in array.to_pylist()]
        return words

    def _spell(self, rows: IntArray) -> pa.LargeBinaryArray:
        """Return the UTF-8 of the words in some rows of the table."""
        data, offsets = word_table.spell_words(self.table, rows)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(rows), buffers)

    def to_arrow(self) -> pa.Table:
        """Return the words, as UTF-8, with their counts, in the order of `rows`.

        Returns:
            The columns `word: large_binary`, `count: int64` and `documents: int64`.
        """
        return pa.table(
            {"word": self._spell(self.rows), "count": self.counts, "documents": self.documents}
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle keeps: no table, since hashes differ between processes."""
        columns = [column.chunk(0) for column in self.to_arrow().columns]
        words, counts, documents = columns[0], *(column.to_numpy() for column in columns[1:])
        return Vocabulary.of, (words, counts, documents, self.document_count)


def word_buffers(words: Iterable[str] | pa.Array) -> tuple[ByteArray, IntArray]:
    """Return the UTF-8 of words, of which those from a dict may hold half a surrogate pair."""
    if isinstance(words, pa.Array):
        return buffers_of(words)
    return buffers_of(
        pa.array([word.encode("utf-8", "surrogatepass") for word in words], pa.large_binary())
    )


def folding_buffers(batch: pa.Array, char_map: CharMap) -> tuple[ByteArray, IntArray]:
    """Return the buffers of a batch of strings, with no character left of irregular case."""
    data, offsets = buffers_of(batch)
    if char_map.lower and has_irregular_case(data[offsets[0] : offsets[-1]]):
        texts = (
            text.lower() if any(map(text.count, IRREGULAR_CASE)) else text
            for text in batch.to_pylist()
        )
        return buffers_of(pa.array(texts, pa.large_string()))
    return data, offsets


def buffers_of(array: pa.Array) -> tuple[ByteArray, IntArray]:
    """Return the bytes (not copied) and the offsets of an Arrow array of strings or bytes."""
    _, bounds, data = array.buffers()
    large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    if not len(array):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    offsets = np.frombuffer(bounds, np.int64 if large else np.int32)
    letters = np.frombuffer(data if data is not None and data.size else b"", np.uint8)
    letters.flags.writeable = False  # the same type, for the compiler, wherever they come from
    return letters, offsets[array.offset : array.offset + len(array) + 1].astype(np.int64)
