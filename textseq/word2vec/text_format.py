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
from textseq.word2vec.binary_format import (
    LONGEST_LINE,
    FloatMatrix,
    Header,
    decode_word,
    duplicate_error,
    first_not_finite,
    not_finite_error,
    parse_header,
)

DEFLATE_LIMIT = 1032
"""Gzip cannot make data smaller than by this factor: https://zlib.net/zlib_tech.html."""

BLOCK = 1 << 23
"""Bytes of text that Arrow parses at a time; longer than the longest line."""

WIDEST = 10_000
"""Longest vectors for which Arrow, which makes a column of each place, is the faster reader."""

VALUES_AT_ONCE = 1 << 20
"""How many values are converted to text at a time."""


def read_text(path: Path) -> tuple[dict[str, int], FloatMatrix]:
    """Return the row of each word, in order, and the vectors: shape (words, size).

    Raises:
        ArtifactError: The file is damaged or something else; the message says which line.
        OSError, EOFError, zlib.error: It cannot be read or unpacked.
    """
    with _open(path) as file:
        first = file.readline(LONGEST_LINE)
        header = parse_header(first)
        line = file.readline(LONGEST_LINE) if header else first
    if header:
        packed = DEFLATE_LIMIT if path.suffix == ".gz" else 1
        # A word takes a character, and each value a digit and a space, at least.
        held = path.stat().st_size * packed
        header.check(path, held=held, smallest=header.size * 2 + 1)
    read = _read_fast(path, header, line)
    return read if read is not None else _read_by_line(path)


def _open(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _read_fast(
    path: Path, header: Header | None, line: bytes
) -> tuple[dict[str, int], FloatMatrix] | None:
    """Read a file whose lines are all like its first; None where anything is odd."""
    columns = line.rstrip(b"\r\n").count(b" ")
    trailing = int(line.rstrip(b"\r\n").endswith(b" "))  # word2vec and fastText write one
    size = columns - trailing
    if not 0 < size <= WIDEST or (header and header.size != size):
        return None
    index: dict[str, int] = {}
    matrix = np.empty((0, size), dtype=np.float32)
    rows = 0
    try:
        for batch in _batches(path, size, trailing, skipped=int(header is not None)):
            words = batch.column(0).to_pylist()
            rows += len(words)
            index.update(zip(words, range(rows - len(words), rows), strict=True))
            # Growing by realloc copies nothing where the array is large, and a file cannot make
            # it larger than what it holds.
            if rows > len(matrix):
                matrix.resize((max(rows, len(matrix) * 3 // 2), size), refcheck=False)
            part = matrix[rows - len(words) : rows]
            for column in range(size):
                part[:, column] = batch.column(column + 1).to_numpy()
            if any(batch.column(i).null_count for i in range(1 + size)):
                return None
            if first_not_finite(part) is not None:
                return None
            del part
    except (pa.ArrowException, OSError):
        return None
    matrix.resize((rows, size), refcheck=False)
    if not rows or len(index) != rows or (header and header.count != rows):
        return None
    return index, matrix


def _batches(path: Path, size: int, trailing: int, skipped: int) -> Iterator[pa.RecordBatch]:
    """Yield columns: the words, each place of the vectors, and a null one of trailing spaces."""
    names = [f"c{i}" for i in range(1 + size + trailing)]
    kinds = [pa.string(), *[pa.float32()] * size, *[pa.null()] * trailing]
    reader = csv.open_csv(
        pa.input_stream(str(path), compression="gzip" if path.suffix == ".gz" else None),
        read_options=csv.ReadOptions(block_size=BLOCK, skip_rows=skipped, column_names=names),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False, escape_char=False),
        convert_options=csv.ConvertOptions(
            column_types=dict(zip(names, kinds, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    with reader:
        yield from reader


def _read_by_line(path: Path) -> tuple[dict[str, int], FloatMatrix]:
    """Read a file a line at a time, and say what is wrong with the first bad one."""
    places: dict[str, int] = {}
    rows: list[FloatMatrix] = []
    header: Header | None = None
    with _open(path) as file:
        for line_number, line in _lines(file, path):
            if line_number == 1 and (header := parse_header(line)):
                continue
            raw, _, rest = line.strip(b"\r\n").partition(b" ")
            size = header.size if header else len(rows[0]) if rows else None
            row = _parse_row(rest, size, path, line_number)
            word = decode_word(raw, path, f"line {line_number:,}")
            if word in places:
                raise duplicate_error(word, path, f"lines {places[word]:,} and {line_number:,}")
            if not np.isfinite(row).all():
                raise not_finite_error(word, path, f"line {line_number:,}")
            places[word] = line_number
            rows.append(row)
    if header and header.count != len(rows):
        raise ArtifactError(
            f"The vectors '{path}' claim {header.count:,} words and hold {len(rows):,}; the file "
            f"is truncated or was changed."
        )
    matrix = np.stack(rows) if rows else np.empty((0, 1), np.float32)
    return dict(zip(places, range(len(rows)), strict=True)), matrix


def _lines(file: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield lines and their places from 1, except those that are empty."""
    place = 0
    while line := file.readline(LONGEST_LINE):
        place += 1
        if len(line) == LONGEST_LINE:
            raise ArtifactError(
                f"Line {place:,} of '{path}' is too long for a word's vector; expected fewer than "
                f"{LONGEST_LINE:,} bytes."
            )
        if line.strip():
            yield place, line


def _parse_row(rest: bytes, size: int | None, path: Path, line: int) -> FloatMatrix:
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinite
            row = np.array(rest.split(), dtype=np.float32)
    except ValueError as error:
        raise ArtifactError(
            f"Line {line:,} of '{path}' holds something other than a word and values (a word must "
            f"not hold spaces): {rest[:40]!r}."
        ) from error
    if not len(row) or (size is not None and len(row) != size):
        raise ArtifactError(
            f"Line {line:,} of '{path}' holds {len(row)} values, where {size or 'some'} are "
            f"expected (a word must not hold spaces)."
        )
    return row


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
