"""The Tokenizer: texts to ids and back, under Keras's names and with Keras's ids.

Words get ids from 1 by falling frequency, ties in the order of first appearance; 0 is reserved; an
`oov_token` gets 1. With `num_words=n`, the n - 1 most frequent are used, as in Keras.

What differs from Keras's class on purpose is listed in docs/keras.md: a bare string where texts are
expected is an error (Keras fits its characters); a tokenizer read from JSON can be fitted further;
and so on. What is the same although it may surprise: under `char_level` the `filters` are not
applied.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.compute.integers import as_integer
from textseq.corpus.text_batches import TextBatch, Texts, documents, documents_of, text_batches
from textseq.errors import ArgumentError, ArtifactError, NotFittedError
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.analyzers import (
    SUBWORDS,
    VOCAB_SIZE,
    Analyzer,
    join_pieces,
    name_of_analyzer,
    registered_analyzer,
)
from textseq.tokenizer.arguments import as_bool, as_filters, as_num_words, as_vocab_size, plain
from textseq.tokenizer.bag_of_words import document_matrix
from textseq.tokenizer.cleaning import as_steps, clean_batch
from textseq.tokenizer.decode import DecodedSequences, as_ids
from textseq.tokenizer.fitted_words import FittedWords
from textseq.tokenizer.keras_json import SETTINGS, TABLES, layout_of, parse, read_text
from textseq.tokenizer.text_splitter import TextSplitter
from textseq.tokenizer.word_counts import WordCounts
from textseq.tokenizer.words import DEFAULT_FILTERS

if TYPE_CHECKING:
    from textseq.tokenizer.subwords import Subwords

_log = logging.getLogger(__name__)


class Tokenizer(FittedWords):
    """Give the words of a corpus ids, and turn texts into those ids.

    Args:
        num_words: Use the `num_words - 1` most frequent words only; None for all.
        filters: Characters that separate words and are dropped. Not applied under `char_level`.
        lower: Whether to lower-case.
        split: The separator of words, one character or more.
        char_level: Whether every character is a token.
        oov_token: The word, with id 1, that replaces all unknown ones; None drops them.
        analyzer: In place of filtering and splitting: a registered name such as `"whitespace"`,
            `"package.module:factory"`, or a callable from text to tokens.
        min_count: Words that occur less often get no id.
        max_words: While counting, drop the rarest words whenever a document leaves more than this
            number: those seen once, then also those seen twice, and so on. None keeps them all.
        clean: The steps that clean texts first, such as `("html", "urls", "unicode")`; see
            `textseq.tokenizer.cleaning`.
        vocab_size: How many sub-words the analyzer `"bpe"` or `"unigram"` learns from the first
            texts that are fitted, at most.
        **kwargs: `nb_words` and `document_count`, which Keras accepts too.

    Attributes:
        word_counts: How often each word occurs, in the order of first appearance.
        word_docs: In how many documents each word occurs.
        word_index: The id of each word.
        index_word: The word of each id.
        index_docs: In how many documents the word of each id occurs.
        document_count: How many documents were fitted.
        dropped_words: How many words were dropped to keep within `max_words`.
        subwords: The `Subwords` that were learned, or None.

    Raises:
        ArgumentError: An argument is out of its range, or contradicts another.

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
        clean: str | Iterable[str] | None = None,
        vocab_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if "nb_words" in kwargs:
            warnings.warn("`nb_words` is the old name of `num_words`.", stacklevel=2)
            num_words = kwargs.pop("nb_words")
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise ArgumentError(f"Tokenizer has no argument named {', '.join(map(repr, kwargs))}.")
        if char_level and analyzer is not None:
            raise ArgumentError("`char_level` and `analyzer` both say what a token is; give one.")
        if not isinstance(split, str):
            raise ArgumentError(f"`split` must be a string. Received: {split!r}.")
        if not isinstance(oov_token, str | None):
            raise ArgumentError(
                f"`oov_token` must be a string, such as '<unk>', or None. Received: {oov_token!r}."
            )
        self.num_words = as_num_words(num_words)
        self.filters = as_filters(filters)
        self.lower = as_bool(lower, "lower")
        self.split = split
        self.char_level = as_bool(char_level, "char_level")
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.min_count = as_integer(min_count, "min_count", at_least=1)
        self.max_words = (
            None
            if max_words is None
            else as_integer(max_words, "max_words", at_least=1, note=", or None")
        )
        self.clean = as_steps(clean)
        self.vocab_size = as_vocab_size(vocab_size, analyzer)
        self.subwords: Subwords | None = None
        self.document_count = as_integer(document_count, "document_count", at_least=0)
        self.dropped_words = 0
        self.splitter.for_text()  # an unusable analyzer, filter or separator is an error now

    def fit_on_texts(self, texts: Texts) -> None:
        """Count the words of `texts` and give them ids; fitting again adds to the counts.

        Sub-words are learned from the first texts, which are held in memory meanwhile.

        Args:
            texts: Documents: strings, or lists of tokens made elsewhere. An Arrow string array, a
                stream of them, a pandas or Polars column and a `Corpus` will do.

        Raises:
            ArgumentError: `texts` is one string, or a document is neither string nor list.
                The tokenizer is then as it was before.
        """
        if self.analyzer in SUBWORDS and self.subwords is None:
            texts = self._learn_subwords(texts)
        self.add_counts(self.count_texts(texts))

    def _learn_subwords(self, texts: Texts) -> Texts:
        """Learn sub-words from texts, if there are any, and return the texts."""
        from textseq.tokenizer.subwords import Subwords

        batches = list(text_batches(texts))
        strings = [clean_batch(b, self.clean) for b in batches if not isinstance(b, list)]
        if strings:
            _log.info("Learning sub-words from %s texts", f"{sum(map(len, strings)):,}")
            self.subwords = Subwords.learn(
                strings, str(self.analyzer), self.vocab_size or VOCAB_SIZE, lower=self.lower
            )
        return itertools.chain.from_iterable(b if isinstance(b, list) else [b] for b in batches)

    def count_texts(self, texts: Texts) -> WordCounts:
        """Count the words of texts without giving them ids: the first half of `fit_on_texts`.

        Parts of a corpus may be counted apart, by copies of this tokenizer, and their counts
        summed in the order of the parts. Under `max_words`, counts begin with those known.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer()
            >>> counts = tokenizer.count_texts(["high hills"])
            >>> counts.add(tokenizer.count_texts(["high seas"]))
            >>> tokenizer.add_counts(counts)
            >>> tokenizer.word_index
            {'high': 1, 'hills': 2, 'seas': 3}
        """
        counts = self._counts.copy() if self.max_words else WordCounts()
        splitter = self.splitter
        batches, compiled = splitter.batches(texts, compiled=self._counts.vocabulary is not None)
        if compiled:
            self._count_compiled(counts, splitter.lower_tokens(batches))
        else:
            documents = itertools.chain.from_iterable(map(documents_of, batches))
            counts.add_documents(splitter.tokens(documents), self.max_words)
        return counts

    def add_counts(self, counts: WordCounts) -> None:
        """Add what `count_texts` counted, and give ids: the second half of `fit_on_texts`."""
        self.document_count += counts.document_count
        self.dropped_words += counts.dropped
        self.learn(counts, self.min_count, self.oov_token, replace=bool(self.max_words))

    def _count_compiled(self, counts: WordCounts, batches: Iterator[TextBatch]) -> None:
        """Count the words of text batches with the kernels."""
        from textseq.tokenizer.engine.counting import count_frequent_words, count_words

        char_map = self.splitter.char_map()
        if self.max_words:
            known = counts.to_vocabulary()
            counted, counts.dropped = count_frequent_words(self.max_words, batches, char_map, known)
        else:
            counted = count_words(batches, char_map)
        counts.vocabulary, counts.document_count = counted, counted.document_count

    @property
    def splitter(self) -> TextSplitter:
        """How texts become tokens."""
        return TextSplitter(
            self.filters,
            self.lower,
            self.split,
            self.char_level,
            self.subwords or self.analyzer,
            self.clean,
        )

    def fit_on_sequences(self, sequences: Sequence[Iterable[int]] | Sequences) -> None:
        """Count in how many documents each id occurs, for `"tfidf"` without texts.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer(num_words=4)
            >>> tokenizer.fit_on_sequences([[1, 1, 2], [2, 3]])
            >>> tokenizer.index_docs
            {1: 1, 2: 2, 3: 1}
        """
        if not isinstance(sequences, Sequences):
            sequences = Sequences.from_lists(sequences)
        self.document_count += len(sequences)
        for row in sequences.to_lists():
            for word_id in dict.fromkeys(row):
                self.index_docs[word_id] = self.index_docs.get(word_id, 0) + 1

    def texts_to_sequences(self, texts: Texts) -> list[list[int]]:
        """Turn texts into lists of ids; unknown words are dropped, or become `oov_token`."""
        return self.encode(texts).to_lists()

    def texts_to_sequences_generator(self, texts: Texts) -> Iterator[list[int]]:
        """Yield what `texts_to_sequences` returns, a document at a time."""
        return self._ids(self.tokenize(texts))

    def _ids(self, documents: Iterable[list[str]]) -> Iterator[list[int]]:
        """Yield the ids of documents that are tokens."""
        self._check_fitted()
        unknown = None if self.oov_token is None else self.word_index[self.oov_token]
        id_of, limit = self.word_index.get, self.num_words or math.inf
        for tokens in documents:
            ids = [i if i is not None and i < limit else unknown for i in map(id_of, tokens)]
            yield [i for i in ids if i is not None]

    def _usable_words(self) -> dict[str, int]:
        if not self.num_words:
            return self.word_index
        return {word: i for word, i in self.word_index.items() if i < self.num_words}

    def count_words(self, texts: Texts) -> dict[str, int]:
        """Count the words of other texts, known or not; the tokenizer stays as it is.

        Example:
            >>> from textseq import Tokenizer
            >>> dict(Tokenizer(lower=False).count_words(["High hills", "High seas"]))
            {'High': 2, 'hills': 1, 'seas': 1}
        """
        return self.fitted_on(texts).word_counts

    def fitted_on(self, texts: Texts) -> Tokenizer:
        """Return a tokenizer that splits texts as this one does, and knows each word of these.

        Example:
            >>> from textseq import Tokenizer
            >>> Tokenizer(lower=False).fitted_on(["High hills", "High seas"]).word_index
            {'High': 1, 'hills': 2, 'seas': 3}
        """
        other = Tokenizer(**vars(self.splitter))
        other.add_counts(other.count_texts(texts))
        return other

    def without_unused_words(self) -> Tokenizer:
        """Return a tokenizer with the same ids that holds only the words that have one.

        Words beyond `num_words`, or rarer than `min_count`, are left out. It encodes all texts as
        this one does, and is small: most words of a corpus are rare.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer(num_words=3)
            >>> tokenizer.fit_on_texts(["high enough high mountain enough high"])
            >>> tokenizer.without_unused_words().word_index
            {'high': 1, 'enough': 2}
        """
        beyond = bool(self.num_words) and 1 < self.num_words <= self.size  # type: ignore[operator]
        if not beyond and self.min_count == 1:
            return self
        used = self._usable_words()
        kept = self._without_words()
        kept.word_counts = {w: n for w, n in self.table("word_counts").items() if w in used}
        kept.word_docs = {w: n for w, n in self.table("word_docs").items() if w in used}
        kept.word_index = used
        kept.index_word = {i: word for word, i in used.items()}
        kept.index_docs = {i: n for i, n in self.index_docs.items() if i in kept.index_word}
        return kept

    def without_counts(self) -> Tokenizer:
        """Return a tokenizer with the same ids that does not know how often words occur.

        It encodes all texts as this one does, and its JSON is half as large. What needs counts says
        that the tokenizer was not fitted on documents.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["high enough"])
            >>> bare = tokenizer.without_counts()
            >>> bare.word_index, bare.word_counts
            ({'high': 1, 'enough': 2}, {})
        """
        kept = self._without_words()
        kept.document_count = 0
        kept.word_index, kept.index_word = self.table("word_index"), self.table("index_word")
        return kept

    def _without_words(self) -> Tokenizer:
        kept = Tokenizer(**self._settings(), **self._own_settings())
        kept.subwords = self.subwords
        return kept

    def encode(self, texts: Texts) -> Sequences:
        """Turn texts into `Sequences`: the ids of `texts_to_sequences` in two flat arrays.

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
        splitter = self.splitter
        batches, compiled = splitter.batches(texts, compiled=self._word_index is None)
        if compiled and (lookup := self._lookup(self.num_words, self.oov_token)):
            yield from lookup.encode(splitter.lower_tokens(batches), splitter.char_map())
        else:
            for batch in batches:
                yield Sequences.from_lists(self._ids(splitter.tokens(documents_of(batch))))

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Turn ids back into words joined by spaces; unknown ids are dropped, or `oov_token`.

        Sub-words make words again.

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
        unknown = self.oov_token
        if unknown is not None:
            self._check_fitted()
        join = join_pieces if self.analyzer in SUBWORDS else " ".join
        word_of, limit = self.index_word.get, self.num_words or math.inf
        for document, ids in enumerate(sequences):
            words = (word_of(i, unknown) if i < limit else unknown for i in as_ids(ids, document))
            yield join(word for word in words if word is not None)

    def texts_to_matrix(self, texts: Texts, mode: str = "binary") -> npt.NDArray[np.float64]:
        """Turn texts into rows of word weights; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.encode(texts), mode=mode)

    def sequences_to_matrix(
        self, sequences: Sequence[Iterable[int]] | Sequences, mode: str = "binary"
    ) -> npt.NDArray[np.float64]:
        """Turn sequences into rows of word weights.

        Args:
            sequences: Lists of ids, or `Sequences`.
            mode: `"binary"`, `"count"`, `"freq"` or `"tfidf"`; the formulas are in
                `textseq.tokenizer.bag_of_words`.

        Returns:
            float64, shape (documents, width): `num_words` wide, or `len(word_index) + 1`.

        Raises:
            ArgumentError: The mode is unknown, there is nothing to take the width from, or so large
                a matrix does not fit in memory.

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
        tables = {name: _table_as_json(self.table(name)) for name in TABLES}
        return {**self._settings(), **tables}

    def _settings(self) -> dict[str, Any]:
        return {name: plain(getattr(self, name)) for name in SETTINGS}

    def _own_settings(self) -> dict[str, Any]:
        """Return the settings that Keras lacks."""
        names = ("min_count", "max_words", "analyzer", "clean", "vocab_size")
        return {name: plain(getattr(self, name)) for name in names}

    def to_json(self, **kwargs: Any) -> str:
        """Return the tokenizer as JSON in Keras's layout, which Keras reads too.

        What Keras lacks (`min_count`, `max_words`, `analyzer`, `clean`, `vocab_size` and what was
        learned) is in a part of its own that Keras ignores, only where it differs from the default.
        `json.dumps` gets `kwargs`.
        """
        return json.dumps(self._layout(), **kwargs)

    def _layout(self) -> dict[str, Any]:
        ours = self._own_settings()
        if self.analyzer is not None:
            ours["analyzer"] = name_of_analyzer(self.analyzer)
        if self.subwords is not None:
            ours["subwords"] = self.subwords.to_json()
        return layout_of(self.get_config(), ours)

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write `to_json` to a file, atomically; an existing one is replaced only with `force`."""
        with (
            atomic_file(path, force=force) as temporary,
            temporary.open("w", encoding="utf-8") as file,
        ):
            json.dump(self._layout(), file)

    @classmethod
    def load(cls, path: StrPath, *, analyzer: str | Analyzer | None = None) -> Tokenizer:
        """Read a tokenizer that `save` or Keras wrote; see `tokenizer_from_json`."""
        text = read_text(Path(path))
        try:
            return _from_json(text, analyzer, str(path))
        except ArtifactError as error:
            raise ArtifactError(f"The tokenizer '{path}' cannot be used: {error}") from error

    def tokenize(self, texts: Texts) -> Iterator[list[str]]:
        """Yield the tokens of each text.

        Example:
            >>> from textseq import Tokenizer
            >>> list(Tokenizer().tokenize(["No mountain, high enough."]))
            [['no', 'mountain', 'high', 'enough']]
        """
        return self.splitter.tokens(documents(texts))

    def decode(self, sequences: Sequences) -> DecodedSequences:
        """Return the documents as lists of words, decoded again at every pass over them.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["high enough"])
            >>> list(tokenizer.decode(tokenizer.encode(["enough high"])))
            [['enough', 'high']]
        """
        return DecodedSequences(sequences, self.index_word)

    def _check_fitted(self) -> None:
        if not self.document_count and not self.size:
            raise NotFittedError("The tokenizer knows no words yet; call `fit_on_texts` first.")
        if self.oov_token is not None and self._id_of(self.oov_token) is None:
            raise NotFittedError(
                f"The `oov_token` {self.oov_token!r} has no id; it was set after fitting, "
                f"or no texts were fitted."
            )

    def __repr__(self) -> str:
        return f"Tokenizer({self.size:,} words, {self.document_count:,} documents)"


