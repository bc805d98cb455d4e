"""Word vectors on disk: word2vec's text (.txt, .vec, both also .gz) and binary (.bin) formats.

Published files are read as they are, fastText's own .bin too: words that cannot be used are skipped
and counted. Nothing is unpickled. The formats that are written cannot hold a word that is a space,
which the analyzer "syllables" makes; it is written as SentencePiece writes it.
"""

from __future__ import annotations

import gzip
import itertools
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from textseq.compute.threads import ordered_map
from textseq.errors import ArgumentError, ArtifactError, require_extra
from textseq.files.atomic import atomic_file
from textseq.files.file_types import GIT_LFS
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.word2vec.binary_format import read_binary, write_binary
from textseq.word2vec.lookup import WRITTEN_SPACE, known_key, warn_if_collapsed
from textseq.word2vec.text_format import read_text, write_text
from textseq.word2vec.vector_file import (
    LONGEST_LINE,
    FloatMatrix,
    Header,
    Skipped,
    open_vectors,
    usable,
)

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

    from textseq.word2vec.lookup import Vectors

FASTTEXT = b"\xba\x16O/"
"""How fastText's own files begin."""

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

VALUES_AT_ONCE = 1 << 20
"""How many values are written at a time, on each thread."""

SUFFIXES = (".bin", ".txt", ".vec", ".txt.gz", ".vec.gz")


def save(
    vectors: Vectors, path: StrPath, *, words: Iterable[str] | None = None, force: bool = False
) -> None:
    """Write vectors in the format that the file's extension names.

    Args:
        vectors: The vectors. Those of fastText's own .bin are built a part at a time.
        path: The file.
        words: Which words, in their order, each once: of fastText's vectors also others than those
            trained on. None for all, in the order of their rows.
        force: Whether to replace a file.

    Raises:
        ArgumentError: The extension is none of `SUFFIXES`, these formats cannot hold a word, a
            value is not finite, or a word has no vector.
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
        >>> word2vec.save(vectors, path, words=["enough"], force=True)
        >>> path.read_text().split()[:3]
        ['1', '2', 'enough']
    """
    suffix = format_of(path)
    names = vectors.index_to_key if words is None else list(dict.fromkeys(words))
    if not names:
        raise ArgumentError("There are no words to write the vectors of.")
    _check_writable(names)
    step = max(1, VALUES_AT_ONCE // vectors.vector_size)
    write = write_binary if suffix == ".bin" else write_text

    def encode(start: int) -> bytes:
        some = names[start : start + step]
        rows = vectors.vectors[start : start + step] if words is None else _rows(vectors, some)
        _check_finite(some, rows)
        written = [WRITTEN_SPACE if word == " " else word for word in some]
        return write(written, np.ascontiguousarray(rows, dtype="<f4"))

    header = f"{len(names)} {vectors.vector_size}\n".encode()
    blocks = itertools.chain([header], ordered_map(encode, range(0, len(names), step)))
    with atomic_file(path, force=force) as temporary, temporary.open("wb") as file:
        if suffix.endswith(".gz"):
            # Without the time of day, equal vectors make equal files.
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                packed.writelines(blocks)
        else:
            file.writelines(blocks)


def _rows(vectors: Vectors, words: Sequence[str]) -> FloatMatrix:
    """Return the vectors of words: shape (words, size)."""
    try:
        rows: FloatMatrix = vectors[words]
    except KeyError:  # of a space, which has another name, or a word that has none
        rows = vectors[[known_key(vectors, word) for word in words]]
    return rows


def _check_finite(words: Sequence[str], rows: FloatMatrix) -> None:
    """Refuse vectors that hold a NaN or an infinity."""
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise ArgumentError(
            f"The vector of {words[int(finite.argmin())]!r} holds values that are not finite, "
            f"which nothing could use; train with a lower learning rate."
        )


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


def _check_writable(words: Sequence[str]) -> None:
    """Refuse words that these formats cannot hold."""
    refused = next((word for word in words if not is_writable(word)), None)
    if refused is None and " " in words and WRITTEN_SPACE in words:
        refused = " "
    if refused is not None:
        raise ArgumentError(
            f"The word {refused!r} is empty, or holds ASCII white space or half a surrogate pair, "
            f"which word2vec's formats cannot hold, or is a space beside the word "
            f"{WRITTEN_SPACE!r}, as which a space is written; leave it out."
        )


def load(path: StrPath, *, strict: bool = False) -> Vectors:
    """Read vectors that word2vec, gensim, fastText, GloVe or `save` wrote.

    The content decides the format. fastText's own `.bin` is opened in place, and gives
    `FastTextVectors`, which have a vector for nearly any word, built from its n-grams; the others
    give gensim's `KeyedVectors`.

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
    with wrap_read_errors(f"The vectors '{path}'"):
        kind = _detect_format(path)
        if kind == "fasttext":
            from textseq.word2vec.fasttext_format import open_fasttext

            return open_fasttext(path, strict=strict)
        require_extra("gensim", "Reading word vectors, but for fastText's own .bin,")
        skipped = Skipped(path, strict)
        rows = read_binary(path, skipped) if kind == "binary" else read_text(path, skipped)
        vectors = _keyed_vectors(*usable(rows, skipped))
    warn_if_collapsed(vectors)
    return vectors


def _keyed_vectors(words: list[str], index: dict[str, int], matrix: FloatMatrix) -> KeyedVectors:
    """Return gensim's vectors of these words; `add_vectors` would copy the matrix twice."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(matrix.shape[1], dtype=np.float32)
    vectors.index_to_key, vectors.key_to_index, vectors.vectors = words, index, matrix
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
