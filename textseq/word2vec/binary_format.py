"""Word2vec's binary format: a line "words size", then each word, a space and float32 values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from textseq.errors import ArtifactError
from textseq.word2vec.vector_file import (
    LONGEST_LINE,
    FloatMatrix,
    Header,
    Rows,
    Skipped,
    open_vectors,
    size_limit,
)

BLOCK = 1 << 24
"""Bytes that are read at a time; more than a word with its vector takes."""


def read_binary(path: Path, skipped: Skipped) -> Rows:
    """Return the words, and their vectors."""
    with open_vectors(path) as file:
        first = file.readline(LONGEST_LINE)
        header = Header.parse(first)
        if header is None:
            raise ArtifactError(
                f"The vectors '{path}' do not begin with the line 'words size' of word2vec's "
                f"format."
            )
        # Each word takes a character, a space and its values, at least.
        header.check(path, held=size_limit(path) - len(first), smallest=header.size * 4 + 2)
        rows = _read_rows(file, header, path)
    header.check_count(path, len(rows.words), strict=skipped.strict)
    return rows


def _read_rows(file: BinaryIO, header: Header, path: Path) -> Rows:
    """Read words and their vectors up to the end of the file."""
    rows, length = Rows(header.size), header.size * 4
    data = b""
    while block := file.read(BLOCK):
        data += block
        words: list[bytes] = []
        starts: list[int] = []
        place = 0
        while (space := data.find(b" ", place, place + LONGEST_LINE)) >= 0:
            if space + 1 + length > len(data):
                break
            # The original word2vec writes a line feed after each vector, gensim does not.
            words.append(data[place:space].lstrip(b"\n"))
            starts.append(space + 1)
            place = space + 1 + length
        rows.append(words, _gather_vectors(data, starts, header.size))
        data = data[place:]
        if len(data) > LONGEST_LINE + length:
            break  # no word is so long
    if data.strip(b"\n"):
        if len(rows.words) >= header.count:
            raise header.error(
                path, f" and go on for {len(data):,} bytes after them; the first line was changed"
            )
        raise ArtifactError(
            f"The vectors '{path}' are truncated in word {len(rows.words) + 1:,} of "
            f"{header.count:,}, or a word before it holds a space."
        )
    return rows


def _gather_vectors(data: bytes, starts: Sequence[int], size: int) -> FloatMatrix:
    """Return a matrix of the vectors that begin at `starts`, each copied as one item."""
    item = np.dtype((np.void, size * 4))
    windows = np.ndarray((max(0, len(data) - size * 4 + 1),), item, buffer=data, strides=(1,))
    matrix = windows[np.array(starts, np.int64)].view("<f4").reshape(len(starts), size)
    return matrix.astype(np.float32, copy=False)


def write_binary(words: Sequence[str], rows: FloatMatrix) -> bytes:
    """Return words and their vectors, little-endian, (words, size), as the file holds them."""
    pairs = zip(words, rows, strict=True)
    return b"".join(word.encode() + b" " + vector.tobytes() for word, vector in pairs)
