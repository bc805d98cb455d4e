"""How often each word occurs, and in how many documents: two dicts, or a compiled vocabulary.

A few texts, and what a user's own analyzer returns, are counted here, into dicts. Much text is
counted by the compiled part into a `Vocabulary`, of which dicts are made only when somebody asks
for them: those of two million words take half a gigabyte.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    # The kernels take half a second to import, and few texts do without them.
    from textseq.tokenizer.engine.vocabulary import Vocabulary


class WordCounts:
    """Words with their counts, in the order of first appearance.

    Args:
        word_counts: How often each word occurs.
        word_docs: In how many documents.

    Attributes:
        document_count: How many documents were counted.
        dropped: How many words were dropped to keep within `max_words`.
    """

    def __init__(
        self, word_counts: dict[str, int] | None = None, word_docs: dict[str, int] | None = None
    ) -> None:
        self.document_count = self.dropped = 0
        self._vocabulary: Vocabulary | None = None
        # None: it is in the vocabulary, and nobody has asked for the dict.
        self._word_counts: dict[str, int] | None = word_counts or {}
        self._word_docs: dict[str, int] | None = word_docs or {}

    @classmethod
    def of(cls, table: pa.Table, document_count: int) -> WordCounts:
        """Return the counts that a table holds; see `to_arrow`."""
        from textseq.tokenizer.engine.vocabulary import Vocabulary

        words, counts, documents = (column.combine_chunks() for column in table.columns)
        found = cls()
        found.document_count = document_count
        found.vocabulary = Vocabulary.of(words, counts.to_numpy(), documents.to_numpy())
        return found

    def to_arrow(self) -> pa.Table:
        """Return the words, as UTF-8, in the order of first appearance, with their counts.

        Returns:
            The columns `word: large_binary`, `count: int64` and `documents: int64`.
        """
        return self.to_vocabulary().to_arrow()

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The words as the kernels counted them; None once a dict, which may change, is out."""
        handed_out = self._word_counts is not None or self._word_docs is not None
        return None if handed_out else self._vocabulary

    @vocabulary.setter
    def vocabulary(self, vocabulary: Vocabulary) -> None:
        self._vocabulary, self._word_counts, self._word_docs = vocabulary, None, None

    @property
    def word_counts(self) -> dict[str, int]:
        """How often each word occurs."""
        if self._word_counts is None:
            assert self._vocabulary is not None  # noqa: S101  (it has the counts, then)
            counts = self._vocabulary.counts.tolist()
            self._word_counts = dict(zip(self._vocabulary.words, counts, strict=True))
        return self._word_counts

    @property
    def word_docs(self) -> dict[str, int]:
        """In how many documents each word occurs."""
        if self._word_docs is None:
            assert self._vocabulary is not None  # noqa: S101  (it has the counts, then)
            documents = self._vocabulary.documents.tolist()
            self._word_docs = dict(zip(self._vocabulary.words, documents, strict=True))
        return self._word_docs

    def add_documents(self, documents: Iterable[list[str]], max_words: int | None = None) -> None:
        """Count tokens; whenever a document leaves more than `max_words`, drop the rarest."""
        documents = iter(documents)
        first = next(documents, None)
        if first is None:
            return  # and make no dicts
        counts, holding = Counter(self.word_counts), Counter(self.word_docs)
        rare = 0
        for tokens in itertools.chain([first], documents):
            counts.update(tokens)
            holding.update(list(dict.fromkeys(tokens)))
            self.document_count += 1
            while max_words and len(counts) > max_words:
                rare += 1
                dropped = [word for word, count in counts.items() if count <= rare]
                for word in dropped:
                    del counts[word], holding[word]
                self.dropped += len(dropped)
        self._set_dicts(dict(counts), dict(holding))

    def copy(self) -> WordCounts:
        """Return counts that can be added to without changing these."""
        if self.vocabulary is None:
            return WordCounts(dict(self.word_counts), dict(self.word_docs))
        copied = WordCounts()
        copied.vocabulary = self.vocabulary.copy()
        return copied

    def add(self, later: WordCounts) -> None:
        """Add counts of documents that come after those counted here."""
        if not self.vocabulary and not later.vocabulary:
            counts = _sum(self.word_counts, later.word_counts)
            self._set_dicts(counts, _sum(self.word_docs, later.word_docs))
        elif self.vocabulary or self.word_counts:
            vocabulary = self.to_vocabulary()
            vocabulary.add(later.to_vocabulary())
            self.vocabulary = vocabulary
        else:
            self.vocabulary = later.to_vocabulary()
        self.document_count += later.document_count
        self.dropped += later.dropped

    def _set_dicts(self, word_counts: dict[str, int], word_docs: dict[str, int]) -> None:
        self._vocabulary, self._word_counts, self._word_docs = None, word_counts, word_docs

    def to_vocabulary(self) -> Vocabulary:
        """Return the counts as a compiled vocabulary."""
        from textseq.tokenizer.engine.vocabulary import Vocabulary

        if self.vocabulary is not None:
            return self.vocabulary
        documents = [self.word_docs.get(word, 0) for word in self.word_counts]
        return Vocabulary.of(self.word_counts, list(self.word_counts.values()), documents)


def _sum(table: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    """Return the sum of two tables, new words last; faster than `Counter.update`."""
    total = dict(table)
    for word, count in more.items():
        total[word] = total.get(word, 0) + count
    return total
