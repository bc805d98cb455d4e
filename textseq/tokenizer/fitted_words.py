"""What a tokenizer learns from texts: the counts and the ids of words, as Keras's five tables.

After much text they are in the compiled part until somebody asks for a dict. From then on that dict
holds the truth, because whoever has it may change it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from textseq.tokenizer.word_counts import WordCounts

if TYPE_CHECKING:  # the kernels take half a second to import, and few texts do without them
    from textseq.tokenizer.engine.word_ids import Lookup, WordIds


class FittedWords:
    """The words that were counted, and their ids."""

    def __init__(self) -> None:
        self._counts = WordCounts()
        self._word_ids: WordIds | None = None
        # None: it follows from `_word_ids`, and nobody has asked for the dict.
        self._word_index: dict[str, int] | None = {}
        self._index_word: dict[int, str] | None = {}
        self._index_docs: dict[int, int] = {}
        self._index_docs_lag = False
        self._lookup_kept: tuple[Any, Lookup | None] = (None, None)

    @property
    def word_counts(self) -> dict[str, int]:
        """How often each word occurs, in the order of first appearance."""
        return self._counts.word_counts

    @word_counts.setter
    def word_counts(self, table: dict[str, int]) -> None:
        self._counts = WordCounts(table, self.word_docs)

    @property
    def word_docs(self) -> dict[str, int]:
        """In how many documents each word occurs, in the order of first appearance."""
        return self._counts.word_docs

    @word_docs.setter
    def word_docs(self, table: dict[str, int]) -> None:
        self._counts = WordCounts(self.word_counts, table)

    @property
    def word_index(self) -> dict[str, int]:
        """The id of each word, by falling frequency."""
        if self._word_index is None:
            self._word_index = dict(self._compiled_ids().word_index())
        return self._word_index

    @word_index.setter
    def word_index(self, table: dict[str, int]) -> None:
        self._word_index = table

    @property
    def index_word(self) -> dict[int, str]:
        """The word of each id."""
        if self._index_word is None:
            self._index_word = {i: word for word, i in self._compiled_ids().word_index()}
        return self._index_word

    @index_word.setter
    def index_word(self, table: dict[int, str]) -> None:
        self._index_word = table

    @property
    def index_docs(self) -> dict[int, int]:
        """In how many documents the word of each id occurs."""
        if self._index_docs_lag:
            self._index_docs = {**self._index_docs, **dict(self._compiled_ids().index_docs())}
            self._index_docs_lag = False
        return self._index_docs

    @index_docs.setter
    def index_docs(self, table: dict[int, int]) -> None:
        self._index_docs, self._index_docs_lag = table, False

    @property
    def size(self) -> int:
        """The number of words that have an id: `len(word_index)`, without making that dict."""
        return len(self._compiled_ids() if self._word_index is None else self._word_index)

    def table(self, name: str) -> dict[Any, Any]:
        """Return a table of `TABLES`, without keeping it if nobody has asked for it before."""
        aside = object.__new__(FittedWords)
        aside.__dict__ = {**self.__dict__, "_counts": copy.copy(self._counts)}
        table: dict[Any, Any] = getattr(aside, name)
        return table

    def learn(
        self, counts: WordCounts, min_count: int, oov_token: str | None, *, replace: bool
    ) -> None:
        """Add counts of words, or `replace` the old by them; give ids by falling frequency."""
        older = self.index_docs  # before the counts that they are made of change
        if replace:
            self._counts = counts
        else:
            self._counts.add(counts)
        if self._counts.vocabulary is None:
            self._assign_in_python(min_count, oov_token)
            return
        from textseq.tokenizer.engine.word_ids import WordIds

        self._word_ids = WordIds(self._counts.vocabulary, min_count, oov_token)
        self._word_index = self._index_word = None
        self._index_docs, self._index_docs_lag = older, True

    def _assign_in_python(self, min_count: int, oov_token: str | None) -> None:
        counts = self.word_counts
        words = [word for word, count in counts.items() if count >= min_count]
        words.sort(key=counts.__getitem__, reverse=True)  # keeps ties in order
        if oov_token is not None:
            words.insert(0, oov_token)
        self._word_index = word_index = {word: i for i, word in enumerate(words, start=1)}
        self._index_word = {i: word for word, i in word_index.items()}
        for word, documents in self.word_docs.items():
            if word in word_index:
                self._index_docs[word_index[word]] = documents

    def _id_of(self, word: str) -> int | None:
        """Return a word's id, or None."""
        if self._word_index is None:
            return self._compiled_ids().id_of(word)
        return self._word_index.get(word)

    def _lookup(self, num_words: float | None, oov_token: str | None) -> Lookup | None:
        """Return the compiled look-up, made again if the words have changed.

        None if somebody gave a word an id that does not fit 31 bits.
        """
        from textseq.tokenizer.engine.word_ids import Lookup

        # Who changes a dict says nothing, so all of it is compared, which takes less than a tenth
        # of the time of the texts that are worth the kernels. Other threads may do so meanwhile.
        index = self._word_index
        words: tuple[Any, ...] = (self._word_ids,)
        if index is not None:
            index = index.copy()
            words = (list(index), list(index.values()))
        made_of = (*words, num_words, oov_token)
        kept = self._lookup_kept
        if kept[0] != made_of:
            if index is None:
                lookup: Lookup | None = self._compiled_ids().lookup(num_words, oov_token)
            else:
                lookup = Lookup.of(index, num_words, oov_token)
            kept = self._lookup_kept = (made_of, lookup)
        return kept[1]

    def _compiled_ids(self) -> WordIds:
        assert self._word_ids is not None  # noqa: S101  (else there are dicts)
        return self._word_ids

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle keeps: all but the look-up, which is made again when it is used."""
        return {**vars(self), "_lookup_kept": (None, None)}
