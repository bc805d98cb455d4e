"""CSV and TSV: rows with the same number of fields, below a header or without one.

The file is cut into blocks of whole rows, each of which Arrow parses alone. Every field is read as
a string, so that `NA` and `007` stay as written.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from textseq.corpus.columns import LABEL_NAMES, TEXT_NAMES, checked_batch, hold_character
from textseq.corpus.readers.reader import DELIMITERS, Options, Reader
from textseq.corpus.readers.records import (
    Dialect,
    RecordError,
    whole_records,
)
from textseq.corpus.readers.table_head import (
    STATED_DELIMITER,
    Row,
    find_delimiter,
    first_rows,
    guess_columns,
    has_usual_names,
    looks_headerless,
    read_table_head,
)
from textseq.corpus.source import Source
from textseq.errors import CorpusError

logger = logging.getLogger(__name__)

_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
_FEW_LABELS = 50  # that are looked for in texts
_SAMPLE, _SAMPLES = 40, 20  # characters of a field, and columns, that messages show
_SHORTEST_BLOCK = 16  # bytes
_TRIED = 1 << 22  # bytes of a block that are parsed again to explain an error
_ENOUGH_ROWS = 4  # without a header to take a file for a table


class TableReader(Reader):
    """A file of delimited fields.

    With several columns blank lines are skipped, as the csv module does; with a single one a
    blank line is a row with an empty text.
    """

    delimited = True
    delimiter: ClassVar[str]  # expected where nothing says otherwise

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        self._block_size = max(options.block_size, _SHORTEST_BLOCK)
        head = self._head = read_table_head(source.name, source.head(), self.delimiter, options)
        # Where fields are delimited so, quotes are often plain characters.
        suspicious = options.quoting is None and head.delimiter in "\t|"
        self._dialect = Dialect(
            head.delimiter,
            quoted=options.quoting != "none",
            width=len(head.columns) if suspicious else 0,
        )
        self._advice = (
            "If quotes are plain characters in this file, use --quoting none; else mend the row."
            if self._dialect.quoted
            else "If fields are quoted in this file, use --quoting minimal."
        )
        self._may_join_rows = options.quoting is None and not self._dialect.width
        self._refuse_other_delimiter(options)
        self._shown = "stdin" if source.name == "-" else repr(source.name)
        if options.delimiter is None and head.delimiter != self.delimiter:
            logger.info(
                "%s is read with %r between columns, as its %s; --delimiter names another.",
                self._shown, head.delimiter, "first line says" if head.stated else "rows show",
            )  # fmt: skip
        if head.has_header:
            self._choose_named(options)
            self._note_no_rows(options)
        else:
            self._choose_unnamed(options)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of checked rows for each block."""
        row = 1
        with self._source.open() as stream:
            try:
                for block in whole_records(
                    stream, self._dialect, self._block_size, self._head.size
                ):
                    arrays = self._parsed(block, row)
                    if count := len(arrays[self._chosen.text]):
                        rows = range(row, row + count)
                        if self._may_join_rows:
                            self._warn_of_joined_rows(arrays, row)
                        yield checked_batch(self._chosen, arrays, rows, self._place)
                        row += count
            except RecordError as error:
                raise CorpusError(f"{self._place(row)} {error}. {self._advice}") from None

    def _warn_of_joined_rows(self, arrays: dict[int, pa.StringArray], first_row: int) -> None:
        """Warn, once, of a quoted text that holds the end or the beginning of other rows.

        Where a label stands beside the delimiter and a line end, two stray quotes may have joined
        several rows; as for any reader of CSV, they are one text.
        """
        texts, label = arrays[self._chosen.text], self._chosen.label
        if label is None or not hold_character(texts, "\n"):
            return
        labels = [re.escape(name) for name in arrays[label].unique().to_pylist() if name]
        if not 1 < len(labels) <= _FEW_LABELS:
            return
        any_label, delimiter = f"(?:{'|'.join(labels)})", re.escape(self._dialect.delimiter)
        ends = rf"{delimiter}{any_label}\n|\n{any_label}{delimiter}\S"
        at = pc.index(pc.match_substring_regex(texts, ends), value=True).as_py()
        if at >= 0:
            self._may_join_rows = False
            logger.warning(
                "%s has a quoted text of several lines that look like rows: %r; if quotes are "
                "plain characters in this file, use --quoting none, and if it is one text, "
                "--quoting minimal.",
                self._place(first_row + at), texts[at].as_py()[:_SAMPLE],
            )  # fmt: skip

    def _place(self, row: int) -> str:
        counted = " (the header not counted)" if self._head.has_header else ""
        return f"Row {row}{counted} of {self._source.name!r}"

    def _refuse_other_delimiter(self, options: Options) -> None:
        """Raise an error for one column whose name looks like several."""
        head = self._head
        other = next((mark for mark in DELIMITERS if mark in head.columns[0]), None)
        chosen = options.text_column is not None or options.delimiter is not None
        if len(head.columns) == 1 and other and not chosen:
            raise CorpusError(
                f"{self._source.name!r} has one column, {head.columns[0]!r}, whose name looks like "
                f"several: expected {head.delimiter!r} between columns. Received: {other!r}. Name "
                f"it with --delimiter {'tab' if other == chr(9) else repr(other)}, or name the one "
                f"column with --text-column {head.columns[0]!r}."
            )

    def _choose_named(self, options: Options) -> None:
        """Choose the columns of a table with a header."""
        names = self._head.columns
        guessed = options.header is None and options.text_column is None
        usual = any(name.strip().casefold() in TEXT_NAMES for name in names)
        try:
            self._choose(names, options)
        except CorpusError as error:
            if not guessed or usual or any(n.strip().casefold() in LABEL_NAMES for n in names):
                raise
            raise CorpusError(f"{error} If the first row is data, say --no-header.") from error
        if guessed and len(names) == 1 and not usual:
            logger.info(
                "%s has one column; its first row, %r, is read as the name of it, and with "
                "--no-header as a text.",
                self._shown, names[0],
            )  # fmt: skip
        if options.header is None and looks_headerless([names, *self._head.rows]):
            logger.warning(
                "%s is read with its first row as names of columns, as you named one; if it is "
                "data, say --no-header and name columns by number.",
                self._shown,
            )

    def _note_no_rows(self, options: Options) -> None:
        """Say that a table, which may be empty, has a header only, where that was recognised."""
        if not self._head.rows and options.header is None and options.allow_empty:
            logger.info(
                "%s has one row, which is read as the names of columns; if it is data, say "
                "--no-header.",
                self._shown,
            )

    def _choose_unnamed(self, options: Options) -> None:
        """Choose the columns of a table without a header: those that look like text and label."""
        names, rows = self._head.columns, self._head.rows
        text, label = options.text_column, options.label_column
        guessed_text, guessed_label = guess_columns(rows)
        if text is None and len(names) > 1:
            if guessed_text is None or names[guessed_text] == label:
                raise CorpusError(
                    f"{self._source.name!r} is read without a header, and which of its columns is "
                    f"the text is not clear: {self._samples()}. Choose by number with "
                    f"--text-column and --label-column, or say --header if the first row is one."
                )
            text = names[guessed_text]
        if label is None and guessed_label is not None and names[guessed_label] != text:
            label = names[guessed_label]
        self._choose(names, replace(options, text_column=text, label_column=label))
        if options.header is None or text != options.text_column or label != options.label_column:
            logger.warning(
                "%s is read without a header, with column %s as the text and %s as the label, of: "
                "%s; --header, --text-column and --label-column say otherwise.",
                self._shown,
                self._chosen.text + 1,
                "none" if self._chosen.label is None else f"column {self._chosen.label + 1}",
                self._samples(),
            )

    def _samples(self) -> str:
        """Return the columns of a table without a header, each with its first field."""
        samples = [
            f"{name} ({field if len(field) <= _SAMPLE else field[:_SAMPLE] + '...'!r})"
            for name, field in zip(self._head.columns, self._head.rows[0], strict=True)
        ]
        more = len(samples) - _SAMPLES
        return ", ".join(samples[:_SAMPLES]) + (f" and {more} more" if more > 0 else "")

    def _parsed(self, block: memoryview, first_row: int) -> dict[int, pa.StringArray]:
        """Return the chosen columns of a block of whole rows, by position."""
        chosen = {at: str(at) for at in self._chosen.places}
        # In Arrow's own memory, and not by `open_csv` on the file: the thread in which Arrow reads
        # ahead may still run when an error ends the process, and aborts it if it needs Python then.
        buffer = pa.allocate_buffer(len(block))
        memoryview(buffer).cast("B")[:] = block
        positions = [str(at) for at in range(len(self.columns))]  # as names may occur twice
        try:
            table = pyarrow.csv.read_csv(
                pa.BufferReader(buffer),
                pyarrow.csv.ReadOptions(
                    block_size=len(block) + 1, column_names=positions, use_threads=False
                ),
                pyarrow.csv.ParseOptions(
                    delimiter=self._dialect.delimiter,
                    quote_char='"' if self._dialect.quoted else False,
                    newlines_in_values=self._dialect.quoted,
                    ignore_empty_lines=len(positions) > 1,
                ),
                pyarrow.csv.ConvertOptions(
                    include_columns=list(chosen.values()),
                    column_types=dict.fromkeys(chosen.values(), pa.string()),
                    strings_can_be_null=False,
                    check_utf8=False,  # checked_batch does, and knows the row
                ),
            )
        except pa.ArrowInvalid as error:
            raise self._explained(str(error), block, first_row) from None
        columns = {at: table.column(name) for at, name in chosen.items()}
        return {
            at: x.chunk(0) if x.num_chunks == 1 else x.combine_chunks() for at, x in columns.items()
        }

    def _explained(self, message: str, block: memoryview, first_row: int) -> CorpusError:
        """Return the error for a message of Arrow's.

        Only the message says what is wrong: Arrow's handler of invalid rows fails on rows that are
        not UTF-8.
        """
        ragged = _RAGGED.search(message)
        if not ragged:
            return CorpusError(f"{self._source.name!r} cannot be read: {message}.")
        row, expected, received = map(int, ragged.groups())
        text = bytes(block[:_TRIED]).decode("utf-8", "surrogateescape")
        delimiter = self._dialect.delimiter
        others = first_rows(text, delimiter, quoted=not self._dialect.quoted)
        advice = self._advice
        if expected == 1:
            advice = (
                f"Put quotes around fields that contain {delimiter!r}, or read each line as one "
                f"field with --delimiter tab."
            )
        elif any(len(other) != expected for other in others):
            advice = (
                f"Put quotes around fields that contain {delimiter!r}, or read each line as a text "
                f"with --format text."
            )
        return CorpusError(
            f"{self._place(first_row + row - 1)} has a wrong number of columns: expected "
            f"{expected}. Received: {received}. {advice}"
        )


