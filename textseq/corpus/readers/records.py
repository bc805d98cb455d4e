"""Cut the bytes of a delimited table into blocks of whole records, which can be parsed one by one.

A record ends with a line feed outside of quotes. Quotes are read as Arrow's parser and Python's csv
module read them: one opens only at the beginning of a field, two inside are one character, and one
inside an unquoted field is a plain character.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from textseq.corpus.stream import ByteStream

LONGEST_ROW = 1 << 26  # bytes; a longer row is almost certainly a quote that is never closed

_QUOTE, _LINE_FEED = ord('"'), ord("\n")


class RecordError(Exception):
    """The record after those that were returned is wrong; the message says what about it."""


@dataclass(frozen=True)
class Dialect:
    """How the records of a table are written.

    Attributes:
        width: The number of fields, where a quoted field of several lines is to be refused if each
            of its lines could be a record of that width; else 0.
    """

    delimiter: str
    quoted: bool = True
    width: int = 0


def end_of_records(data: bytes, dialect: Dialect) -> int:
    """Return where the whole records of some bytes that begin with one end."""
    return _QuotedFields(data, dialect).end_of_records(len(data))


def problem_of_first(data: bytes, dialect: Dialect) -> str:
    """Return what is wrong with the quotes of the first record of some bytes, if anything."""
    end, problem = _QuotedFields(data, dialect).check(ended=True)
    return "" if end else problem


def whole_records(
    stream: ByteStream, dialect: Dialect, size: int, skip: int = 0
) -> Iterator[memoryview]:
    """Yield blocks of about `size` bytes that are whole records, each ended by a line feed.

    Args:
        stream: The table from its beginning.
        dialect: How its records are written.
        size: Bytes to read at a time; more for a record that is longer.
        skip: Bytes at the beginning that are no records.

    Raises:
        RecordError: The record after the blocks yielded so far is too long, or its quotes are
            wrong.
    """
    data, fresh, held = b"", list[bytes](), 0
    for piece in itertools.chain(stream.pieces(size), [b""]):
        ended = not piece
        fresh.append(piece)
        held += len(piece)
        if held < len(data) <= LONGEST_ROW - held and not ended:
            continue  # so that a long record is not looked through for each piece of it
        data = b"".join([data, *fresh])
        fresh, held = [], 0
        if len(data) < skip and not ended:
            continue
        if ended and data and not data.endswith(b"\n"):
            data += b"\n"
        data, skip = data[skip:], 0
        fields = _QuotedFields(data, dialect)
        end, problem = fields.check(ended=ended)
        if end:
            yield memoryview(data)[:end]
            data = data[end:]
        if not problem and len(data) > LONGEST_ROW:
            problem = f"is longer than {LONGEST_ROW >> 20} MiB"
            if fields.open:
                problem = f"has a quote that is not closed within {LONGEST_ROW >> 20} MiB"
        if problem:
            raise RecordError(problem)


class _QuotedFields:
    """The quoted fields of some bytes that begin with a record.

    Whether a byte is inside quotes is found without a loop. Only runs of an odd number of quotes
    change it, as pairs cancel out: at what may be the beginning of a field, after a delimiter or a
    line feed, a run opens a field if none is open and else closes it; elsewhere it closes the field
    if one is open. So after each run it is the number of the first kind since the last of the
    second kind that counts, modulo 2.
    """

    def __init__(self, data: bytes, dialect: Dialect) -> None:
        self._data, self._dialect = data, dialect
        self._opens = self._closes = np.zeros(0, np.int64)  # positions of quotes
        self.open = False  # whether the last field is open at the end
        if dialect.quoted and b'"' in data:
            self._find()

    def _find(self) -> None:
        octets = np.frombuffer(self._data, np.uint8)
        starts, sizes = _runs(np.flatnonzero(octets == _QUOTE))
        before = octets[starts - 1]
        at_field = (before == ord(self._dialect.delimiter)) | (before == _LINE_FEED) | (starts == 0)
        toggles = np.cumsum(at_field)
        last_reset = np.maximum.accumulate(np.where(at_field, 0, toggles))
        inside = ((toggles - last_reset) & 1).astype(bool)
        was_inside = np.concatenate([[False], inside[:-1]])
        self._opens = starts[inside & ~was_inside]
        closing = was_inside & ~inside
        self._closes = (starts + sizes - 1)[closing]
        self.open = len(self._opens) > len(self._closes)

    def check(self, *, ended: bool) -> tuple[int, str]:
        """Return where the whole and sound records end, and what is wrong with the next, if any."""
        end = self.end_of_records(len(self._data))
        for opened, closed in self._suspects():
            if closed < end and (problem := self._problem(opened, closed)):
                return self.end_of_records(opened), problem
        if ended and self.open:
            return end, "has a quote that is never closed"
        return end, ""

    def end_of_records(self, limit: int) -> int:
        """Return the position after the last line feed outside of quotes before a limit."""
        while (at := self._data.rfind(b"\n", 0, limit)) >= 0:
            i = int(np.searchsorted(self._opens, at)) - 1
            if i < 0 or (i < len(self._closes) and self._closes[i] < at):
                return at + 1
            limit = int(self._opens[i])
        return 0

    def _suspects(self) -> Iterator[tuple[int, int]]:
        """Yield the positions of the quotes around each field of several lines to be looked at."""
        opens, closes = self._opens[: len(self._closes)], self._closes
        octets = np.frombuffer(self._data, np.uint8)
        if self._dialect.width <= 1:  # only text after the last quote is wrong
            after = octets[np.minimum(closes + 1, len(octets) - 1)]
            wrong = (after != ord(self._dialect.delimiter)) & (after != _LINE_FEED)
            opens, closes = opens[wrong], closes[wrong]
        if len(closes):
            line_feeds = np.flatnonzero(octets == _LINE_FEED)
            longer = np.searchsorted(line_feeds, opens) < np.searchsorted(line_feeds, closes)
            yield from zip(opens[longer].tolist(), closes[longer].tolist(), strict=True)

    def _problem(self, opened: int, closed: int) -> str:
        """Return why the quotes around a field of several lines are plain characters, if so."""
        delimiter = self._dialect.delimiter.encode()
        if self._data[closed + 1 : closed + 2] not in (delimiter, b"\n"):
            return "has a quoted text that runs over several rows, with text after its last quote"
        if self._dialect.width > 1:
            start = self._data.rfind(b"\n", 0, opened) + 1
            lines = self._data[start : self._data.find(b"\n", closed)].split(b"\n")
            if all(line.count(delimiter) == self._dialect.width - 1 for line in lines):
                return (
                    "has a quoted text that runs over several rows, each of which could be one; "
                    "if it is one text, use --quoting minimal"
                )
        return ""


def _runs(quotes: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the starts and sizes of the runs of an odd number of positions."""
    firsts = np.flatnonzero(np.diff(quotes, prepend=-2) > 1)
    sizes = np.diff(firsts, append=len(quotes))
    odd = sizes % 2 == 1
    return quotes[firsts[odd]], sizes[odd]
