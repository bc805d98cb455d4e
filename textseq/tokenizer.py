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
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.analyzers import ANALYZERS, Analyzer
from textseq.errors import ArgumentError, ArtifactError, NotFittedError
from textseq.files import StrPath, atomic_file
from textseq.matrices import document_matrix
from textseq.sequences import Sequences
from textseq.words import (
    DEFAULT_FILTERS,
    hashing_trick,
    text_to_word_sequence,
    word_splitter,
)

__all__ = ["Tokenizer", "hashing_trick", "text_to_word_sequence", "tokenizer_from_json"]

Document: TypeAlias = str | list[str]
Texts: TypeAlias = "Iterable[Document] | pa.Array | pa.ChunkedArray"

_SETTINGS: dict[str, tuple[type, ...]] = {
    "num_words": (int, float, type(None)),
    "filters": (str, list),
    "lower": (int,),
    "split": (str,),
    "char_level": (int,),
    "oov_token": (str, type(None)),
    "document_count": (int,),
}
_TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")


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
        **kwargs: `nb_words` and `document_count`, which Keras accepts too.

    Attributes:
        word_counts: How often each word occurs, in the order of first appearance.
        word_docs: In how many documents each word occurs.
        word_index: The number of each word.
        index_word: The word of each number.
        index_docs: In how many documents the word of each number occurs.
        document_count: How many documents were fitted.

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
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            warnings.warn("`nb_words` is the old name of `num_words`.", stacklevel=2)
            num_words = kwargs.pop("nb_words")
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise ArgumentError(f"Tokenizer has no argument named {', '.join(map(repr, kwargs))}.")
        if min_count < 1:
            raise ArgumentError(f"`min_count` must be 1 or more. Received: {min_count}.")
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
        self.document_count = document_count
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = {}
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.index_docs: dict[int, int] = {}
        self._tokens_of_text()  # an unusable analyzer, filter or separator is told now

    def fit_on_texts(self, texts: Texts) -> None:
        """Count the words of `texts` and number them; fitting again adds to the counts.

        Args:
            texts: Documents: strings, or lists of tokens made elsewhere. An Arrow string array,
                a pandas or Polars column and a `Corpus` will do.

        Raises:
            ArgumentError: `texts` is one string, or a document is neither string nor list.
                The tokenizer is then as it was before.
        """
        counts: Counter[str] = Counter()
        documents: Counter[str] = Counter()
        seen = 0
        for tokens in self._tokenized(texts):
            counts.update(tokens)
            documents.update(list(dict.fromkeys(tokens)))
            seen += 1
        self.document_count += seen
        _add(self.word_counts, counts)
        _add(self.word_docs, documents)
        self._number_words()

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
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Texts) -> Iterator[list[int]]:
        """Yield what `texts_to_sequences` returns, a document at a time."""
        self._check_fitted()
        unknown = None if self.oov_token is None else self.word_index[self.oov_token]
        number_of = self._usable_words().get
        for tokens in self._tokenized(texts):
            if unknown is not None:
                yield [number_of(token, unknown) for token in tokens]
            else:
                yield [number for token in tokens if (number := number_of(token)) is not None]

    def _usable_words(self) -> dict[str, int]:
        if not self.num_words:
            return self.word_index
        return {word: i for word, i in self.word_index.items() if i < self.num_words}

    def encode(self, texts: Texts) -> Sequences:
        """Turn texts into `Sequences`: the numbers of `texts_to_sequences` in two flat arrays.

        Example:
            >>> from textseq import Tokenizer
            >>> tokenizer = Tokenizer(oov_token="<unk>")
            >>> tokenizer.fit_on_texts(["the shoulder of giants"])
            >>> tokenizer.encode(["the giants of old"]).to_lists()
            [[2, 5, 4, 1]]
        """
        return Sequences.from_lists(self.texts_to_sequences_generator(texts))

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
                `textseq.matrices`.

        Returns:
            float64, shape (documents, width): `num_words` wide, or `len(word_index) + 1`.

        Raises:
            ArgumentError: The mode is unknown, or there is nothing to take the width from.

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
            self.num_words or len(self.word_index) + 1,
            mode,
            document_count=self.document_count,
            index_docs=self.index_docs,
        )

    def get_config(self) -> dict[str, Any]:
        """Return Keras's configuration: the settings, and the five tables as JSON strings."""
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            **{name: json.dumps(getattr(self, name)) for name in _TABLES},
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return the tokenizer as JSON in Keras's layout, which Keras reads too.

        `min_count` and `analyzer`, which Keras lacks, stand in a part of their own that Keras
        passes over, and only where they differ from the default.

        Args:
            **kwargs: Passed to `json.dumps`.
        """
        layout: dict[str, Any] = {"class_name": "Tokenizer", "config": self.get_config()}
        ours: dict[str, Any] = {}
        if self.min_count != 1:
            ours["min_count"] = self.min_count
        if self.analyzer is not None:
            ours["analyzer"] = _name_of(self.analyzer)
        if ours:
            layout["textseq"] = ours
        return json.dumps(layout, **kwargs)

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write `to_json` to a file, atomically; an existing one is replaced only with `force`."""
        with atomic_file(path, force=force) as temporary:
            temporary.write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: StrPath, *, analyzer: str | Analyzer | None = None) -> Tokenizer:
        """Read a tokenizer that `save` or Keras wrote; see `tokenizer_from_json`.

        Raises:
            ArtifactError: The file is missing or is not a whole tokenizer.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ArtifactError(f"The tokenizer '{path}' cannot be read: {reason}.") from error
        try:
            return tokenizer_from_json(text, analyzer=analyzer)
        except ArtifactError as error:
            raise ArtifactError(f"The tokenizer '{path}' cannot be used: {error}") from error

    def tokenize(self, texts: Texts) -> Iterator[list[str]]:
        """Yield the tokens of each text, before any numbering.

        Example:
            >>> from textseq import Tokenizer
            >>> list(Tokenizer().tokenize(["No mountain, high enough."]))
            [['no', 'mountain', 'high', 'enough']]
        """
        return self._tokenized(texts)

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

    def _tokenized(self, texts: Texts) -> Iterator[list[str]]:
        tokens_of_text = self._tokens_of_text()
        for position, document in enumerate(_documents(texts)):
            if isinstance(document, str):
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
        if not self.document_count and not self.word_index:
            raise NotFittedError("The tokenizer knows no words yet; call `fit_on_texts` first.")
        if self.oov_token is not None and self.oov_token not in self.word_index:
            raise NotFittedError(
                f"The `oov_token` {self.oov_token!r} has no number; it was set after fitting, "
                f"or no texts were fitted."
            )

    def __repr__(self) -> str:
        return f"Tokenizer({len(self.word_index):,} words, {self.document_count:,} documents)"


class Sentences:
    """Documents as lists of words, for a reader that passes over them several times.

    The words are those of an index, shared by all documents, so that a corpus takes 4 bytes a
    token.

    Args:
        sequences: The documents' ids.
        index_word: The word of each id.
    """

    def __init__(self, sequences: Sequences, index_word: dict[int, str]) -> None:
        self.sequences = sequences
        self.index_word = index_word

    def __len__(self) -> int:
        return len(self.sequences)

    def __iter__(self) -> Iterator[list[str]]:
        word_of = self.index_word.__getitem__
        return ([word_of(number) for number in ids.tolist()] for ids in self.sequences)


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
    layout = _json_object(json_string, "it")
    if layout.get("class_name") != "Tokenizer" or not isinstance(layout.get("config"), dict):
        raise ArtifactError(
            'expected {"class_name": "Tokenizer", "config": {...}} as Keras writes it; '
            f"received an object with {', '.join(map(repr, layout)) or 'no keys'}."
        )
    settings = dict(layout["config"])
    for name, kinds in _SETTINGS.items():
        if name in settings and not isinstance(settings[name], kinds):
            raise ArtifactError(f"its setting {name!r} cannot be {settings[name]!r}.")
    tables = {name: _table(settings, name) for name in _TABLES}
    ours = layout.get("textseq", {})
    try:
        tokenizer = Tokenizer(
            **settings,
            analyzer=analyzer or _known_analyzer(ours.get("analyzer")),
            min_count=ours.get("min_count", 1),
        )
    except (ArgumentError, AttributeError, TypeError) as error:
        raise ArtifactError(f"its settings cannot be used: {error}") from error
    for name, table in tables.items():
        setattr(tokenizer, name, table)
    return tokenizer


def _json_object(text: Any, what: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise ArtifactError(f"{what} must be a JSON string; received {type(text).__name__}.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{what} is not whole JSON ({error}).") from error
    if not isinstance(value, dict):
        raise ArtifactError(f"{what} must hold a JSON object; received {type(value).__name__}.")
    return value


def _table(settings: dict[str, Any], name: str) -> dict[Any, Any]:
    """Take the table `name` out of the settings: words to numbers, or numbers to words."""
    if name not in settings:
        raise ArtifactError(f"its table {name!r} is missing.")
    table = _json_object(settings.pop(name), f"its table {name!r}")
    by_number = name.startswith("index_")
    kind = str if name == "index_word" else int
    if not all(type(value) is kind for value in table.values()):
        raise ArtifactError(f"its table {name!r} must hold values of type {kind.__name__} only.")
    try:
        return {int(key): value for key, value in table.items()} if by_number else table
    except ValueError as error:
        raise ArtifactError(f"its table {name!r} must have numbers as keys.") from error


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


def _documents(texts: Any) -> Iterable[Any]:
    """Return something that yields the documents, whatever kind of collection they came in."""
    if isinstance(texts, str | bytes):
        raise ArgumentError(
            f"`texts` must be a list of documents. Received one {type(texts).__name__}, whose "
            f"characters would be taken for documents; write [text]."
        )
    if isinstance(texts, pa.Array | pa.ChunkedArray):
        return (document for chunk in _chunks(texts) for document in chunk.to_pylist())
    try:
        documents: Iterable[Any] = iter(texts)
    except TypeError:
        raise ArgumentError(
            f"`texts` must be a list of documents. Received: {texts!r} of type "
            f"{type(texts).__name__}."
        ) from None
    return documents


def _chunks(texts: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]


def _add(total: dict[str, int], more: Counter[str]) -> None:
    """Add counts to a table, new words last, in the order in which they were first seen."""
    for word, count in more.items():
        total[word] = total.get(word, 0) + count
