"""The Tokenizer: texts to numbers and back, under Keras's names and with Keras's numbers.

Words are numbered by falling frequency from 1, ties in the order of first appearance; 0 is
reserved; an `oov_token` gets 1. With `num_words=n`, the n - 1 most frequent are used, as in Keras.

What differs from Keras's class, on purpose: a bare string where texts are expected is an error
(Keras fits its characters); `word_docs` is kept in order of first appearance (Keras's order
changes with PYTHONHASHSEED); and a tokenizer read from JSON can be fitted further. What is the
same although it may surprise: under `char_level` the `filters` are not applied.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.corpus.text_batches import Batch, Strings, Texts, batches, check_text, peeked
from textseq.errors import ArgumentError, ArtifactError, NotFittedError
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.analyzers import ANALYZERS, Analyzer
from textseq.tokenizer.bag_of_words import document_matrix
from textseq.tokenizer.decode import Sentences
from textseq.tokenizer.engine.tables import Table
from textseq.tokenizer.engine.word_counts import WordCounts
from textseq.tokenizer.keras_json import TABLES, parse
from textseq.tokenizer.words import (
    DEFAULT_FILTERS,
    hashing_trick,
    text_to_word_sequence,
    word_splitter,
)

if TYPE_CHECKING:  # the kernels take half a second to import, and few texts do without them
    from textseq.tokenizer.engine.case_folding import Alphabet
    from textseq.tokenizer.engine.vocabulary import Vocabulary
    from textseq.tokenizer.engine.word_ids import Lookup, Numbering

__all__ = ["Tokenizer", "hashing_trick", "text_to_word_sequence", "tokenizer_from_json"]

MUCH = 1 << 18
"""Bytes of text from which on the compiled kernels are worth loading."""

LARGE = 1 << 25
"""Bytes of a tokenizer's JSON from which on they are."""


