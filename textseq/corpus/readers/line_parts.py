"""Parts of a file of lines: about `PART_BYTES` each, from the beginning of a line to an end.

A part is found without the others: it begins at the first line after its nominal beginning. How
many rows come before it is counted only where a message needs it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pyarrow as pa

from textseq.corpus.readers.reader import Reader
from textseq.corpus.source import Source
from textseq.corpus.stream import HEAD, ByteStream

PART_BYTES = 1 << 25

_STEP = 1 << 16


class LinePartsReader(Reader):
    """A format with a row in each line, of which plain files of UTF-8 can be read in parts."""

    _span: tuple[int, int] | None = None  # what is read, in bytes; None for all

    def part_sizes(self) -> list[int]:
        """Return the bytes of each part, or of the file if it cannot be read in parts."""
        size = self._source.path.stat().st_size
        if not _has_parts(self._source):
            return [size]
        starts = range(0, size, PART_BYTES)
        return [min(PART_BYTES, size - start) for start in starts]

    def batches_of(self, parts: range) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some parts."""
        if not _has_parts(self._source):
            return super().batches_of(parts)
        reader = copy.copy(self)
        start, stop = (
            _line_start(self._source, at * PART_BYTES) for at in (parts.start, parts.stop)
        )
        reader._span = start, stop
        return reader.batches()

    def _open(self) -> ByteStream:
        """Return a stream of the lines to be read."""
        return self._source.open_lines(*self._span) if self._span else self._source.open()

    def _row_number(self, row: int) -> int:
        return row + _count_lines(self._source, self._span[0]) if self._span else row


def _has_parts(source: Source) -> bool:
    """Return whether lines can be found at any place of a file, and it is worth it."""
    if not source.is_plain_utf8 or source.path.stat().st_size <= PART_BYTES:
        return False
    with source.path.open("rb") as file:
        return b"\n" in file.read(HEAD)  # else a carriage return may end its lines


def _line_start(source: Source, place: int) -> int:
    """Return where the first line begins at `place` or after it; at the end, the file's size."""
    if place == 0:
        return 0
    with source.path.open("rb") as file:
        file.seek(place - 1)
        while (piece := file.readline(_STEP)) and not piece.endswith(b"\n"):
            pass
        return file.tell()


def _count_lines(source: Source, stop: int) -> int:
    """Return how many lines end before a place."""
    lines = 0
    with source.path.open("rb") as file:
        while stop > 0 and (block := file.read(min(_STEP, stop))):
            lines, stop = lines + block.count(b"\n"), stop - len(block)
    return lines
