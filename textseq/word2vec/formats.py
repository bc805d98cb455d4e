"""Word vectors on disk: word2vec's text (.txt, .vec, both also .gz) and binary (.bin) formats.

Published files are read as they are: words that cannot be used are skipped and counted. Nothing is
unpickled. These formats cannot hold a word that is a space, which the analyzer "syllables" makes;
it is written as SentencePiece writes it.
"""

from __future__ import annotations

import gzip
import re
import string
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.file_types import GIT_LFS
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.word2vec.binary_format import read_binary, write_binary
from textseq.word2vec.fasttext_format import MAGIC as FASTTEXT
from textseq.word2vec.fasttext_format import keyed_vectors, read_fasttext
from textseq.word2vec.lookup import WRITTEN_SPACE, warn_if_collapsed
from textseq.word2vec.text_format import read_text, write_text
from textseq.word2vec.vector_file import (
    LONGEST_LINE,
    FloatMatrix,
    Header,
    Skipped,
    open_vectors,
    usable,
)

_ASCII_SPACES = frozenset(string.whitespace)

_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1f]")

_TO_WORD2VEC = "in Python, write its vectors with save_word2vec_format('vectors.bin', binary=True)"

FOREIGN = {
    (
        b"\x80\x02",
        b"\x80\x03",
        b"\x80\x04",
        b"\x80\x05",
    ): "a pickle, as gensim's own `save` writes; "
    f"loading one can run code, so it is not loaded: {_TO_WORD2VEC}",
    (b"PK\x03\x04",): "a zip archive; unpack it, and give the file of vectors in it",
    (b"\x89HDF", b"\x93NUMPY"): f"an array, and not words and their vectors; {_TO_WORD2VEC}",
    (GIT_LFS.encode(),): "a Git LFS pointer and not the file itself; fetch that with "
    "`git lfs pull`",
    (b"<!", b"<html", b"<?xml"): "a web page and not word vectors; download the file itself",
}
"""How files of other formats begin, and what to do with them."""

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


def load(path: StrPath, *, strict: bool = False) -> KeyedVectors:
    """Read vectors that word2vec, gensim, fastText, GloVe or `save` wrote.

    The content decides the format. fastText's own `.bin` gives vectors that have one for any word,
    built from its n-grams.

    Args:
        path: The file, which may be compressed with gzip.
        strict: Whether to refuse a file with words that cannot be used: not in UTF-8, empty,
            repeated, or without finite values. They are skipped otherwise, and their number is
            logged as a warning.

    Raises:
        ArtifactError: The file is missing or is not what it should be; the message says where.

    Example:
        >>> from textseq import word2vec
        >>> word2vec.load("none.bin")
        Traceback (most recent call last):
        textseq.errors.ArtifactError: The vectors 'none.bin' cannot be read: No such file ...
    """
    path = Path(path)
    skipped = Skipped(path, strict)
    with wrap_read_errors(f"The vectors '{path}'"):
        kind = _detect_format(path)
        if kind == "fasttext":
            vectors = read_fasttext(path, skipped)
        else:
            rows = read_binary(path, skipped) if kind == "binary" else read_text(path, skipped)
            vectors = keyed_vectors(*usable(rows, skipped))
    warn_if_collapsed(vectors)
    return vectors


def _detect_format(path: Path) -> str:
    """Return "fasttext", "binary" or "text"; refuse what is known to be something else."""
    with open_vectors(path) as file:
        start = file.readline(LONGEST_LINE)
        header = Header.parse(start)
        lines = [file.readline(LONGEST_LINE) for _ in range(3)] if header else []
    if start.startswith(FASTTEXT):
        return "fasttext"
    for beginnings, problem in FOREIGN.items():
        if start.startswith(beginnings):
            raise ArtifactError(f"'{path}' is {problem}.")
    if header and any(_ends_in_numbers(line, header.size) for line in lines):
        return "text"
    # Lines of text whose numbers are wrong, or bytes that are no text.
    is_binary = path.name.lower().endswith((".bin", ".bin.gz"))
    return "binary" if is_binary or _CONTROLS.search(b"".join(lines)) else "text"


def _ends_in_numbers(line: bytes, count: int) -> bool:
    try:
        return len(list(map(float, line.split()[-count:]))) == count
    except ValueError:
        return False


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