class Tokenizer:
    """Number the words of a corpus, and turn texts into those numbers.

    Args:
        num_words: Use the `num_words - 1` most frequent words only; None for all.
        filters: Characters that separate words and are dropped. Not applied under `char_level`.
        lower: Whether to lower-case.
        split: The separator of words, one character or more.
        char_level: Whether every character is a token.
        oov_token: The word, numbered 1, that stands for all unknown ones; None drops them.
        analyzer: In place of filtering and splitting: a registered name such as `"whitespace"`,
            `"package.module:factory"`, or a callable from text to tokens.
        min_count: Number only the words that occur at least so often.
        max_words: While counting, drop the rarest words whenever a document leaves more than so
            many: those seen once, then also those seen twice, and so on. None keeps them all.
        **kwargs: `nb_words` and `document_count`, which Keras accepts too.

    Attributes:
        word_counts: How often each word occurs, in the order of first appearance.
        word_docs: In how many documents each word occurs.
        word_index: The number of each word.
        index_word: The word of each number.
        index_docs: In how many documents the word of each number occurs.
        document_count: How many documents were fitted.
        dropped_words: How many words were dropped for want of room; see `max_words`.

    Raises:
        ArgumentError: An argument cannot mean what it says.

    Example:
        >>> from textseq import Tokenizer
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(
        ...     ["standing on the shoulder of giants", "ain't no mountain high enough"]
        ... )
        >>> len(tokenizer.word_index)
        11
        >>> tokenizer.texts_to_sequences(["ain't no mountain high enough"])
        [[7, 8, 9, 10, 11]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = DEFAULT_FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: str | Analyzer | None = None,
        min_count: int = 1,
        max_words: int | None = None,
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            warnings.warn("`nb_words` is the old name of `num_words`.", stacklevel=2)
            num_words = kwargs.pop("nb_words")
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise ArgumentError(f"Tokenizer has no argument named {', '.join(map(repr, kwargs))}.")
        if num_words is not None and num_words < 0:
            raise ArgumentError(f"`num_words` must be 0 or more, or None. Received: {num_words}.")
        if min_count < 1:
            raise ArgumentError(f"`min_count` must be 1 or more. Received: {min_count}.")
        if max_words is not None and max_words < 1:
            raise ArgumentError(f"`max_words` must be 1 or more, or None. Received: {max_words}.")
        if char_level and analyzer is not None:
            raise ArgumentError("`char_level` and `analyzer` both say what a token is; give one.")
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.min_count = min_count
        self.max_words = max_words
        self.document_count = document_count
        self.dropped_words = 0
        self._counts = WordCounts()
        # The tables that are None are made of `_numbering` when somebody asks for them.
        self._numbering: Numbering | None = None
        self._word_index: Table[str, int] | None = Table()
        self._index_word: dict[int, str] | None = {}
        self._index_docs: dict[int, int] = {}
        self._index_docs_lag = False
        self._lookup_kept: tuple[Any, Any, Lookup | None] = (None, None, None)
        self._tokens_of_text()  # an unusable analyzer, filter or separator is told now

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
        """The number of each word, by falling frequency."""
        if self._word_index is None:
            assert self._numbering is not None  # noqa: S101  (else there is a table)
            self._word_index = Table(self._numbering.word_index())
        return self._word_index

    @word_index.setter
    def word_index(self, table: dict[str, int]) -> None:
        self._word_index, self._numbering = Table(table), None

    @property
    def index_word(self) -> dict[int, str]:
        """The word of each number."""
        if self._index_word is None:
            self._index_word = {number: word for word, number in self.word_index.items()}
        return self._index_word

    @index_word.setter
    def index_word(self, table: dict[int, str]) -> None:
        self._index_word = table

    @property
    def index_docs(self) -> dict[int, int]:
        """In how many documents the word of each number occurs."""
        if self._index_docs_lag:
            assert self._numbering is not None  # noqa: S101  (else it does not lag)
            self._index_docs.update(self._numbering.index_docs())
            self._index_docs_lag = False
        return self._index_docs

    @index_docs.setter
    def index_docs(self, table: dict[int, int]) -> None:
        self._index_docs, self._index_docs_lag = table, False

    @property
    def size(self) -> int:
        """The number of words that have a number: `len(word_index)`, without making that dict."""
        if self._word_index is None and self._numbering is not None:
            return len(self._numbering)
        return len(self.word_index)

    def fit_on_texts(self, texts: Texts) -> None:
        """Count the words of `texts` and number them; fitting again adds to the counts.

        Args:
            texts: Documents: strings, or lists of tokens made elsewhere. An Arrow string array, a
                stream of them, a pandas or Polars column and a `Corpus` will do.

        Raises:
            ArgumentError: `texts` is one string, or a document is neither string nor list.
                The tokenizer is then as it was before.
        """
        counts = self._counts.copy() if self.max_words else WordCounts()
        strings, rest = self._for_kernels(texts, loaded=self._counts.vocabulary is not None)
        if strings is not None:
            counts.add_strings(strings, self._alphabet(), self.max_words)
            rest = strings.rest
        counts.add_documents(self._tokenized(rest, counts.document_count), self.max_words)
        self._take(counts)

    def _take(self, counts: WordCounts) -> None:
        """Make new counts one's own, and number the words anew."""
        older = self.index_docs  # before the numbering it lags behind is gone
        self.document_count += counts.document_count
        self.dropped_words += counts.dropped
        if self.max_words:
            self._counts = counts
        else:
            self._counts.add(counts)
        if self._counts.vocabulary is None:
            self._number_words()
            return
        self._number(self._counts.vocabulary, older)

    def _number(self, vocabulary: Vocabulary, index_docs: dict[int, int]) -> None:
        """Number the words that the kernels counted, and make no tables of them."""
        from textseq.tokenizer.engine.word_ids import Numbering

        self._numbering = Numbering(vocabulary, self.min_count, self.oov_token)
        self._word_index = self._index_word = None
        self._index_docs, self._index_docs_lag = index_docs, True

    def _number_words(self) -> None:
        """Number words by falling frequency; Python's sort keeps ties as they were first seen."""
        words = [word for word, count in self.word_counts.items() if count >= self.min_count]
        words.sort(key=self.word_counts.__getitem__, reverse=True)
        if self.oov_token is not None:
            words.insert(0, self.oov_token)
        self.word_index = dict(zip(words, range(1, len(words) + 1), strict=True))
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, documents in self.word_docs.items():
            if word in self.word_index:
                self.index_docs[self.word_index[word]] = documents

    def fit_on_sequences(self, sequences: Sequence[Iterable[int]] | Sequences) -> None:
        """Count in how many documents each number occurs, for `"tfidf"` without texts.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer(num_words=4)
            >>> tokenizer.fit_on_sequences([[1, 1, 2], [2, 3]])
            >>> tokenizer.index_docs
            {1: 1, 2: 2, 3: 1}
        """
        rows = sequences.to_lists() if isinstance(sequences, Sequences) else sequences
        self.document_count += len(rows)
        for row in rows:
            for number in dict.fromkeys(row):
                self.index_docs[number] = self.index_docs.get(number, 0) + 1

    def texts_to_sequences(self, texts: Texts) -> list[list[int]]:
        """Turn texts into lists of numbers; unknown words are dropped, or become `oov_token`.

        Raises:
            NotFittedError: No texts were fitted.
            ArgumentError: As for `fit_on_texts`.
        """
        return self.encode(texts).to_lists()

    def texts_to_sequences_generator(self, texts: Texts) -> Iterator[list[int]]:
        """Yield what `texts_to_sequences` returns, a document at a time."""
        return self._encoded(self._tokenized(batches(texts, at_once=1)))

    def _encoded(self, documents: Iterator[list[str]]) -> Iterator[list[int]]:
        """Yield the numbers of documents that are tokens already."""
        self._check_fitted()
        unknown = None if self.oov_token is None else self.word_index[self.oov_token]
        number_of = self._usable_words().get
        for tokens in documents:
            if unknown is not None:
                yield [number_of(token, unknown) for token in tokens]
            else:
                yield [number for token in tokens if (number := number_of(token)) is not None]

    def _usable_words(self) -> dict[str, int]:
        if not self.num_words:
            return self.word_index
        return {word: i for word, i in self.word_index.items() if i < self.num_words}

    def count_words(self, texts: Texts) -> dict[str, int]:
        """Count the words of other texts, cut as this tokenizer cuts them, known to it or not.

        It stays as it is.

        Args:
            texts: As for `fit_on_texts`.

        Example:
            >>> from textseq import Tokenizer
            >>> dict(Tokenizer(lower=False).count_words(["High hills", "High seas"]))
            {'High': 2, 'hills': 1, 'seas': 1}
        """
        counting = Tokenizer(
            filters=self.filters,
            lower=self.lower,
            split=self.split,
            char_level=self.char_level,
            analyzer=self.analyzer,
        )
        counting.fit_on_texts(texts)
        return counting.word_counts

    def without_unused_words(self) -> Tokenizer:
        """Return a tokenizer with the same numbers that holds no words beyond `num_words`.

        It encodes all texts as this one does, and is small: most words of a corpus are rare.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer(num_words=3)
            >>> tokenizer.fit_on_texts(["high enough high mountain enough high"])
            >>> tokenizer.without_unused_words().word_index
            {'high': 1, 'enough': 2}
        """
        if not self.num_words or not 1 < self.num_words <= self.size:
            return self
        used = self._usable_words()
        kept = Tokenizer(
            **self._settings(),
            analyzer=self.analyzer,
            min_count=self.min_count,
            max_words=self.max_words,
        )
        kept.word_counts = {w: n for w, n in self.word_counts.items() if w in used}
        kept.word_docs = {w: n for w, n in self.word_docs.items() if w in used}
        kept.word_index = used
        kept.index_word = {number: word for word, number in used.items()}
        kept.index_docs = {i: n for i, n in self.index_docs.items() if i < self.num_words}
        return kept

    def encode(self, texts: Texts) -> Sequences:
        """Turn texts into `Sequences`: the numbers of `texts_to_sequences` in two flat arrays.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer(oov_token="<unk>")
            >>> tokenizer.fit_on_texts(["the shoulder of giants"])
            >>> tokenizer.encode(["the giants of old"]).to_lists()
            [[2, 5, 4, 1]]
        """
        return Sequences.concatenate(self.encode_batches(texts))

    def encode_batches(self, texts: Texts) -> Iterator[Sequences]:
        """Yield what `encode` returns in parts, so that a corpus of any size passes through.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["high enough"])
            >>> sum(len(part) for part in tokenizer.encode_batches(["high"] * 1000))
            1000
        """
        self._check_fitted()
        strings, rest = self._for_kernels(texts, loaded=self._word_index is None)
        first = 0
        if strings is not None and (lookup := self._lookup()):
            yield from lookup.vocabulary.encode(
                strings, lookup.numbers, lookup.unknown, self._alphabet()
            )
            rest, first = strings.rest, strings.documents
        for batch in rest:
            yield Sequences.from_lists(self._encoded(self._tokenized(iter([batch]), first)))
            first += len(batch)

    def _for_kernels(self, texts: Texts, *, loaded: bool) -> tuple[Strings | None, Iterator[Batch]]:
        """Return the texts as strings for the kernels, if it pays, and as they are; read one.

        The results are the same. With an analyzer or a long separator only Python can do it.
        """
        stream = batches(texts)
        if self.analyzer is not None or not (self.char_level or len(self.split) == 1):
            return None, stream
        much, stream = peeked(stream, MUCH)
        return (Strings(stream) if much or loaded else None), stream

    def _alphabet(self) -> Alphabet:
        from textseq.tokenizer.engine.case_folding import alphabet

        separators = () if self.char_level else (*self.filters, self.split)
        return alphabet(frozenset(separators), bool(self.lower), bool(self.char_level))

    def _lookup(self) -> Lookup | None:
        """Return what the kernels look words up in, made anew if something it is made of changed.

        None if they cannot, because somebody gave a word a number that is none of 31 bits.
        """
        from textseq.tokenizer.engine.word_ids import Lookup, Numbering

        table, numbering = self._word_index, self._numbering
        changes = table.changes if table is not None else 0
        source = numbering if numbering is not None and not changes else table
        made_of = (changes, self.num_words, self.oov_token)
        if self._lookup_kept[0] is not source or self._lookup_kept[1] != made_of:
            lookup = (
                source.lookup(self.num_words)
                if isinstance(source, Numbering)
                else Lookup.of(self.word_index, self.num_words, self.oov_token)
            )
            self._lookup_kept = (source, made_of, lookup)
        return self._lookup_kept[2]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Turn numbers back into words joined by spaces; unknown numbers as unknown words.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["The shoulder of giants!"])
            >>> tokenizer.sequences_to_texts([[4, 3, 2]])
            ['giants of shoulder']
        """
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yield what `sequences_to_texts` returns, a document at a time."""
        if self.oov_token is not None:
            self._check_fitted()
        unknown = self.oov_token
        limit = self.num_words or float("inf")
        for numbers in sequences:
            words = (self.index_word.get(n) if n < limit else unknown for n in map(int, numbers))
            known = (unknown if word is None else word for word in words)
            yield " ".join(word for word in known if word is not None)

    def texts_to_matrix(self, texts: Texts, mode: str = "binary") -> npt.NDArray[np.float64]:
        """Turn texts into rows of word weights; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.encode(texts), mode=mode)

    def sequences_to_matrix(
        self, sequences: Sequence[Iterable[int]] | Sequences, mode: str = "binary"
    ) -> npt.NDArray[np.float64]:
        """Turn sequences into rows of word weights.

        Args:
            sequences: Lists of numbers, or `Sequences`.
            mode: `"binary"`, `"count"`, `"freq"` or `"tfidf"`; the formulas are in
                `textseq.tokenizer.bag_of_words`.

        Returns:
            float64, shape (documents, width): `num_words` wide, or `len(word_index) + 1`.

        Raises:
            ArgumentError: The mode is unknown, or there is nothing to take the width from, or so
                wide a matrix does not fit in memory.

        Example:
            >>> from textseq import Tokenizer
            >>> Tokenizer(num_words=4).sequences_to_matrix([[1, 3, 3]], mode="count")
            array([[0., 1., 0., 2.]])
        """
        if not self.num_words and not self.word_index:
            raise ArgumentError("The matrix has no width; set `num_words`, or fit on texts first.")
        if not isinstance(sequences, Sequences):
            sequences = Sequences.from_lists(sequences)
        return document_matrix(
            sequences,
            math.ceil(self.num_words or len(self.word_index) + 1),  # JSON may hold a float
            mode,
            document_count=self.document_count,
            index_docs=self.index_docs,
        )

    def get_config(self) -> dict[str, Any]:
        """Return Keras's configuration: the settings, and the five tables as JSON strings."""
        return {**self._settings(), **self._tables()}

    def _tables(self) -> dict[str, str]:
        return {name: json.dumps(getattr(self, name)) for name in TABLES}

    def _settings(self) -> dict[str, Any]:
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return the tokenizer as JSON in Keras's layout, which Keras reads too.

        `min_count`, `max_words` and `analyzer`, which Keras lacks, stand in a part of their own
        that Keras passes over, and only where they differ from the default.

        Args:
            **kwargs: Passed to `json.dumps`.
        """
        return json.dumps(self._layout(self._tables()), **kwargs)

    def _layout(self, tables: dict[str, str]) -> dict[str, Any]:
        config = {**self._settings(), **tables}
        layout: dict[str, Any] = {"class_name": "Tokenizer", "config": config}
        ours: dict[str, Any] = {}
        if self.min_count != 1:
            ours["min_count"] = self.min_count
        if self.max_words is not None:
            ours["max_words"] = self.max_words
        if self.analyzer is not None:
            ours["analyzer"] = _name_of(self.analyzer)
        if ours:
            layout["textseq"] = ours
        return layout

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write `to_json` to a file, atomically; an existing one is replaced only with `force`."""
        with atomic_file(path, force=force) as temporary, temporary.open("wb") as file:
            file.writelines(self._json_in_parts())

    def _json_in_parts(self) -> Iterator[bytes | pa.Buffer]:
        """Yield `to_json` in parts, without making dicts of millions of words."""
        touched = self._word_index is not None or self._counts.touched
        if self._numbering is None or touched or self._index_docs:
            yield self.to_json().encode()
            return
        from textseq.tokenizer.engine.json_tables import json_of_table

        whole = json.dumps(self._layout(dict.fromkeys(TABLES, "")))
        for name in TABLES:
            before, whole = whole.split(f'"{name}": "', 1)
            yield f'{before}"{name}": "'.encode()
            yield from json_of_table(self._numbering, name)
        yield whole.encode()

    @classmethod
    def load(cls, path: StrPath, *, analyzer: str | Analyzer | None = None) -> Tokenizer:
        """Read a tokenizer that `save` or Keras wrote; see `tokenizer_from_json`.

        Raises:
            ArtifactError: The file is missing or is not a whole tokenizer.
        """
        try:
            text = Path(path).read_bytes()
            if len(text) >= LARGE and (tokenizer := _of_large_json(text, analyzer)) is not None:
                return tokenizer
            return tokenizer_from_json(text.decode(), analyzer=analyzer)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ArtifactError(f"The tokenizer '{path}' cannot be read: {reason}.") from error
        except ArtifactError as error:
            raise ArtifactError(f"The tokenizer '{path}' cannot be used: {error}") from error

    def tokenize(self, texts: Texts) -> Iterator[list[str]]:
        """Yield the tokens of each text, before any numbering.

        Example:
            >>> from textseq import Tokenizer
            >>> list(Tokenizer().tokenize(["No mountain, high enough."]))
            [['no', 'mountain', 'high', 'enough']]
        """
        return self._tokenized(batches(texts, at_once=1))

    def words_of(self, sequences: Sequences) -> Sentences:
        """Return the documents as lists of words, made anew at every pass over them.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["high enough"])
            >>> list(tokenizer.words_of(tokenizer.encode(["enough high"])))
            [['enough', 'high']]
        """
        return Sentences(sequences, self.index_word)

    def _tokenized(self, stream: Iterator[Batch], first: int = 0) -> Iterator[list[str]]:
        """Yield the tokens of the documents in batches; the first document has number `first`."""
        tokens_of_text = self._tokens_of_text()
        documents = (
            document
            for batch in stream
            for document in (batch.to_pylist() if isinstance(batch, pa.Array) else batch)
        )
        for position, document in enumerate(documents, first):
            if isinstance(document, str):
                check_text(document, position)
                yield tokens_of_text(document)
            elif isinstance(document, list) and all(isinstance(token, str) for token in document):
                yield [token.lower() for token in document] if self.lower else document
            else:
                raise ArgumentError(
                    f"Document {position} of `texts` must be a string or a list of tokens. "
                    f"Received: {document!r} of type {type(document).__name__}."
                )

    def _tokens_of_text(self) -> Callable[[str], list[str]]:
        if self.char_level:
            return (lambda text: list(text.lower())) if self.lower else list
        if self.analyzer is not None:
            return ANALYZERS.resolve(self.analyzer)
        return word_splitter(self.filters, self.lower, self.split)

    def _check_fitted(self) -> None:
        if not self.document_count and not self.size:
            raise NotFittedError("The tokenizer knows no words yet; call `fit_on_texts` first.")
        if self.oov_token is not None and not self._knows(self.oov_token):
            raise NotFittedError(
                f"The `oov_token` {self.oov_token!r} has no number; it was set after fitting, "
                f"or no texts were fitted."
            )

    def _knows(self, word: str) -> bool:
        if self._word_index is None and self._numbering is not None:
            return self._numbering.number_of(word) is not None
        return word in self.word_index

    def __repr__(self) -> str:
        return f"Tokenizer({self.size:,} words, {self.document_count:,} documents)"


