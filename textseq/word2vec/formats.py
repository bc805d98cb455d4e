"""Word vectors on disk: word2vec's text (.txt, .vec, both also .gz) and binary (.bin) formats.

Text:    a line "words size", then for each word a line "word number number ...".
Binary:  the same first line, then for each word its bytes, a space and `size` float32 numbers.
GloVe:   the text format without its first line; read, not written.

A file is not believed: what its first line claims is held against its size before anything is
allocated, and every number must be finite.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError, ArtifactError
from textseq.files import StrPath, atomic_file

Matrix = npt.NDArray[np.float32]

SUFFIXES = (".bin", ".txt", ".vec", ".txt.gz", ".vec.gz")
LONGEST_LINE = 1 << 20
"""Bytes: the longest line that is taken for a word and its vector."""


def save(vectors: KeyedVectors, path: StrPath, *, force: bool = False) -> None:
    """Write vectors in the format that the file's extension names.

    Raises:
        ArgumentError: The extension is none of `SUFFIXES`, or a word cannot stand in these formats.
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
    binary = format_of(path) == ".bin"
    for word in vectors.index_to_key:
        if not word or word != "".join(word.split()):
            raise ArgumentError(
                f"The word {word!r} is empty or holds white space, which word2vec's formats "
                f"cannot hold; leave it out, or tokenize so that no word has any."
            )
    with atomic_file(path, force=force) as temporary:
        vectors.save_word2vec_format(str(temporary), binary=binary)


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
    suffix = format_of(path)
    try:
        if suffix == ".bin":
            with Path(path).open("rb") as file:
                words, matrix = _read_binary(file, Path(path))
        else:
            with _opened(Path(path)) as file:
                words, matrix = _read_text(file, Path(path))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArtifactError(f"The vectors '{path}' cannot be read: {reason}.") from error
    _check_matrix(words, matrix, path)
    vectors = KeyedVectors(matrix.shape[1], dtype=np.float32)
    vectors.add_vectors(words, matrix)
    return vectors


def _opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _read_binary(file: BinaryIO, path: Path) -> tuple[list[str], Matrix]:
    """Read the binary format: words end with a space, and may begin with a line feed."""
    header = _header(file.readline(100))
    if header is None:
        raise ArtifactError(
            f"The vectors '{path}' do not begin with the line 'words size' of word2vec's format."
        )
    count, size = header
    data = file.read()
    # Each word takes a character, a space and its numbers, at the least.
    if count * (size * 4 + 2) > len(data) + 2:
        raise ArtifactError(
            f"The vectors '{path}' claim {count:,} words of {size:,} numbers, which "
            f"{len(data):,} bytes cannot hold; the file is cut short or is something else."
        )
    matrix = np.empty((count, size), dtype=np.float32)
    words = []
    place = 0
    for row in range(count):
        end = data.find(b" ", place)
        if end < 0 or end + 1 + size * 4 > len(data):
            raise ArtifactError(f"The vectors '{path}' are cut short in word {row + 1:,}.")
        words.append(_word(data[place:end].lstrip(b"\n"), path, f"word {row + 1:,}"))
        matrix[row] = np.frombuffer(data, "<f4", count=size, offset=end + 1)
        place = end + 1 + size * 4
    return words, matrix


def _read_text(file: BinaryIO, path: Path) -> tuple[list[str], Matrix]:
    """Read the text format, with its first line or without; rows grow as lines come."""
    words: list[str] = []
    rows: list[Matrix] = []
    claimed: tuple[int, int] | None = None
    for number, line in _lines(file, path):
        if number == 1 and (claimed := _header(line)):
            continue
        word, _, rest = line.rstrip().partition(b" ")
        size = claimed[1] if claimed else len(rows[0]) if rows else None
        rows.append(_numbers(rest, size, path, number))
        words.append(_word(word, path, f"line {number:,}"))
    if claimed and claimed[0] != len(words):
        raise ArtifactError(
            f"The vectors '{path}' claim {claimed[0]:,} words and hold {len(words):,}; the file "
            f"is cut short or was changed."
        )
    return words, np.stack(rows) if rows else np.empty((0, 1), np.float32)


def _lines(file: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise ArtifactError(f"Line {number:,} of '{path}' is too long for a word's vector.")
        yield number, line


def _header(line: bytes) -> tuple[int, int] | None:
    """Return the number of words and the size, where this is the line that says so."""
    parts = line.split()
    if len(parts) != 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        return None
    return int(parts[0]), int(parts[1])


def _numbers(rest: bytes, size: int | None, path: Path, line: int) -> Matrix:
    try:
        row = np.array(rest.split(), dtype=np.float32)
    except ValueError as error:
        raise ArtifactError(
            f"Line {line:,} of '{path}' holds something other than a word and numbers: "
            f"{rest[:40]!r}."
        ) from error
    if not len(row) or (size is not None and len(row) != size):
        raise ArtifactError(
            f"Line {line:,} of '{path}' holds {len(row)} numbers, where {size or 'some'} are "
            f"expected (a word must not hold spaces)."
        )
    return row


def _word(raw: bytes, path: Path, where: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactError(
            f"The word of {where} in '{path}' is not UTF-8: {raw[:40]!r}."
        ) from error


def _check_matrix(words: list[str], matrix: Matrix, path: StrPath) -> None:
    if not words:
        raise ArtifactError(f"The vectors '{path}' hold no words.")
    if len(set(words)) != len(words):
        seen: set[str] = set()
        twice = next(word for word in words if word in seen or seen.add(word))  # type: ignore[func-returns-value]
        raise ArtifactError(f"The word {twice!r} stands twice in the vectors '{path}'.")
    sound = np.isfinite(matrix).all(axis=1)
    if not sound.all():
        word = words[int(np.argmin(sound))]
        raise ArtifactError(
            f"The vector of {word!r} in '{path}' holds numbers that are not finite."
        )


def format_of(path: StrPath) -> str:
    """Return which of `SUFFIXES` a name ends in; call it before long work.

    Raises:
        ArgumentError: None of them.

    Example:
        >>> from textseq.word2vec.formats import format_of
        >>> format_of("vectors.txt.gz")
        '.txt.gz'
    """
    name = Path(path).name.lower()
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.endswith(suffix):
            return suffix
    raise ArgumentError(
        f"'{path}' does not say which format the vectors are in; expected a name that ends in "
        f"one of {', '.join(SUFFIXES)}."
    )
