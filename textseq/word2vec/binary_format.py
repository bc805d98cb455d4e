"""Word2vec's binary format: a line "words size", then each word, a space and float32 values.

The first line is checked against the size of the file before anything is allocated; that check,
and the errors, serve the text format too.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from textseq.errors import ArtifactError

FloatMatrix = npt.NDArray[np.float32]

LONGEST_LINE = 1 << 20
"""Bytes: no word with its vector is longer."""

ROWS_AT_ONCE = 1 << 14
"""How many vectors are copied, checked and written at a time."""


@dataclass(frozen=True)
class Header:
    """The first line of a file, "words size": how much the file claims to hold."""

    count: int
    size: int

    def check(self, path: Path, *, held: int, smallest: int) -> None:
        """Refuse empty vectors, and more words of at least `smallest` bytes than `held` bytes."""
        claim = f"The vectors '{path}' claim {self.count:,} words of {self.size:,} values"
        if not self.size:
            raise ArtifactError(f"{claim}; expected 1 value or more in a vector.")
        if self.count * smallest > held:
            raise ArtifactError(
                f"{claim}, which {held:,} bytes cannot hold; the file is truncated or is something "
                f"else."
            )


def parse_header(line: bytes) -> Header | None:
    """Return what a first line claims, or None where it is not such a line."""
    parts = line.split()
    if len(parts) != 2 or not all(part.isdigit() and len(part) < 20 for part in parts):
        return None
    return Header(int(parts[0]), int(parts[1]))


def decode_word(raw: bytes, path: Path, where: str) -> str:
    """Return a word's text, which is in a place such as `"line 2"`."""
    if not raw:
        raise ArtifactError(f"The word of {where} in '{path}' is empty; expected a word.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactError(
            f"The word of {where} in '{path}' is not UTF-8: {raw[:40]!r}."
        ) from error


def duplicate_error(word: str, path: Path, where: str) -> ArtifactError:
    """Return the error for a word that a file holds twice, such as in `"lines 2 and 3"`."""
    return ArtifactError(
        f"The vectors '{path}' hold the word {word!r} twice, in {where}; leave one of them out."
    )


def not_finite_error(word: str, path: Path, where: str) -> ArtifactError:
    """Return the error for a vector that holds a NaN or an infinity."""
    return ArtifactError(
        f"The vector of {word!r}, {where} of '{path}', holds values that are not finite (NaN or "
        f"infinity, or too large for float32)."
    )


def read_binary(path: Path) -> tuple[dict[str, int], FloatMatrix]:
    """Return the row of each word, in order, and the vectors: shape (words, size).

    Raises:
        ArtifactError: The file is damaged or something else; the message says which word.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        first = file.readline(100)
        header = parse_header(first)
        if header is None or not first.endswith(b"\n"):
            raise ArtifactError(
                f"The vectors '{path}' do not begin with the line 'words size' of word2vec's "
                f"format."
            )
        # Each word takes a character, a space and its values, at least.
        held = path.stat().st_size - len(first)
        header.check(path, held=held, smallest=header.size * 4 + 2)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            index, starts = _find_words(data, len(first), header, path)
            matrix = _copy_vectors(data, starts, header.size)
    if (row := first_not_finite(matrix)) is not None:
        raise not_finite_error(list(index)[row], path, f"word {row + 1:,}")
    return index, matrix


def _find_words(
    data: mmap.mmap, place: int, header: Header, path: Path
) -> tuple[dict[str, int], npt.NDArray[np.int64]]:
    """Return the row of each word, and where its vector begins; words differ in length."""
    index: dict[str, int] = {}
    starts = np.empty(header.count, dtype=np.int64)
    step, end = header.size * 4 + 1, len(data)
    for row in range(header.count):
        space = data.find(b" ", place, place + LONGEST_LINE)
        if space < 0 or space + step > end:
            raise ArtifactError(
                f"The vectors '{path}' are truncated in word {row + 1:,} of {header.count:,}, or "
                f"a word before it holds a space."
            )
        # The original word2vec writes a line feed after each vector, gensim does not.
        word = decode_word(data[place:space].lstrip(b"\n"), path, f"word {row + 1:,}")
        earlier = index.setdefault(word, row)
        if earlier != row:
            raise duplicate_error(word, path, f"words {earlier + 1:,} and {row + 1:,}")
        starts[row] = space + 1
        place = space + step
    if rest := len(data[place : place + 2].lstrip(b"\n")) and end - place:
        raise ArtifactError(
            f"The vectors '{path}' claim {header.count:,} words of {header.size:,} values and go "
            f"on for {rest:,} bytes after them; the first line was changed."
        )
    return index, starts


def _copy_vectors(data: mmap.mmap, starts: npt.NDArray[np.int64], size: int) -> FloatMatrix:
    """Copy the vectors that begin at `starts` into a matrix, each as one item."""
    matrix = np.empty((len(starts), size), dtype="<f4")
    if len(starts):
        item = np.dtype((np.void, size * 4))
        windows = np.ndarray((len(data) - size * 4 + 1,), item, buffer=data, strides=(1,))
        items = matrix.view(item)[:, 0]
        for row in range(0, len(starts), ROWS_AT_ONCE):
            items[row : row + ROWS_AT_ONCE] = windows[starts[row : row + ROWS_AT_ONCE]]
        del windows, items  # else the file cannot be unmapped
    return matrix.astype(np.float32, copy=False)


def first_not_finite(matrix: FloatMatrix) -> int | None:
    """Return the first row that holds a NaN or an infinity, or None."""
    for row in range(0, len(matrix), ROWS_AT_ONCE):
        finite = np.isfinite(matrix[row : row + ROWS_AT_ONCE]).all(axis=1)
        if not finite.all():
            return row + int(np.argmin(finite))
    return None


def write_binary(file: BinaryIO, words: Sequence[str], matrix: FloatMatrix) -> None:
    """Write words and their vectors, shape (words, size)."""
    file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
    for row in range(0, len(words), ROWS_AT_ONCE):
        rows = np.ascontiguousarray(matrix[row : row + ROWS_AT_ONCE], dtype="<f4")
        some = words[row : row + ROWS_AT_ONCE]
        file.writelines(
            word.encode() + b" " + vector.tobytes() for word, vector in zip(some, rows, strict=True)
        )
