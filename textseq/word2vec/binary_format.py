"""Word2vec's binary format: a line "words size", then each word, a space and float32 values.

The first line is checked against the size of the file before anything is allocated, here and in
the text format.
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
"""How many vectors are written at a time."""


@dataclass(frozen=True)
class Header:
    """The first line of a file, "words size": how much the file claims to hold."""

    count: int
    size: int

    @classmethod
    def parse(cls, line: bytes) -> Header | None:
        """Return what a first line claims, or None where it is not such a line."""
        parts = line.split()
        if len(parts) != 2 or not all(part.isdigit() and len(part) < 20 for part in parts):
            return None
        return cls(*map(int, parts))

    def check(self, path: Path, *, held: int, smallest: int) -> None:
        """Refuse empty vectors, and more words of at least `smallest` bytes than `held` bytes."""
        if not self.size:
            raise self.error(path, "; expected 1 value or more in a vector")
        if self.count * smallest > held:
            raise self.error(
                path, f", which {held:,} bytes cannot hold; the file is truncated or something else"
            )

    def error(self, path: Path, problem: str) -> ArtifactError:
        """Return the error for a claim that the rest of the file contradicts."""
        claim = f"claim {self.count:,} words of {self.size:,} values"
        return ArtifactError(f"The vectors '{path}' {claim}{problem}.")


def decode_word(raw: bytes, path: Path, where: str) -> str:
    """Return a word's text, which is in a place such as `"line 2"`."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactError(
            f"The word of {where} in '{path}' is not UTF-8: {raw[:40]!r}."
        ) from error


def read_binary(path: Path) -> tuple[list[str], FloatMatrix]:
    """Return the words, and their vectors: shape (words, size)."""
    with path.open("rb") as file:
        first = file.readline(LONGEST_LINE)
        header = Header.parse(first)
        if header is None:
            raise ArtifactError(
                f"The vectors '{path}' do not begin with the line 'words size' of word2vec's "
                f"format."
            )
        # Each word takes a character, a space and its values, at least.
        held = path.stat().st_size - len(first)
        header.check(path, held=held, smallest=header.size * 4 + 2)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            words, starts = _find_words(data, len(first), header, path)
            return words, _gather_vectors(data, starts, header.size)


def _find_words(
    data: mmap.mmap, place: int, header: Header, path: Path
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the words, which differ in length, and where their vectors begin."""
    words: list[str] = []
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
        words.append(decode_word(data[place:space].lstrip(b"\n"), path, f"word {row + 1:,}"))
        starts[row] = space + 1
        place = space + step
    if data[place : place + 2].lstrip(b"\n"):
        raise header.error(
            path, f" and go on for {end - place:,} bytes after them; the first line was changed"
        )
    return words, starts


def _gather_vectors(data: mmap.mmap, starts: npt.NDArray[np.int64], size: int) -> FloatMatrix:
    """Return a matrix of the vectors that begin at `starts`, each copied as one item."""
    item = np.dtype((np.void, size * 4))
    windows = np.ndarray((max(0, len(data) - size * 4 + 1),), item, buffer=data, strides=(1,))
    matrix = windows[starts].view("<f4").reshape(len(starts), size)
    return matrix.astype(np.float32, copy=False)


def write_binary(file: BinaryIO, words: Sequence[str], matrix: FloatMatrix) -> None:
    """Write words and their vectors, shape (words, size)."""
    file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
    for row in range(0, len(words), ROWS_AT_ONCE):
        rows = np.ascontiguousarray(matrix[row : row + ROWS_AT_ONCE], dtype="<f4")
        some = words[row : row + ROWS_AT_ONCE]
        file.writelines(
            word.encode() + b" " + vector.tobytes() for word, vector in zip(some, rows, strict=True)
        )
