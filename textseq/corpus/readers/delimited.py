"""CSV and TSV: a header row, then rows of as many fields.

Arrow reads them. Two things are added: a row longer than a block, for which Arrow gives up, is
read again with a larger one; and every field is a string, so that `NA` and `007` stay as written.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from textseq.corpus.columns import choose_columns, not_decodable, sound_batch
from textseq.corpus.options import Options
from textseq.corpus.source import Source, no_text
from textseq.corpus.stream import HEAD
from textseq.errors import CorpusError

_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
_SHORTEST_BLOCK = 16  # bytes; Arrow takes a block of nothing but a line feed for the end
LONGEST_ROW = 1 << 26  # bytes; a longer one is all but surely a quote that nothing closes


class TableReader:
    """A CSV or TSV file with a header.

    With several columns blank lines are skipped, as the csv module does; with a single one a
    blank line is a row with an empty text.

    Args:
        source: Where it is.
        options: How to read it; all of them apply.
        delimiter: What stands between fields.
    """

    def __init__(self, source: Source, options: Options, delimiter: str) -> None:
        self._source = source
        self._block_size = max(options.block_size, _SHORTEST_BLOCK)
        self._delimiter = delimiter
        self._quoted = options.quoting == "minimal"
        head = source.head()
        self.columns, self._header_size = read_header(
            source.name, head, delimiter=delimiter, quoting=options.quoting
        )
        if len(head) == self._header_size:
            raise no_text(source.name)
        self._refuse_another_delimiter(options)
        self._chosen = choose_columns(source.name, self.columns, options)
        self.has_labels = self._chosen.label is not None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of sound rows for each block."""
        row = 1
        for raw in self._rows():
            arrays = {at: raw.column(str(at)) for at in self._chosen.places}
            self._refuse_swallowed_rows(arrays[self._chosen.text], row)
            yield sound_batch(self._chosen, arrays, range(row, row + len(raw)), self._place)
            row += len(raw)

    def _place(self, row: int) -> str:
        return f"Row {row} (the header not counted) of {self._source.name!r}"

    def _refuse_another_delimiter(self, options: Options) -> None:
        """Raise an error where a header of one column looks like several of another kind."""
        name = self.columns[0]
        other = next((mark for mark in ",\t;" if mark in name), None)
        if len(self.columns) == 1 and other and options.text_column is None:
            raise CorpusError(
                f"{self._source.name!r} has one column, {name!r}, whose name looks like several: "
                f"expected {self._delimiter!r} between columns. Received: {other!r}. Say --format "
                f"csv or --format tsv, or take it as it is with --text-column."
            )

    def _refuse_swallowed_rows(self, texts: pa.StringArray, first_row: int) -> None:
        """Raise an error where a quote seems to have been opened by accident.

        In TSV a quote is often a plain character. One that begins a text then makes it run on to
        the next such quote, over whole rows, and Arrow does not mind. Such a text has tabs and
        line feeds in it, which real TSV never has. In CSV commas and line feeds are common.
        """
        if self._delimiter != "\t" or not pc.any(pc.match_substring(texts, "\n")).as_py():
            return
        i = pc.index(pc.match_substring_regex(texts, r"\t[^\t\n]*\n"), value=True).as_py()
        if i >= 0:
            raise CorpusError(
                f"{self._place(first_row + i)} has a quoted text that runs over several rows. "
                f"{self._quoting_advice()}"
            )

    def _rows(self) -> Iterator[pa.RecordBatch]:
        """Yield the chosen columns, beginning again with larger blocks where a row needs one."""
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
                    raise self._too_long(done) from error
                block_size = min(block_size * 8, LONGEST_ROW)

    def _parsed(self, block_size: int) -> Iterator[pa.RecordBatch]:
        """Yield the chosen columns in blocks of one size; their names are their places."""
        with self._source.open() as stream:
            stream.read(self._header_size)
            try:
                yield from pyarrow.csv.open_csv(
                    pa.PythonFile(stream, mode="r"),
                    read_options=self._read_options(block_size),
                    parse_options=self._parse_options(),
                    convert_options=self._convert_options(),
                )
            except pa.ArrowInvalid as error:
                raise self._explained(str(error)) from error

    def _read_options(self, block_size: int) -> pyarrow.csv.ReadOptions:
        # Places, not names, since names may stand twice. One thread, so that rows are counted.
        places = [str(at) for at in range(len(self.columns))]
        return pyarrow.csv.ReadOptions(
            block_size=block_size, column_names=places, use_threads=False
        )

    def _parse_options(self) -> pyarrow.csv.ParseOptions:
        return pyarrow.csv.ParseOptions(
            delimiter=self._delimiter,
            quote_char='"' if self._quoted else False,
            newlines_in_values=self._quoted,
            ignore_empty_lines=len(self.columns) > 1,
        )

    def _convert_options(self) -> pyarrow.csv.ConvertOptions:
        places = [str(at) for at in self._chosen.places]
        return pyarrow.csv.ConvertOptions(
            include_columns=places,
            column_types=dict.fromkeys(places, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,  # sound_batch does, and knows the row
        )

    def _explained(self, message: str) -> Exception:
        """Return what Arrow says about a file as an error of ours.

        Its message is all there is: its handler of invalid rows fails on those not UTF-8.
        """
        if "straddl" in message:
            return _LongRowError()
        ragged = _RAGGED.search(message)
        if not ragged:
            return CorpusError(f"{self._source.name!r} cannot be read: {message}.")
        row, expected, received = ragged.groups()
        return CorpusError(
            f"{self._place(int(row))} has a wrong number of columns: expected {expected}. "
            f"Received: {received}. {self._quoting_advice()}"
        )

    def _too_long(self, done: int) -> CorpusError:
        if not self._source.again:
            return CorpusError(
                f"{self._place(done + 1)} or one soon after it is longer than a block, and a "
                f"stream cannot be read again; give a larger block_size, or let it spool."
            )
        return CorpusError(
            f"{self._place(done + 1)} or one soon after it is longer than "
            f"{LONGEST_ROW >> 20} MiB. {self._quoting_advice()}"
        )

    def _quoting_advice(self) -> str:
        if self._quoted:
            return "If quotes are plain characters in this file, say --quoting none."
        return "If fields are quoted in this file, say --quoting minimal."


class _LongRowError(Exception):
    """A row did not fit a block; a larger one may hold it."""


def read_header(name: str, head: bytes, *, delimiter: str, quoting: str) -> tuple[list[str], int]:
    r"""Return the column names at the beginning of a table, and how many bytes they take.

    Args:
        name: What the table is called in a message.
        head: Its first bytes, UTF-8.
        delimiter: What stands between names.
        quoting: "minimal" or "none".

    Raises:
        CorpusError: There is no header, or it is not UTF-8, or not one row.

    Example:
        >>> from textseq.corpus.readers.delimited import read_header
        >>> read_header("a.csv", b'id,"text, raw"\n1,hello\n', delimiter=",", quoting="minimal")
        (['id', 'text, raw'], 15)
    """
    text = head.decode("utf-8", "surrogateescape")
    read: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            read.append(line)
            yield line

    rows = csv.reader(
        lines(),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoting == "minimal" else csv.QUOTE_NONE,
    )
    try:
        names = next((row for row in rows if row), [])
    except csv.Error as error:
        raise CorpusError(f"The header of {name!r} cannot be read: {error}.") from error
    header = "".join(read)
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