class CsvReader(TableReader):
    """Comma-separated values, RFC 4180."""

    extensions = (".csv",)
    delimiter = ","

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:  # noqa: ARG003
        """Return whether a file begins with `sep=;`, or a header of usual names and a row, as CSV.

        Without a header it must begin with a quote, as many texts have commas.
        """
        text = head.decode("utf-8", "surrogateescape")
        if STATED_DELIMITER.match(text):
            return True
        delimiter = find_delimiter(text, cls.delimiter, quoted=True)
        rows = first_rows(text, delimiter, quoted=True)
        if delimiter == TsvReader.delimiter or len({len(row) for row in rows[:2]}) != 1:
            return False
        is_headed = len(rows) > 1 and has_usual_names(rows[0])
        return is_headed or (text.startswith('"') and _is_headerless_table(rows))

    @classmethod
    def doubt(cls, head: bytes) -> str:
        """Return that lines look like texts and repeated labels without a header, if they do."""
        for delimiter in ",;":
            if re.match(rb"(?:[^%b\n]*%b.*\n){4}" % ((delimiter.encode(),) * 2), head):
                text = head.decode("utf-8", "surrogateescape")
                if _is_headerless_table(first_rows(text, delimiter, quoted=True)):
                    return f"its lines look like texts and labels with {delimiter!r} between"
        return ""


class TsvReader(TableReader):
    """Tab-separated values."""

    extensions = (".tsv", ".tab")
    delimiter = "\t"

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:  # noqa: ARG003
        """Return whether a file is a table.

        It is if it begins with usual names of a text and a label column, such as `id document
        label` in the Naver movie reviews, or if each line has the same number of tabs and without
        a doubt one column is the text and one the label.
        """
        text = head.decode("utf-8", "surrogateescape")
        rows = first_rows(text, cls.delimiter, quoted=False)
        return bool(rows) and (has_usual_names(rows[0]) or _is_headerless_table(rows))


def _is_headerless_table(rows: list[Row]) -> bool:
    """Return whether rows are surely those of a table with a text and a label."""
    return (
        len(rows) >= _ENOUGH_ROWS
        and len({len(row) for row in rows}) == 1
        and looks_headerless(rows)
        and None not in guess_columns(rows)
    )
