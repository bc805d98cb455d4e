"""Word2vec's binary format: a line "words size", then each word, a space and float32 numbers.

The file is mapped into memory and not copied. Words differ in length, so their places are found
one after another; all numbers are then gathered at once.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from textseq.errors import ArtifactError
from textseq.word2vec.headers import LONGEST_LINE, Header, check_alone, decoded, header_of
from textseq.word2vec.headers import not_finite as _not_finite

Matrix = npt.NDArray[np.float32]

ROWS_AT_ONCE = 1 << 14
"""How many vectors are gathered, checked and written at a time."""


def read_binary(path: Path) -> tuple[dict[str, int], Matrix]:
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
        header = header_of(first)
        if header is None or not first.endswith(b"\n"):
            raise ArtifactError(
                f"The vectors '{path}' do not begin with the line 'words size' of word2vec's "
                f"format."
            )
        # Each word takes a character, a space and its numbers, at the least.
        held = path.stat().st_size - len(first)
        header.check(path, held=held, smallest=header.size * 4 + 2)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            index, starts = _words(data, len(first), header, path)
            matrix = _gathered(data, starts, header.size)
    _check_finite(list(index), matrix, path)
    return index, matrix


def _words(
    data: mmap.mmap, place: int, header: Header, path: Path
) -> tuple[dict[str, int], npt.NDArray[np.int64]]:
    """Return the row of each word, and where its numbers begin."""
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
        word = decoded(raw, path, f"word {row + 1:,}")
        earlier = index.setdefault(word, row)
        if earlier != row:
            check_alone(word, earlier + 1, path, "word", row + 1)
        starts[row] = space + 1
        place = space + step
    if rest := len(data[place : place + 2].lstrip(b"\n")) and end - place:
        raise ArtifactError(
            f"The vectors '{path}' claim {header.count:,} words of {header.size:,} numbers and go "
            f"on for {rest:,} bytes after them; the first line was changed."
        )
    return index, starts


def _gathered(data: mmap.mmap, starts: npt.NDArray[np.int64], size: int) -> Matrix:
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


def _check_finite(words: list[str], matrix: Matrix, path: Path) -> None:
    if (row := first_not_finite(matrix)) is not None:
        raise _not_finite(words[row], path, f"word {row + 1:,}")


def first_not_finite(matrix: Matrix) -> int | None:
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


def write_binary(file: BinaryIO, words: Sequence[str], matrix: Matrix) -> None:
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
