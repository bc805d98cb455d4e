"""The words of a corpus of any size: counted, and looked up, by the compiled kernels.

Each thread counts into a table of its own; a table that has grown to `LOCAL_ROWS` words is added to
the common one. Words remember where they were seen first, so the result does not depend on which
thread saw them, nor on how the corpus was cut into batches.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.compute.threads import ordered_map
from textseq.corpus.text_batches import Batch, as_arrow
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.engine import kernels
from textseq.tokenizer.engine.case_folding import WITHOUT_OWN_LOWER_CASE, Alphabet, alphabet
from textseq.tokenizer.engine.kernels import WordTable

Integers: TypeAlias = npt.NDArray[np.int64]

PLACES = 1 << 36
"""Places in the whole text that a batch has for its own, of which each byte takes a few."""

LOCAL_ROWS = 1 << 19
_FIRST_ROWS = 1 << 15


class Vocabulary:
    """Words, how often each occurs, and in how many documents, in the order of first appearance.

    Args:
        table: The words.
        places: How many places the text has, for telling what was first.
        document_count: Of how many documents.
    """

    def __init__(self, table: WordTable, places: int, document_count: int) -> None:
        self.table = table
        self.places = places
        self.document_count = document_count

    @classmethod
    def count(cls, batches: Iterable[Batch], alphabet: Alphabet) -> Vocabulary:
        """Count the words of batches of strings.

        Args:
            batches: The documents: lists of strings, or Arrow arrays of them without nulls.
            alphabet: What separates words.

        Example:
            >>> import pyarrow as pa
            >>> from textseq.tokenizer.engine.case_folding import alphabet
            >>> from textseq.tokenizer.engine.vocabulary import Vocabulary
            >>> words = alphabet(frozenset(" "), lower=True, single=False)
            >>> counted = Vocabulary.count([pa.array(["The high", "the end"])], words)
            >>> counted.words, counted.counts, counted.documents
            (['the', 'high', 'end'], array([2, 1, 1]), array([2, 1, 1]))
        """
        counter = _Counter(alphabet)
        places = _Places()
        for _ in ordered_map(counter.count, places.of(batches)):
            pass
        return cls(counter.total(), places.place, places.documents)

    @classmethod
    def count_within(
        cls,
        max_words: int,
        batches: Iterable[Batch],
        alphabet: Alphabet,
        known: Vocabulary,
        rare: int = 0,
    ) -> tuple[Vocabulary, int, int]:
        """Count words as `count` does, but in room for `max_words`, and with one thread.

        Whenever a document leaves more words than that, the rarest are dropped: those that occur
        `rare` + 1 times, then also those that occur once more, and so on.

        Args:
            max_words: How many words may be held.
            batches: As for `count`.
            alphabet: As for `count`.
            known: Words counted before; not to be used again.
            rare: Up to which count words were dropped before.

        Returns:
            The words, with the number of documents in `batches` only; `rare` as it is then; and how
            many words were dropped.
        """
        table, dropped = known.table, 0
        table.tallies[: len(known), kernels.LAST] = 0  # documents are numbered anew, from 1
        places = _Places(known.places)
        for batch, place, document in places.of(batches):
            data, offsets = _folding(batch, document - 1, alphabet)
            table, rare, more = kernels.count(
                table, data, offsets, alphabet, kernels.SEED, place, document, max_words, rare
            )
            dropped += more
        return cls(table, places.place, places.documents), rare, dropped

    @classmethod
    def of(cls, words: list[str], counts: list[int], documents: list[int]) -> Vocabulary:
        """Return a vocabulary of words that were counted elsewhere.

        Example:
            >>> from textseq.tokenizer.engine.vocabulary import Vocabulary
            >>> Vocabulary.of(["high", "enough"], [2, 1], [1, 1]).counts
            array([2, 1])
        """
        return cls.of_spelled(*_spelled(words), counts, documents)

    @classmethod
    def of_spelled(
        cls,
        data: npt.NDArray[np.uint8],
        offsets: Integers,
        counts: npt.ArrayLike,
        documents: npt.ArrayLike,
    ) -> Vocabulary:
        """As `of`, where the words are UTF-8, end to end, from one offset to the next."""
        size = len(offsets) - 1
        table = kernels.fill(kernels.new_table(size), data, offsets, kernels.SEED)
        table.tallies[:size, kernels.COUNT] = counts
        table.tallies[:size, kernels.DOCUMENTS] = documents
        return cls(table, size, 0)

    def add(self, other: Vocabulary) -> None:
        """Add the counts of another vocabulary, of documents that come after."""
        self.table = kernels.merge(self.table, other.table, self.places)
        self.places += other.places
        self.document_count += other.document_count
        self.__dict__.pop("rows", None)

    def copy(self) -> Vocabulary:
        """Return a vocabulary that can be added to without changing this one."""
        slots, words, tallies, letters, filled = self.table
        table = WordTable(slots.copy(), words.copy(), tallies.copy(), letters.copy(), filled.copy())
        return Vocabulary(table, self.places, self.document_count)

    def __len__(self) -> int:
        return int(self.table.filled[0])

    @cached_property
    def rows(self) -> Integers:
        """The rows of the table in the order in which the words appeared."""
        return np.argsort(self.table.tallies[: len(self), kernels.SEEN], kind="stable")

    def ranked(self, min_count: int = 1) -> Integers:
        """Return the rows of the words that occur so often, by falling count, ties in order."""
        counts = self.counts
        order = np.argsort(-counts, kind="stable")
        return self.rows[order[: np.count_nonzero(counts >= min_count)]]

    def row_of(self, word: str) -> int | None:
        """Return the row of a word, or None."""
        row = int(kernels.find(self.table, *_spelled([word]), kernels.SEED)[0])
        return row if row >= 0 else None

    @property
    def counts(self) -> Integers:
        """How often each word occurs, in the order of `rows`."""
        counts: Integers = self.table.tallies[self.rows, kernels.COUNT].astype(np.int64)
        return counts

    @property
    def documents(self) -> Integers:
        """In how many documents each word occurs, in the order of `rows`."""
        documents: Integers = self.table.tallies[self.rows, kernels.DOCUMENTS].astype(np.int64)
        return documents

    @property
    def words(self) -> list[str]:
        """The words, in the order of `rows`."""
        return self.spelled(self.rows)

    def spelled(self, rows: Integers) -> list[str]:
        """Return the words in some rows of the table."""
        data, offsets = kernels.spell(self.table, rows)
        array = pa.LargeStringArray.from_buffers(
            len(rows), pa.py_buffer(offsets), pa.py_buffer(data)
        )
        try:
            words: list[str] = array.to_pylist()
        except UnicodeDecodeError:  # a word that came from a dict may hold half a surrogate pair
            spelled = array.cast(pa.large_binary()).to_pylist()
            words = [word.decode("utf-8", "surrogatepass") for word in spelled]
        return words

    def escaped(self, rows: Integers) -> pa.LargeStringArray:
        """Return the words in some rows as they stand in a JSON string inside JSON."""
        data, offsets = kernels.escape(*kernels.spell(self.table, rows))
        return pa.LargeStringArray.from_buffers(
            len(rows), pa.py_buffer(offsets), pa.py_buffer(data)
        )

    def encode(
        self,
        batches: Iterable[Batch],
        numbers: npt.NDArray[np.int32],
        unknown: int,
        alphabet: Alphabet,
    ) -> Iterator[Sequences]:
        """Yield the numbers of the words of each batch, in order.

        Args:
            batches: As for `count`.
            numbers: The number of the word in each row of the table; below 0 to leave it out.
            unknown: The number of all other words; below 0 to leave them out.
            alphabet: What separates words.
        """

        def encoded(piece: tuple[Batch, int, int]) -> Sequences:
            batch, _, document = piece
            data, offsets = _folding(batch, document - 1, alphabet)
            return Sequences(
                *kernels.encode(self.table, numbers, unknown, data, offsets, alphabet, kernels.SEED)
            )

        return ordered_map(encoded, _Places().of(batches))


def load_kernels() -> None:
    """Compile the kernels, or read them from the disk where they were kept."""
    words = alphabet(frozenset(" "), lower=True, single=False)
    counted = Vocabulary.count([pa.array(["high"])], words)
    counted.add(Vocabulary.of(["enough"], [1], [1]))
    counted.row_of("high")
    counted.escaped(counted.rows)
    list(counted.encode([pa.array(counted.words)], np.arange(2, dtype=np.int32), -1, words))


class _Counter:
    """Counts pieces of a corpus on any thread, each into a table that no other thread has then."""

    def __init__(self, alphabet: Alphabet) -> None:
        self._alphabet = alphabet
        self._whole = kernels.new_table()
        self._free: list[WordTable] = []
        self._lock = threading.Lock()

    def count(self, piece: tuple[Batch, int, int]) -> None:
        """Count a batch, given with its place in the text and its first document's number."""
        batch, place, document = piece
        with self._lock:
            table = self._free.pop() if self._free else kernels.new_table(_FIRST_ROWS)
        data, offsets = _folding(batch, document - 1, self._alphabet)
        table, _, _ = kernels.count(
            table, data, offsets, self._alphabet, kernels.SEED, place, document, 0, 0
        )
        with self._lock:
            if table.filled[0] < LOCAL_ROWS:
                self._free.append(table)
            else:
                self._whole = kernels.merge(self._whole, table, 0)

    def total(self) -> WordTable:
        """Return all that was counted."""
        while self._free:
            table = self._free.pop()
            self._whole = kernels.merge(self._whole, table, 0) if len(self) else table
        return self._whole

    def __len__(self) -> int:
        return int(self._whole.filled[0])


