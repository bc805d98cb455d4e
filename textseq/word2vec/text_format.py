"""Word2vec's text format: a line "words size", then for each word a line "word value value ...".

GloVe's is the same without its first line. The last values of a line are the vector, and what is
before them the word, which may hold spaces. A block whose lines are all alike is parsed by Arrow;
where it finds anything odd, the block is parsed again a line at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from textseq.compute.threads import ordered_map
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
"""Bytes of text that are parsed at a time."""

WIDEST = 10_000
"""Longest vectors for which Arrow, which makes a column of each place, is the faster reader."""

SAMPLED = 100
"""Lines that decide how many values a vector has, where no first line says so."""


def read_text(path: Path, skipped: Skipped) -> Rows:
    """Return the words, and their vectors."""
    with open_vectors(path) as file:
        first = file.readline(LONGEST_LINE)
        header = Header.parse(first)
        if header:
            # A word takes a character, and each value a digit and a space, at least.
            header.check(path, held=size_limit(path), smallest=header.size * 2 + 1)
        line = 2 if header else 1
        blocks = _blocks(file, path, b"" if header else first)
        start = next(blocks, b"")
        size = _vector_size(start, header, path)
        rows = Rows(size)
        parsed = ordered_map(
            lambda block: (block, _parse_fast(block, size)), chain([start], blocks)
        )
        for block, vectors in parsed:
            rows.append(*(vectors or _parse_lines(block, size, line, skipped)))
            line += block.count(b"\n")
    if header:
        header.check_count(path, len(rows.words) + skipped.count, strict=skipped.strict)
    return rows


def _blocks(file: BinaryIO, path: Path, rest: bytes) -> Iterator[bytes]:
    """Yield whole lines, many at a time; `rest` is what was read before."""
    while block := file.read(BLOCK):
        data = rest + block
        end = data.rfind(b"\n") + 1
        if len(data) - end >= LONGEST_LINE:
            break
        if end:
            yield data[:end]
        rest = data[end:]
    else:
        data, end = rest, 0
    if len(data) - end >= LONGEST_LINE:
        raise ArtifactError(
            f"'{path}' has a line of {LONGEST_LINE:,} bytes or more, which is too long; expected a "
            f"word and its values."
        )
    if data:
        yield data


def _vector_size(block: bytes, header: Header | None, path: Path) -> int:
    """Return how many numbers most of the first lines end in."""
    lines = [line for line in block.split(b"\n", SAMPLED)[:SAMPLED] if line.strip()]
    sizes = Counter(filter(None, map(_count_numbers, lines)))
    size = sizes.most_common(1)[0][0] if sizes else 0
    if header and lines and size != header.size:
        raise header.error(path, f", and their lines end in {size:,} numbers")
    if lines and not size:
        raise ArtifactError(
            f"The lines of '{path}' do not end in numbers; expected a word and its values. "
            f"Received: {lines[0][:40]!r}."
        )
    return size or (header.size if header else 1)


def _count_numbers(line: bytes) -> int:
    """Return how many numbers follow the word of a line."""
    fields = line.split()[1 - line[:1].isspace() :]
    for count, value in enumerate(reversed(fields)):
        try:
            float(value)
        except ValueError:
            return count
    return len(fields)


def _parse_fast(block: bytes, size: int) -> tuple[list[bytes], FloatMatrix] | None:
    """Parse a block whose lines are all like its first; None where one is not."""
    if size > WIDEST:
        return None
    trailing = block[: block.find(b"\n")].rstrip(b"\r").endswith(b" ")  # as fastText writes one
    names = [f"c{i}" for i in range(1 + size + trailing)]
    kinds = [pa.binary(), *[pa.float32()] * size, *[pa.null()] * trailing]
    try:
        table = csv.read_csv(
            pa.BufferReader(block),
            # Arrow's own threads may outlive the call, and then abort the process at its end.
            read_options=csv.ReadOptions(
                column_names=names, block_size=len(block) + 1, use_threads=False
            ),
            parse_options=csv.ParseOptions(delimiter=" ", quote_char=False, escape_char=False),
            convert_options=csv.ConvertOptions(
                column_types=dict(zip(names, kinds, strict=True)), null_values=[""]
            ),
        )
    except pa.ArrowException:
        return None
    if any(column.null_count for column in table.columns[1 : 1 + size]):
        return None
    matrix = np.empty((len(table), size), np.float32)
    for i in range(size):
        matrix[:, i] = table.column(i + 1).to_numpy()
    return table.column(0).to_pylist(), matrix


def _parse_lines(
    block: bytes, size: int, first: int, skipped: Skipped
) -> tuple[list[bytes], FloatMatrix]:
    """Parse a block, whose first line has a number, a line at a time; skip what is no vector."""
    words: list[bytes] = []
    rows: list[FloatMatrix] = []
    lines = block.split(b"\n")
    for number, line in enumerate(lines, start=first):
        fields = line.rsplit(None, size)
        if len(fields) == size and line[:1].isspace():
            fields.insert(0, b"")
        if len(fields) > size and (row := _parse_values(fields[1:])) is not None:
            words.append(fields[0].lstrip())
            rows.append(row)
        elif line is lines[-1] and fields:
            raise ArtifactError(
                f"'{skipped.path}' is truncated: line {number:,}, its last, has no line feed and "
                f"not {size:,} numbers. Received: {line[:40]!r}."
            )
        elif fields:
            skipped.add(f"without {size:,} numbers", f"line {number:,}, {line[:40]!r}")
    return words, np.stack(rows) if rows else np.empty((0, size), np.float32)


def _parse_values(values: list[bytes]) -> FloatMatrix | None:
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinite
            return np.array(values, dtype=np.float32)
    except ValueError:
        return None


def write_text(words: Sequence[str], rows: FloatMatrix) -> bytes:
    """Return words and their vectors, (words, size), in the fewest digits that keep them."""
    texts = pc.cast(pa.array(rows.reshape(-1)), pa.string())
    offsets = pa.array(np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1])
    vectors = pc.binary_join(pa.ListArray.from_arrays(offsets, texts), " ")
    lines = pc.binary_join_element_wise(pa.array(words), vectors, " ")
    return "\n".join([*lines.to_pylist(), ""]).encode()
