"""Word2vec's text format: a line "words size", then for each word a line "word value value ...".

GloVe's is the same without its first line. A sound file is read a block at a time by Arrow, which
parses them on several threads. Where Arrow finds anything odd, the file is read again a line at
a time, to accept it after all (two spaces between values), or to say which line is wrong and why.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from textseq.errors import ArtifactError
from textseq.word2vec.binary_format import LONGEST_LINE, FloatMatrix, Header, decode_word

DEFLATE_LIMIT = 1032
"""Gzip cannot make data smaller than by this factor: https://zlib.net/zlib_tech.html."""

BLOCK = 1 << 23
"""Bytes of text that Arrow parses at a time; longer than the longest line."""

WIDEST = 10_000
"""Longest vectors for which Arrow, which makes a column of each place, is the faster reader."""

VALUES_AT_ONCE = 1 << 20
"""How many values are converted to text at a time."""


def read_text(path: Path) -> tuple[list[str], FloatMatrix]:
    """Return the words, and their vectors: shape (words, size)."""
    with _open(path) as file:
        first = file.readline(LONGEST_LINE)
        header = Header.parse(first)
        line = file.readline(LONGEST_LINE) if header else first
    if header:
        # A word takes a character, and each value a digit and a space, at least.
        held = path.stat().st_size * (DEFLATE_LIMIT if path.suffix == ".gz" else 1)
        header.check(path, held=held, smallest=header.size * 2 + 1)
    words, matrix = _read_fast(path, header, line) or _read_by_line(path, header)
    if header and header.count != len(words):
        raise header.error(
            path, f" and hold {len(words):,} words; the file is truncated or was changed"
        )
    return words, matrix


def _open(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _read_fast(
    path: Path, header: Header | None, line: bytes
) -> tuple[list[str], FloatMatrix] | None:
    """Read a file whose lines are all like `line`, its first; None where one is not."""
    line = line.rstrip(b"\r\n")
    trailing = int(line.endswith(b" "))  # word2vec and fastText write one
    size = line.count(b" ") - trailing
    if not 0 < size <= WIDEST or (header and header.size != size):
        return None
    words: list[str] = []
    matrix = np.empty((0, size), dtype=np.float32)
    try:
        for batch in _batches(path, size, trailing, skipped=int(header is not None)):
            start = len(words)
            words += batch.column(0).to_pylist()
            # Growing by realloc copies nothing where the array is large, and a file cannot make
            # it larger than what it holds.
            if len(words) > len(matrix):
                matrix.resize((max(len(words), len(matrix) * 3 // 2), size), refcheck=False)
            for column in range(size):  # a missing value is an error here
                matrix[start : len(words), column] = batch.column(column + 1).to_numpy()
    except (pa.ArrowException, OSError):
        return None
    matrix.resize((len(words), size), refcheck=False)
    return words, matrix


def _batches(path: Path, size: int, trailing: int, skipped: int) -> Iterator[pa.RecordBatch]:
    """Yield columns: the words, each place of the vectors, and a null one of trailing spaces."""
    names = [f"c{i}" for i in range(1 + size + trailing)]
    kinds = [pa.string(), *[pa.float32()] * size, *[pa.null()] * trailing]
    reader = csv.open_csv(
        pa.input_stream(str(path), compression="gzip" if path.suffix == ".gz" else None),
        read_options=csv.ReadOptions(block_size=BLOCK, skip_rows=skipped, column_names=names),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False, escape_char=False),
        convert_options=csv.ConvertOptions(
            column_types=dict(zip(names, kinds, strict=True)), null_values=[""]
        ),
    )
    with reader:
        yield from reader


def _read_by_line(path: Path, header: Header | None) -> tuple[list[str], FloatMatrix]:
    """Read a file a line at a time, and say what is wrong with the first bad one."""
    words: list[str] = []
    rows: list[FloatMatrix] = []
    size = header.size if header else None
    with _open(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
            if len(line) == LONGEST_LINE:
                raise _line_error(path, number, "is too long")
            if not line.strip() or (header and number == 1):
                continue
            word, _, values = line.strip(b"\r\n").partition(b" ")
            rows.append(_parse_values(values, size, path, number))
            words.append(decode_word(word, path, f"line {number:,}"))
            size = len(rows[-1])
    return words, np.stack(rows) if rows else np.empty((0, 1), np.float32)


def _parse_values(values: bytes, size: int | None, path: Path, line: int) -> FloatMatrix:
    """Return the values of a line; None for `size` allows any number of them but none."""
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinite
            row = np.array(values.split(), dtype=np.float32)
    except ValueError as error:
        raise _line_error(
            path, line, f"holds something other than values: {values[:40]!r}"
        ) from error
    if not len(row) or (size and len(row) != size):
        raise _line_error(path, line, f"holds {len(row)} values, where {size or 'some'} are due")
    return row


def _line_error(path: Path, line: int, problem: str) -> ArtifactError:
    return ArtifactError(
        f"Line {line:,} of '{path}' {problem}; expected a word without spaces, and its values."
    )


def write_text(file: BinaryIO, words: Sequence[str], matrix: FloatMatrix) -> None:
    """Write words and their vectors, shape (words, size), in the fewest digits that keep them."""
    size = matrix.shape[1]
    file.write(f"{len(words)} {size}\n".encode())
    step = max(1, VALUES_AT_ONCE // size)
    for row in range(0, len(words), step):
        rows = np.ascontiguousarray(matrix[row : row + step], dtype=np.float32)
        texts = pc.cast(pa.array(rows.reshape(-1)), pa.string())
        offsets = pa.array(np.arange(len(rows) + 1, dtype=np.int32) * size)
        vectors = pc.binary_join(pa.ListArray.from_arrays(offsets, texts), " ")
        lines = pc.binary_join_element_wise(pa.array(words[row : row + step]), vectors, " ")
        file.write("\n".join([*lines.to_pylist(), ""]).encode())