class _Places:
    """Tells where in the whole text each batch begins."""

    def __init__(self, place: int = 0) -> None:
        self.place = place
        self.documents = 0

    def of(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, int, int]]:
        """Yield each batch, its place, and the number of its first document, from 1."""
        for batch in batches:
            yield batch, self.place, self.documents + 1
            self.place += PLACES
            self.documents += len(batch)


def _folding(
    batch: Batch, first: int, alphabet: Alphabet
) -> tuple[npt.NDArray[np.uint8], Integers]:
    """Return the buffers of a batch, with no character left whose case depends on others."""
    array = as_arrow(batch, first)
    assert array is not None  # noqa: S101  (`Strings` has seen to it)
    data, offsets = _buffers(array)
    if alphabet.lower and kernels.holds_special(data[offsets[0] : offsets[-1]]):
        special = WITHOUT_OWN_LOWER_CASE
        texts = (
            text.lower() if any(map(text.count, special)) else text for text in array.to_pylist()
        )
        return _buffers(pa.array(texts, pa.large_string()))
    return data, offsets


def _spelled(words: list[str]) -> tuple[npt.NDArray[np.uint8], Integers]:
    """Return the UTF-8 of words, of which those from a dict may hold half a surrogate pair."""
    return _buffers(
        pa.array([word.encode("utf-8", "surrogatepass") for word in words], pa.binary())
    )


def _buffers(array: pa.Array) -> tuple[npt.NDArray[np.uint8], Integers]:
    """Return views of the bytes and offsets of an Arrow array of strings or bytes."""
    _, bounds, data = array.buffers()
    large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    kind = np.int64 if large else np.int32
    if not len(array):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    offsets = np.frombuffer(bounds, kind)[array.offset : array.offset + len(array) + 1]
    letters = (
        np.frombuffer(data, np.uint8) if data is not None and data.size else np.empty(0, np.uint8)
    )
    letters.flags.writeable = False  # the same type, for the compiler, wherever they come from
    return letters, offsets.astype(np.int64)
