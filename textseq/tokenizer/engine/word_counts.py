"""How often each word occurs, and in how many documents: counted in Python, or by the kernels.

A few texts, tokens made elsewhere and analyzers are counted into two dicts. Much text is counted by
the kernels into a `Vocabulary`, of which dicts are made only when somebody asks for them: those of
two million words take half a gigabyte.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from textseq.tokenizer.engine.tables import Table

if TYPE_CHECKING:  # the kernels take half a second to import, and few texts do without them
    from textseq.corpus.text_batches import Batch
    from textseq.tokenizer.engine.case_folding import Alphabet
    from textseq.tokenizer.engine.vocabulary import Vocabulary


class WordCounts:
    """Words with their counts, in the order of first appearance.

    Args:
        word_counts: How often each word occurs.
        word_docs: In how many documents.

    Attributes:
        document_count: How many documents were counted.
        dropped: How many words were dropped for want of room.

    Example:
        >>> from textseq.tokenizer.engine.word_counts import WordCounts
        >>> counts = WordCounts()
        >>> counts.add_documents([["high", "enough", "high"], ["enough"]])
        >>> counts.word_counts, counts.word_docs
        ({'high': 2, 'enough': 2}, {'high': 1, 'enough': 2})
    """

    def __init__(
        self, word_counts: dict[str, int] | None = None, word_docs: dict[str, int] | None = None
    ) -> None:
        self.document_count = self.dropped = self._rare = 0
        self._vocabulary: Vocabulary | None = None
        self._word_counts: Table[str, int] | None = Table(word_counts or {})
        self._word_docs: Table[str, int] | None = Table(word_docs or {})

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The words as the kernels counted them, unless dicts have the last word."""
        tables = (self._word_counts, self._word_docs)
        return None if any(table and table.changes for table in tables) else self._vocabulary

    @property
    def touched(self) -> bool:
        """Whether somebody has asked for a dict, and may have changed it."""
        return self._word_counts is not None or self._word_docs is not None

    @property
    def word_counts(self) -> Table[str, int]:
        """How often each word occurs."""
        if self._word_counts is None:
            assert self._vocabulary is not None  # noqa: S101  (it has the counts, then)
            counts = self._vocabulary.counts.tolist()
            self._word_counts = Table(zip(self._vocabulary.words, counts, strict=True))
        return self._word_counts

    @property
    def word_docs(self) -> Table[str, int]:
        """In how many documents each word occurs."""
        if self._word_docs is None:
            assert self._vocabulary is not None  # noqa: S101  (it has the counts, then)
            documents = self._vocabulary.documents.tolist()
            # The strings of the other dict, where there is one, are not made twice.
            words = self._word_counts or self._vocabulary.words
            self._word_docs = Table(zip(words, documents, strict=True))
        return self._word_docs

    def add_documents(self, documents: Iterable[list[str]], max_words: int | None = None) -> None:
        """Count documents that are lists of tokens.

        Args:
            documents: The tokens of each.
            max_words: As in `Vocabulary.count`.
        """
        documents = iter(documents)
        first = next(documents, None)
        if first is None:
            return  # and make no dicts
        counts: Counter[str] = Counter(self.word_counts)
        holding: Counter[str] = Counter(self.word_docs)
        for tokens in itertools.chain([first], documents):
            counts.update(tokens)
            holding.update(list(dict.fromkeys(tokens)))
            self.document_count += 1
            while max_words and len(counts) > max_words:
                self._rare += 1
                rare = [word for word, count in counts.items() if count <= self._rare]
                for word in rare:
                    del counts[word], holding[word]
                self.dropped += len(rare)
        self._set_tables(counts, holding)

    def add_strings(
        self, batches: Iterable[Batch], alphabet: Alphabet, max_words: int | None = None
    ) -> None:
        """Count the words of batches of strings with the kernels; see `Vocabulary.count`."""
        from textseq.tokenizer.engine.vocabulary import Vocabulary

        if max_words:
            counted, self._rare, dropped = Vocabulary.count_within(
                max_words, batches, alphabet, self._compiled(), self._rare
            )
            self.document_count += counted.document_count
            self.dropped += dropped
            self.set_vocabulary(counted)
        else:
            counted = Vocabulary.count(batches, alphabet)
            self.document_count += counted.document_count
            self._add_vocabulary(counted)

    def copy(self) -> WordCounts:
        """Return counts that can be added to without changing these."""
        copied = WordCounts(self._word_counts, self._word_docs)
        if self.vocabulary is not None:
            copied.set_vocabulary(self.vocabulary.copy())
        return copied

    def add(self, later: WordCounts) -> None:
        """Add counts of documents that come after those counted here."""
        if self.vocabulary or later.vocabulary:
            self._add_vocabulary(later._compiled())
        else:
            self._set_tables(
                _sum(self.word_counts, later.word_counts), _sum(self.word_docs, later.word_docs)
            )
        self.document_count += later.document_count
        self.dropped += later.dropped

    def _compiled(self) -> Vocabulary:
        """Return the counts as a vocabulary."""
        from textseq.tokenizer.engine.vocabulary import Vocabulary

        if self.vocabulary is not None:
            return self.vocabulary
        words = list(self.word_counts)
        documents = [self.word_docs.get(word, 0) for word in words]
        return Vocabulary.of(words, list(self.word_counts.values()), documents)

    def _add_vocabulary(self, later: Vocabulary) -> None:
        if self.vocabulary is None and not self.word_counts:
            self.set_vocabulary(later)
            return
        vocabulary = self._compiled()
        vocabulary.add(later)
        self.set_vocabulary(vocabulary)

    def set_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Make the counts those of a vocabulary."""
        self._vocabulary, self._word_counts, self._word_docs = vocabulary, None, None

    def _set_tables(self, word_counts: dict[str, int], word_docs: dict[str, int]) -> None:
        self._vocabulary = None
        self._word_counts, self._word_docs = Table(word_counts), Table(word_docs)


def _sum(table: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    """Return the sum of two tables, new words last."""
    total = dict(table)
    for word, count in more.items():
        total[word] = total.get(word, 0) + count
    return total
