"""Word vectors on disk: word2vec's text (.txt, .vec, both also .gz) and binary (.bin) formats.

A file is not trusted: what its first line claims is checked against its size before anything is
allocated, and every value must be finite. Nothing is unpickled. These formats cannot hold a word
that is a space, which the analyzer "syllables" makes; it is written as SentencePiece writes it.
"""

from __future__ import annotations

import gzip
import string
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.word2vec.binary_format import FloatMatrix, read_binary, write_binary
from textseq.word2vec.lookup import WRITTEN_SPACE
from textseq.word2vec.text_format import read_text, write_text

_ASCII_SPACES = frozenset(string.whitespace)

SUFFIXES = (".bin", ".txt", ".vec", ".txt.gz", ".vec.gz")


def save(vectors: KeyedVectors, path: StrPath, *, force: bool = False) -> None:
    """Write vectors in the format that the file's extension names, in the order of their rows.

    Raises:
        ArgumentError: The extension is none of `SUFFIXES`, these formats cannot hold a word, or
            a value is not finite.
        OutputExistsError: The file exists and `force` is false.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq import word2vec
        >>> vectors = word2vec.train([["high", "enough"]], size=2, min_count=1)
        >>> path = Path(tempfile.mkdtemp()) / "vectors.txt"
        >>> word2vec.save(vectors, path)
        >>> path.read_text().split()[:2]
        ['2', '2']
    """
    suffix = format_of(path)
    words, matrix = _written_words(vectors), vectors.vectors
    if (row := _first_not_finite(matrix)) is not None:
        raise ArgumentError(
            f"The vector of {words[row]!r} holds values that are not finite, which nothing could "
            f"use; train with a lower learning rate."
        )
    with atomic_file(path, force=force) as temporary, temporary.open("wb") as file:
        if suffix == ".bin":
            write_binary(file, words, matrix)
        elif suffix.endswith(".gz"):
            # Without the time of day, equal vectors make equal files.
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                write_text(packed, words, matrix)  # type: ignore[arg-type]
        else:
            write_text(file, words, matrix)


def is_writable(word: str) -> bool:
    r"""Return whether word2vec's formats can hold a word.

    ASCII white space would end it; other white space, such as the U+0085 of IMDB's reviews, ends no
    word for any reader. A word that is one space, as among syllables, is written as U+2581.

    Example:
        >>> from textseq.word2vec import is_writable
        >>> [is_writable(word) for word in ("high", "", " ", "high enough", "high\x85", "\ud800")]
        [True, False, True, False, True, False]
    """
    if word == " ":
        return True
    try:
        return bool(word.encode()) and _ASCII_SPACES.isdisjoint(word)
    except UnicodeEncodeError:  # half a surrogate pair
        return False


def unwritable_ids(words: Mapping[int, str]) -> list[int]:
    """Return the ids of words that a file of all of them cannot hold."""
    # Files hold a space as a character that may itself be a word.
    refused = {" "} if WRITTEN_SPACE in words.values() else set()
    return [i for i, word in words.items() if word in refused or not is_writable(word)]


def _written_words(vectors: KeyedVectors) -> list[str]:
    """Return the words as files hold them."""
    words: list[str] = vectors.index_to_key
    if refused := unwritable_ids(dict(enumerate(words))):
        raise ArgumentError(
            f"The word {words[refused[0]]!r} is empty, or holds ASCII white space or half a "
            f"surrogate pair, which word2vec's formats cannot hold, or is a space beside the word "
            f"{WRITTEN_SPACE!r}, as which a space is written; leave it out."
        )
    return [WRITTEN_SPACE if word == " " else word for word in words]


def load(path: StrPath) -> KeyedVectors:
    """Read vectors that word2vec, gensim, fastText, GloVe or `save` wrote.

    Raises:
        ArgumentError: The extension is none of `SUFFIXES`.
        ArtifactError: The file is missing or is not what it should be; the message says where.

    Example:
        >>> from textseq import word2vec
        >>> word2vec.load("none.bin")
        Traceback (most recent call last):
        textseq.errors.ArtifactError: The vectors 'none.bin' cannot be read: No such file ...
    """
    read = read_binary if format_of(path) == ".bin" else read_text
    try:
        words, matrix = read(Path(path))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArtifactError(f"The vectors '{path}' cannot be read: {reason}.") from error
    index = dict(zip(words, range(len(words)), strict=True))
    if problem := _find_problem(words, index, matrix):
        raise ArtifactError(f"The vectors '{path}' hold {problem}.")
    # KeyedVectors.add_vectors would copy the matrix twice, and look up each word.
    vectors = KeyedVectors(matrix.shape[1], dtype=np.float32)
    vectors.index_to_key, vectors.key_to_index, vectors.vectors = words, index, matrix
    return vectors


def _find_problem(words: list[str], index: dict[str, int], matrix: FloatMatrix) -> str | None:
    """Return what makes vectors that could be read unusable."""
    if not words:
        return "no words"
    if "" in index:
        return f"an empty word, word {index[''] + 1:,}"
    if len(index) < len(words):
        row, word = next((row, word) for row, word in enumerate(words) if index[word] != row)
        places = f"words {row + 1:,} and {index[word] + 1:,}"
        return f"the word {word!r} twice, as {places}; leave one of them out"
    if (found := _first_not_finite(matrix)) is not None:
        return (
            f"values that are not finite (NaN, infinity, or too large for float32) in the vector "
            f"of {words[found]!r}, word {found + 1:,}"
        )
    return None


def _first_not_finite(matrix: FloatMatrix) -> int | None:
    """Return the first row that holds a NaN or an infinity."""
    finite = np.isfinite(matrix.max(axis=1)) & np.isfinite(matrix.min(axis=1))
    return None if finite.all() else int(finite.argmin())


def format_of(path: StrPath) -> str:
    """Return which of `SUFFIXES` a name ends in; call it before long work.

    Raises:
        ArgumentError: None of them.

    Example:
        >>> from textseq.word2vec.formats import format_of
        >>> format_of("vectors.txt.gz")
        '.txt.gz'
    """
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if Path(path).name.lower().endswith(suffix):
            return suffix
    raise ArgumentError(
        f"'{path}' does not say which format the vectors are in; expected a name that ends in "
        f"one of {', '.join(SUFFIXES)}."
    )
