"""What the readers of vectors share: the first line, rows in memory, and what is skipped.

A file is not trusted: its first line is checked against its size before anything is read, and
memory grows with what was read, not with what is claimed.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from textseq.errors import ArtifactError

logger = logging.getLogger(__name__)

FloatMatrix = npt.NDArray[np.float32]

LONGEST_LINE = 1 << 20
"""Bytes: no word with its vector is longer."""

DEFLATE_LIMIT = 1032
"""Gzip cannot make data smaller than by this factor: https://zlib.net/zlib_tech.html."""

ROWS_AT_ONCE = 1 << 14
"""How many vectors are moved or written at a time."""


def is_gzip(path: Path) -> bool:
    """Return whether a file is compressed, by its first bytes."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_vectors(path: Path) -> BinaryIO:
    """Open a file, and decompress it if it is gzip."""
    return cast("BinaryIO", gzip.open(path)) if is_gzip(path) else path.open("rb")


def size_limit(path: Path) -> int:
    """Return how many bytes a file can hold, at most, when it is decompressed."""
    return path.stat().st_size * (DEFLATE_LIMIT if is_gzip(path) else 1)


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

    @property
    def tolerance(self) -> int:
        """By how many words a published file may be wrong: fastText's lack a word or two."""
        return max(10, self.count // 100)

    def check(self, path: Path, *, held: int, smallest: int) -> None:
        """Refuse sizes that no vector has, and many more words than `held` bytes can hold.

        A word takes `smallest` bytes, or more.
        """
        if not 0 < self.size * 2 < LONGEST_LINE:
            raise self.error(path, f"; expected 1 to {LONGEST_LINE // 2 - 1:,} values in a vector")
        if (self.count - self.tolerance) * smallest > held:
            raise self.error(
                path, f", which {held:,} bytes cannot hold; the file is truncated or something else"
            )

    def check_count(self, path: Path, found: int, *, strict: bool) -> None:
        """Compare the words that were found with the claim; note a small difference."""
        difference = abs(self.count - found)
        if strict or difference > self.tolerance:
            problem = f" and hold {found:,} words; the file is truncated or was changed"
            repair = f"; if it is complete, correct its first line to '{found} {self.size}'"
            if difference:
                raise self.error(path, problem + repair)
        elif difference:
            logger.warning(
                "The vectors '%s' claim %s words in the first line and hold %s, which are read.",
                path, f"{self.count:,}", f"{found:,}",
            )  # fmt: skip

    def error(self, path: Path, problem: str) -> ArtifactError:
        """Return the error for a claim that the rest of the file contradicts."""
        claim = f"claim {self.count:,} words of {self.size:,} values"
        return ArtifactError(f"The vectors '{path}' {claim}{problem}.")


class Rows:
    """Words, as bytes, and their vectors: a matrix that grows."""

    def __init__(self, size: int) -> None:
        self.words: list[bytes] = []
        self._matrix: FloatMatrix = np.empty((0, size), np.float32)

    def append(self, words: Sequence[bytes], vectors: FloatMatrix) -> None:
        """Add words, and their vectors: shape (words, size)."""
        start = len(self.words)
        self.words += words
        # Growing by realloc copies nothing where the array is large.
        if len(self.words) > len(self._matrix):
            rows = max(len(self.words), len(self._matrix) * 3 // 2)
            self._matrix.resize((rows, self._matrix.shape[1]), refcheck=False)
        self._matrix[start : len(self.words)] = vectors

    def matrix(self) -> FloatMatrix:
        """Return all vectors: shape (words, size)."""
        self._matrix.resize((len(self.words), self._matrix.shape[1]), refcheck=False)
        return self._matrix


@dataclass
class Skipped:
    """Words of a file that cannot be used, by reason: how many, and where the first one is."""

    path: Path
    strict: bool = False  # whether to refuse the first one
    reasons: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """All of them."""
        return sum(count for count, _ in self.reasons.values())

    def add(self, reason: str, place: str) -> None:
        """Count a word, or refuse it."""
        if self.strict:
            raise ArtifactError(
                f"The vectors '{self.path}' hold a word that cannot be used, {place}: {reason}; "
                f"without --strict (strict=False) it is skipped."
            )
        count, first = self.reasons.get(reason, (0, place))
        self.reasons[reason] = count + 1, first

    def report(self, left: int) -> None:
        """Note what was skipped, if anything; refuse a file most of which cannot be used."""
        listed = ", ".join(f"{n:,} {why} ({first})" for why, (n, first) in self.reasons.items())
        if not left:
            found = f" that can be used: {listed}" if listed else ""
            raise ArtifactError(f"The vectors '{self.path}' hold no words{found}.")
        if self.count > left:
            raise ArtifactError(
                f"'{self.path}' holds more that cannot be used than vectors: {left:,} words that "
                f"can, and of the others {listed}."
            )
        if self.reasons:
            logger.warning(
                "The vectors '%s': %s skipped, and %s are read: %s; `textseq vectors` with "
                "--strict (load with strict=True) refuses such a file.",
                self.path, f"{self.count:,} word{' is' if self.count == 1 else 's are'}",
                f"{left:,}", listed,
            )  # fmt: skip


def usable(rows: Rows, skipped: Skipped) -> tuple[list[str], dict[str, int], FloatMatrix]:
    """Return the words that can be used, the row of each, and their vectors: (words, size)."""
    matrix = rows.matrix()
    finite = np.isfinite(matrix.max(axis=1, initial=0)) & np.isfinite(matrix.min(axis=1, initial=0))
    index: dict[str, int] = {}
    kept: list[int] = []
    for row, (raw, is_finite) in enumerate(zip(rows.words, finite.tolist(), strict=True)):
        try:
            word = raw.decode()
        except UnicodeDecodeError:
            skipped.add("not in UTF-8", f"word {row + 1:,}, {raw[:40]!r}")
            continue
        if word and is_finite and word not in index:
            index[word] = len(kept)
            kept.append(row)
        else:
            reason = "with values that are not finite" if not is_finite else "empty"
            reason = "repeated" if word in index else reason
            skipped.add(reason, f"word {row + 1:,}, {word[:40]!r}")
    if len(kept) < len(matrix):
        for start in range(0, len(kept), ROWS_AT_ONCE):  # in place, without a copy of the matrix
            part = kept[start : start + ROWS_AT_ONCE]
            matrix[start : start + len(part)] = matrix[part]
        matrix.resize((len(kept), matrix.shape[1]), refcheck=False)
    skipped.report(len(kept))
    return list(index), index, matrix
