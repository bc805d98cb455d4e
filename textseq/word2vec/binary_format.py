"""Word2vec's binary format: a line "words size", then each word, a space and float32 values.

The file is mapped into memory and not copied. Words differ in length, so their places are found
one after another; all vectors are then copied at once. The first line is checked against the size
of the file before anything is allocated; that check, and the errors, serve the text format too.
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

LONGEST_LINE = 1 << 20
"""Bytes: no word with its vector is longer."""

DEFLATE_LIMIT = 1032
"""Gzip cannot make data smaller than by this factor: https://zlib.net/zlib_tech.html."""

ROWS_AT_ONCE = 1 << 14
"""How many vectors are copied, checked and written at a time."""


@dataclass(frozen=True)
class Header:
    """The first line of a file, "words size": what the file claims to hold.

    Args:
        count: Words.
        size: Length of each vector.
    """

    count: int
    size: int

    def check(self, path: Path, *, held: int, smallest: int) -> None:
        """Refuse a claim that the file is too small for, before anything is allocated.

        Args:
            path: The file.
            held: Bytes that it holds, or could hold when it is unpacked.
            smallest: The fewest bytes that a word and its vector take.

        Raises:
            ArtifactError: It claims more than it can hold, or empty vectors.

        Example:
            >>> from textseq.word2vec.binary_format import Header
            >>> Header(2**31, 300).check(Path("v.bin"), held=60, smallest=1202)
            Traceback (most recent call last):
            textseq.errors.ArtifactError: The vectors 'v.bin' claim 2,147,483,648 words of 300 ...
        """
        if not self.size:
            raise ArtifactError(
                f"The vectors '{path}' claim {self.count:,} words of 0 values; expected 1 value "
                f"or more in a vector."
            )
        if self.count * smallest > held:
            raise ArtifactError(
                f"The vectors '{path}' claim {self.count:,} words of {self.size:,} values, which "
                f"{held:,} bytes cannot hold; the file is cut short or is something else."
            )


def parse_header(line: bytes) -> Header | None:
    r"""Return what a first line claims, or None where it is not such a line.

    Example:
        >>> from textseq.word2vec.binary_format import parse_header
        >>> parse_header(b"400000 100\n"), parse_header(b"the 0.1 0.2\n")
        (Header(count=400000, size=100), None)
    """
    parts = line.split()
    if len(parts) != 2 or not all(part.isdigit() and len(part) < 20 for part in parts):
        return None
    return Header(int(parts[0]), int(parts[1]))


def decode_word(raw: bytes, path: Path, where: str) -> str:
    """Return a word's text.

    Args:
        raw: Its bytes.
        path: The file.
        where: Its place in the file, such as `"line 2"`.

    Raises:
        ArtifactError: It is empty, or not UTF-8.
    """
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


def read_binary(path: Path) -> tuple[dict[str, int], npt.NDArray[np.float32]]:
    """Read a file, and check it.

    Returns:
        The row of each word, in order; and the vectors: float32, shape (words, size).

    Raises:
        ArtifactError: The file is not what it should be; the message says which word.
        OSError: It cannot be read.

    Example:
        >>> import io, tempfile
        >>> from textseq.word2vec.binary_format import read_binary, write_binary
        >>> path = Path(tempfile.mkdtemp()) / "v.bin"
        >>> with path.open("wb") as file:
        ...     write_binary(file, ["high", "enough"], np.eye(2, dtype=np.float32))
        >>> read_binary(path)
        ({'high': 0, 'enough': 1}, array([[1., 0.], [0., 1.]], dtype=float32))
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
    """Return the row of each word, and where its vector begins."""
    index: dict[str, int] = {}
    starts = np.empty(header.count, dtype=np.int64)
    step, end = header.size * 4 + 1, len(data)
    for row in range(header.count):
        space = data.find(b" ", place, place + LONGEST_LINE)
        if space < 0 or space + step > end:
            raise ArtifactError(
                f"The vectors '{path}' are cut short in word {row + 1:,} of {header.count:,}, or "
                f"a word before it holds a space."
            )
        # The original word2vec writes a line feed after each vector, gensim does not.
        raw = data[place:space].lstrip(b"\n")
        word = decode_word(raw, path, f"word {row + 1:,}")
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


def _copy_vectors(
    data: mmap.mmap, starts: npt.NDArray[np.int64], size: int
) -> npt.NDArray[np.float32]:
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


def first_not_finite(matrix: npt.NDArray[np.float32]) -> int | None:
    """Return the first row that holds a NaN or an infinity, or None.

    Example:
        >>> from textseq.word2vec.binary_format import first_not_finite
        >>> first_not_finite(np.array([[0, 1], [np.nan, 1]], dtype=np.float32))
        1
    """
    for row in range(0, len(matrix), ROWS_AT_ONCE):
        sound = np.isfinite(matrix[row : row + ROWS_AT_ONCE]).all(axis=1)
        if not sound.all():
            return row + int(np.argmin(sound))
    return None


def write_binary(file: BinaryIO, words: Sequence[str], matrix: npt.NDArray[np.float32]) -> None:
    r"""Write words and their vectors, shape (words, size).

    Example:
        >>> import io
        >>> from textseq.word2vec.binary_format import write_binary
        >>> file = io.BytesIO()
        >>> write_binary(file, ["high"], np.ones((1, 1), dtype=np.float32))
        >>> file.getvalue()
        b'1 1\nhigh \x00\x00\x80?'
    """
    file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
    for row in range(0, len(words), ROWS_AT_ONCE):
        rows = np.ascontiguousarray(matrix[row : row + ROWS_AT_ONCE], dtype="<f4")
        some = words[row : row + ROWS_AT_ONCE]
        file.writelines(
            word.encode() + b" " + vector.tobytes() for word, vector in zip(some, rows, strict=True)
        )