def tokenizer_from_json(json_string: str, *, analyzer: str | Analyzer | None = None) -> Tokenizer:
    """Restore a tokenizer from `to_json`, Keras's or textseq's.

    Args:
        json_string: The JSON.
        analyzer: The analyzer it was made with, where that is code of your own: JSON holds only
            its name, and reading a file never imports code.

    Raises:
        ArtifactError: It is not JSON, not a tokenizer, or a table in it is damaged.

    Example:
        >>> from textseq import Tokenizer, tokenizer_from_json
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["high enough"])
        >>> tokenizer_from_json(tokenizer.to_json()).word_index
        {'high': 1, 'enough': 2}
    """
    settings, tables, ours = parse(json_string)
    try:
        tokenizer = Tokenizer(
            **settings,
            analyzer=analyzer or _known_analyzer(ours.get("analyzer")),
            min_count=ours.get("min_count", 1),
            max_words=ours.get("max_words"),
        )
    except (ArgumentError, AttributeError, TypeError) as error:
        raise ArtifactError(f"its settings cannot be used: {error}") from error
    for name, table in tables.items():
        setattr(tokenizer, name, table)
    return tokenizer


def _of_large_json(text: bytes, analyzer: str | Analyzer | None) -> Tokenizer | None:
    """Restore a tokenizer without making dicts of its tables, if `save` wrote it.

    The words and their counts settle all else. Whether they do is seen by writing it again: if not,
    somebody changed the numbers, or fitted more than once, and the answer is None.
    """
    from textseq.tokenizer.engine.json_tables import words_in_json

    if (found := words_in_json(text)) is None:
        return None
    rest, vocabulary = found
    try:
        tokenizer = tokenizer_from_json(rest, analyzer=analyzer)
    except ArtifactError:
        return None  # to be told of all of it
    tokenizer._counts.set_vocabulary(vocabulary)
    tokenizer._number(vocabulary, {})
    at = 0
    for part in tokenizer._json_in_parts():
        if text[at : at + len(part)] != bytes(part):
            return None
        at += len(part)
    return tokenizer if at == len(text) else None


def _known_analyzer(name: Any) -> str | None:
    if name is None:
        return None
    if name not in ANALYZERS.names():
        raise ArgumentError(
            f"its analyzer {name!r} is code outside textseq, and reading a file never runs code; "
            f"pass it as `analyzer`"
        )
    return str(name)


def _name_of(analyzer: str | Analyzer) -> str:
    if isinstance(analyzer, str):
        return analyzer
    # A partial or a method of a built-in type has no module or no name of its own.
    module = getattr(analyzer, "__module__", None) or type(analyzer).__module__
    return f"{module}:{getattr(analyzer, '__qualname__', type(analyzer).__qualname__)}"