def _table_as_json(table: dict[Any, Any]) -> str:
    try:
        return json.dumps(table)
    except TypeError:  # numbers of NumPy's, which somebody put there
        return json.dumps({plain(key): plain(value) for key, value in table.items()})


def tokenizer_from_json(json_string: str, *, analyzer: str | Analyzer | None = None) -> Tokenizer:
    """Restore a tokenizer from `to_json`, Keras's or textseq's.

    Args:
        json_string: The JSON, also as one JSON string, which `json.dump(to_json(), file)` writes.
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
    return _from_json(json_string, analyzer, "FILE")


def _from_json(json_string: str, analyzer: str | Analyzer | None, name: str) -> Tokenizer:
    with wrap_read_errors("it"):
        settings, tables, ours = parse(json_string, name)
    with wrap_read_errors("its settings", "cannot be used"):
        tokenizer = Tokenizer(
            **settings,
            analyzer=analyzer or registered_analyzer(ours.get("analyzer")),
            min_count=ours.get("min_count", 1),
            max_words=ours.get("max_words"),
            clean=ours.get("clean"),
            vocab_size=ours.get("vocab_size"),
        )
    if tokenizer.analyzer in SUBWORDS and "subwords" in ours:
        from textseq.tokenizer.subwords import Subwords

        tokenizer.subwords = Subwords(ours["subwords"], lower=tokenizer.lower)
    for name, table in tables.items():
        setattr(tokenizer, name, table)
    return tokenizer
