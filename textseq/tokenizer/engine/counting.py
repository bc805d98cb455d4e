"""Count the words of text batches with the kernels, on all processors.

Each thread counts into a table of its own; a table that has grown to `LOCAL_ROWS` words is added to
the common one. Words remember where they were seen first, so the result does not depend on which
thread saw them, nor on how the corpus was divided into batches.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from textseq.compute.threads import ordered_map
from textseq.tokenizer.char_rule import CharRule
from textseq.tokenizer.engine import primitives, word_table
from textseq.tokenizer.engine.case_folding import char_map
from textseq.tokenizer.engine.kernels import count_documents
from textseq.tokenizer.engine.primitives import CharMap
from textseq.tokenizer.engine.vocabulary import Vocabulary, folding_buffers
from textseq.tokenizer.engine.word_ids import WordIds
from textseq.tokenizer.engine.word_table import WordTable, merge_tables, new_table, prune

if TYPE_CHECKING:
    from textseq.corpus.text_batches import TextBatch

PLACES = 1 << 36
"""Places in the whole text that belong to one batch, of which each byte takes a few."""

LOCAL_ROWS = 1 << 19
_FIRST_ROWS = 1 << 15


def count_words(batches: Iterable[TextBatch], char_map: CharMap) -> Vocabulary:
    """Count the words of text batches."""
    counter = _Counter(char_map)
    places = _Places()
    for _ in ordered_map(counter.count, places.of(batches)):
        pass
    return Vocabulary(counter.total(), places.place, places.documents)


def count_frequent_words(
    max_words: int, batches: Iterable[TextBatch], char_map: CharMap, known: Vocabulary
) -> tuple[Vocabulary, int]:
    """Count words as `count_words` does, but hold at most `max_words`, and with one thread.

    Whenever a document leaves more words than that, the rarest are dropped: those that occur
    once, then also those that occur twice, and so on. `known` are words counted before; not to be
    used again.

    Returns:
        The words, with the number of documents in `batches` only; and how many words were dropped.
    """
    table, rare, dropped = known.table, 0, 0
    table.tallies[: len(known), word_table.LAST] = 0  # documents are counted from 1 again
    places = _Places(known.places)
    for batch, place, document in places.of(batches):
        if isinstance(batch, pa.Array):
            data, offsets = folding_buffers(batch, char_map)
            seed = primitives.SEED
            table, rare, fewer = count_documents(
                table, data, offsets, char_map, seed, place, document, max_words, rare
            )
            dropped += fewer
            continue
        for i, tokens in enumerate(batch):
            first = place + i * (PLACES // len(batch))
            table = merge_tables(table, _count_tokens([tokens]), first)
            table, rare, fewer = prune(table, max_words, rare)
            dropped += fewer
    return Vocabulary(table, places.place, places.documents), dropped


def load_kernels() -> None:
    """Compile the kernels, or read them from the disk where they were kept."""
    words = char_map(CharRule(frozenset(" ")))
    counted = count_words([pa.array(["high"])], words)
    counted.add(Vocabulary.of(["enough"], [1], [1]))
    lookup = WordIds(counted, 1, None).lookup(None, None)
    list(lookup.encode([pa.array(counted.words), [["high"]]], words))


class _Counter:
    """Counts pieces of a corpus on any thread, each into a table that no other thread has then."""

    def __init__(self, char_map: CharMap) -> None:
        self._char_map = char_map
        self._whole = new_table()
        self._free: list[tuple[int, WordTable]] = []  # with the place of what each counted last
        self._lock = threading.Lock()

    def count(self, piece: tuple[TextBatch, int, int]) -> None:
        """Count a batch, given with its place in the text and its first document's position."""
        batch, place, document = piece
        with self._lock:
            table = self._table_before(place)
        if isinstance(batch, pa.Array):
            data, offsets = folding_buffers(batch, self._char_map)
            table, _, _ = count_documents(
                table, data, offsets, self._char_map, primitives.SEED, place, document, 0, 0
            )
        else:
            table = merge_tables(table, _count_tokens(batch), place)
        with self._lock:
            if table.filled[0] < LOCAL_ROWS:
                self._free.append((place, table))
            else:
                self._whole = merge_tables(self._whole, table, 0)

    def _table_before(self, place: int) -> WordTable:
        """Return a table that counted nothing later: a word is first seen where it is inserted."""
        for i, (last, _) in enumerate(self._free):
            if last < place:
                return self._free.pop(i)[1]
        return new_table(_FIRST_ROWS)

    def total(self) -> WordTable:
        """Return all that was counted."""
        while self._free:
            _, table = self._free.pop()
            self._whole = merge_tables(self._whole, table, 0) if self._whole.filled[0] else table
        return self._whole


def _count_tokens(documents: list[list[str]]) -> WordTable:
    """Return the words of token lists, which are whole words already."""
    counts: Counter[str] = Counter()
    holding: Counter[str] = Counter()
    for tokens in documents:
        counts.update(tokens)
        holding.update(list(dict.fromkeys(tokens)))
    return Vocabulary.of(counts, list(counts.values()), list(holding.values())).table


class _Places:
    """Says where in the whole text each batch begins."""

    def __init__(self, place: int = 0) -> None:
        self.place = place
        self.documents = 0

    def of(self, batches: Iterable[TextBatch]) -> Iterator[tuple[TextBatch, int, int]]:
        """Yield each batch, its place, and the position of its first document, from 1."""
        for batch in batches:
            yield batch, self.place, self.documents + 1
            self.place += PLACES
            self.documents += len(batch)
