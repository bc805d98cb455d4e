"""CSV and TSV: a header, then rows with the same number of fields.

Arrow parses them. A row longer than a block, which Arrow refuses, is read again with a larger one.
Every field is read as a string, so that `NA` and `007` stay as written.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from textseq.corpus.columns import LABEL_NAMES, TEXT_NAMES, checked_batch, not_decodable
from textseq.corpus.readers.reader import Options, Reader
from textseq.corpus.source import Source
from textseq.corpus.stream import HEAD, no_text
from textseq.errors import CorpusError

_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
_SHORTEST_BLOCK = 16  # bytes; Arrow stops at a block that holds only a line feed
LONGEST_ROW = 1 << 26  # bytes; a longer row is almost certainly a quote that is never closed


class TableReader(Reader):
    """A file of delimited fields with a header.

    With several columns blank lines are skipped, as the csv module does; with a single one a
    blank line is a row with an empty text.
    """

    delimiter: ClassVar[str]

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        self._block_size = max(options.block_size, _SHORTEST_BLOCK)
        self._quoted = options.quoting == "minimal"
        self._advice = (
            "If quotes are plain characters in this file, use --quoting none."
            if self._quoted
            else "If fields are quoted in this file, use --quoting minimal."
        )
        head = source.head()
        columns, self._header_size = _read_header(
            source.name, head, delimiter=self.delimiter, quoted=self._quoted
        )
        if len(head) == self._header_size:
            raise no_text(source.name)
        other = next((mark for mark in ",\t;" if mark in columns[0]), None)
        if len(columns) == 1 and other and options.text_column is None:
            raise CorpusError(
                f"{source.name!r} has one column, {columns[0]!r}, whose name looks like several: "
                f"expected {self.delimiter!r} between columns. Received: {other!r}. Choose "
                f"--format csv or --format tsv, or name the one column with --text-column."
            )
        self._choose(columns, options)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of checked rows for each block."""
        row = 1
        for raw in self._rows():
            arrays = {at: raw.column(str(at)) for at in self._chosen.places}
            self._refuse_swallowed_rows(arrays[self._chosen.text], row)
            yield checked_batch(self._chosen, arrays, range(row, row + len(raw)), self._place)
            row += len(raw)

    def _place(self, row: int) -> str:
        return f"Row {row} (the header not counted) of {self._source.name!r}"

    def _refuse_swallowed_rows(self, texts: pa.StringArray, first_row: int) -> None:
        """Raise an error where a quote that is a plain character has joined several rows.

        In TSV a quote is often a plain character. One that begins a text then joins all up to the
        next such quote into one text, without an error from Arrow. Such a text holds tabs and line
        feeds, which TSV texts do not; in CSV commas and line feeds in texts are common.
        """
        if self.delimiter != "\t" or not pc.any(pc.match_substring(texts, "\n")).as_py():
            return
        i = pc.index(pc.match_substring_regex(texts, r"\t[^\t\n]*\n"), value=True).as_py()
        if i >= 0:
            raise CorpusError(
                f"{self._place(first_row + i)} has a quoted text that runs over several rows. "
                f"{self._advice}"
            )

    def _rows(self) -> Iterator[pa.RecordBatch]:
        """Yield the chosen columns, starting again with larger blocks for a row that needs one."""
        done = 0
        block_size = self._block_size
        while True:
            skip = done
            try:
                for batch in self._parsed(block_size):
                    fresh = batch.slice(min(skip, len(batch)))
                    skip -= len(batch) - len(fresh)
                    done += len(fresh)
                    yield fresh
                return
            except _LongRowError as error:
                if block_size >= LONGEST_ROW or not self._source.again:
                    problem = f"{LONGEST_ROW >> 20} MiB. {self._advice}"
                    if not self._source.again:
                        problem = (
                            "a block, and a stream cannot be read again; give a larger "
                            "block_size, or let it spool."
                        )
                    raise CorpusError(
                        f"{self._place(done + 1)} or one soon after it is longer than {problem}"
                    ) from error
                block_size = min(block_size * 8, LONGEST_ROW)

    def _parsed(self, block_size: int) -> Iterator[pa.RecordBatch]:
        """Yield the chosen columns in blocks of one size, named by their positions."""
        # Positions, since names may occur twice. One thread, so that rows are in order.
        positions = [str(at) for at in range(len(self.columns))]
        chosen = [str(at) for at in self._chosen.places]
        read_options = pyarrow.csv.ReadOptions(
            block_size=block_size, column_names=positions, use_threads=False
        )
        parse_options = pyarrow.csv.ParseOptions(
            delimiter=self.delimiter,
            quote_char='"' if self._quoted else False,
            newlines_in_values=self._quoted,
            ignore_empty_lines=len(positions) > 1,
        )
        convert_options = pyarrow.csv.ConvertOptions(
            include_columns=chosen,
            column_types=dict.fromkeys(chosen, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,  # checked_batch does, and knows the row
        )
        with self._source.open() as stream:
            stream.read(self._header_size)
            file = pa.PythonFile(stream, mode="r")
            try:
                yield from pyarrow.csv.open_csv(file, read_options, parse_options, convert_options)
            except pa.ArrowInvalid as error:
                raise self._explained(str(error)) from error

    def _explained(self, message: str) -> Exception:
        """Return the error for a message of Arrow's.

        Only the message says what is wrong: Arrow's handler of invalid rows fails on rows that are
        not UTF-8.
        """
        if "straddl" in message:
            return _LongRowError()
        ragged = _RAGGED.search(message)
        if not ragged:
            return CorpusError(f"{self._source.name!r} cannot be read: {message}.")
        row, expected, received = ragged.groups()
        return CorpusError(
            f"{self._place(int(row))} has a wrong number of columns: expected {expected}. "
            f"Received: {received}. {self._advice}"
        )


class CsvReader(TableReader):
    """Comma-separated values, RFC 4180."""

    extensions = (".csv",)
    delimiter = ","


class TsvReader(TableReader):
    """Tab-separated values."""

    extensions = (".tsv", ".tab")
    delimiter = "\t"

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:
        """Return whether a `.txt` file begins with a header, as the Naver movie reviews do.

        That is a first line with tabs, and among its cells a usual name of a text column and one
        of a label column, such as `id document label`.
        """
        first = head.decode("utf-8", "replace").split("\n")[0]
        cells = {cell.strip().casefold() for cell in first.split("\t")}
        is_header = cells.intersection(TEXT_NAMES) and cells.intersection(LABEL_NAMES)
        return bool(is_header) and ".txt" in PurePath(name.lower()).suffixes


class _LongRowError(Exception):
    """A row does not fit into a block; it may fit into a larger one."""


def _read_header(name: str, head: bytes, *, delimiter: str, quoted: bool) -> tuple[list[str], int]:
    """Return the column names at the beginning of a table, and the size of the header in bytes."""
    lines = list(io.StringIO(head.decode("utf-8", "surrogateescape"), newline=""))
    rows = csv.reader(
        lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    )
    try:
        names = next((row for row in rows if row), [])
    except csv.Error as error:
        raise CorpusError(f"The header of {name!r} cannot be read: {error}.") from error
    header = "".join(lines[: rows.line_num])
    size = len(header.encode("utf-8", "surrogateescape"))
    if not names:
        raise no_text(name)
    if size >= HEAD and not header.endswith(("\n", "\r")):
        raise CorpusError(
            f"{name!r} has no header in its first {HEAD >> 10} KiB, where a row of column names "
            f"was expected; a file without one can be read as --format text."
        )
    if not "".join(names).isprintable() and any("\udc80" <= c <= "\udcff" for c in header):
        raise not_decodable(f"The header of {name!r}")
    return names, size
