"""The beginning of a delimited table: its delimiter, and the names of its columns if it has them.

What a file does not say is recognised by its first rows, and only where they leave no doubt.
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from typing import Any

from textseq.corpus.columns import LABEL_NAMES, TEXT_NAMES, not_decodable
from textseq.corpus.readers.reader import DELIMITERS, Options
from textseq.corpus.readers.records import (
    Dialect,
    end_of_records,
    problem_of_first,
)
from textseq.corpus.stream import HEAD, no_text
from textseq.errors import CorpusError

Row = list[str]

STATED_DELIMITER = re.compile(
    r'"?sep=([\t !#-~])"?\n', re.IGNORECASE
)  # the first line of some of Excel's files
_USUAL = frozenset(TEXT_NAMES + LABEL_NAMES)
_ENOUGH_ROWS = 3  # that agree on a delimiter which is not the usual one
_FEW_WORDS = 3  # of the name of a column, at most
_FEW_CHARACTERS = 50  # of a label, at most


@dataclass(frozen=True)
class TableHead:
    """What the first bytes of a table show.

    Attributes:
        size: The bytes before the first row.
        rows: The first rows, without the header.
        stated: The delimiter that a first line `sep=;` states, or "".
    """

    columns: list[str]
    has_header: bool
    delimiter: str
    size: int
    rows: list[Row]
    stated: str


def read_table_head(name: str, head: bytes, usual: str, options: Options) -> TableHead:
    """Return what the first bytes of a table show.

    Args:
        name: The source, for messages.
        head: Its first bytes.
        usual: The delimiter to expect where the options name none.
        options: How to read it.

    Raises:
        CorpusError: It has no rows, or its header is no header.
    """
    text = head.decode("utf-8", "surrogateescape")
    quoted = options.quoting != "none"
    found = STATED_DELIMITER.match(text)
    stated, start = (found[1], found.end()) if found else ("", 0)
    body = text[start:]
    delimiter = options.delimiter or stated or find_delimiter(body, usual, quoted=quoted)
    if problem := problem_of_first(head[start:], Dialect(delimiter, quoted)):
        raise CorpusError(
            f"The first row of {name!r} {problem}. If quotes are plain characters in this file, "
            f"use --quoting none."
        )
    first, end = _first_row(name, body, delimiter, quoted=quoted)
    if len(head) >= HEAD and end >= len(body) and not body.endswith("\n"):
        raise CorpusError(
            f"{name!r} has no header in its first {HEAD >> 10} KiB, where a row of column names "
            f"was expected; a file without one can be read as --format text."
        )
    rows = first_rows(body, delimiter, quoted=quoted)[1:]
    has_header = options.header
    if has_header is None:
        asked = {options.text_column, options.label_column, *(options.where or ())} & {*first}
        named = any(name and not name.isdigit() for name in asked)
        has_header = named or not looks_headerless([first, *rows])
    if not has_header:
        return TableHead(
            [str(at) for at in range(1, len(first) + 1)],
            False, delimiter, start, [first, *rows], stated,
        )  # fmt: skip
    header = body[:end]
    if not "".join(first).isprintable() and any("\udc80" <= c <= "\udcff" for c in header):
        raise not_decodable(f"The header of {name!r}")
    size = len((text[:start] + header).encode("utf-8", "surrogateescape"))
    if not (body[end:] or options.allow_empty):
        raise no_text(
            name, " If its one row is data, say --no-header." if options.header is None else ""
        )
    return TableHead(first, True, delimiter, size, rows, stated)


def find_delimiter(text: str, usual: str, *, quoted: bool) -> str:
    """Return the only delimiter that gives all first rows the same number of fields, or the usual.

    The usual one is taken where it does so too, or where none or several others do.
    """
    fitting = []
    for delimiter in (usual, *DELIMITERS):
        rows = first_rows(text, delimiter, quoted=quoted)
        if len(set(map(len, rows))) == 1 and len(rows[0]) > 1:
            if delimiter == usual:
                return usual
            # A tab is rare in texts, and a space in the names of columns.
            sure = delimiter == "\t" or not any(" " in cell for cell in rows[0])
            if sure or len(rows) >= _ENOUGH_ROWS:
                fitting.append(delimiter)
    return fitting[0] if len(fitting) == 1 else usual


def first_rows(text: str, delimiter: str, *, quoted: bool) -> list[Row]:
    """Return the whole rows among the first characters of a table; blank ones are left out."""
    data = text.encode("utf-8", "surrogateescape")
    end = len(data)
    if end > HEAD // 2:  # there may be more of the last row
        end = end_of_records(data, Dialect(delimiter, quoted)) or end
    whole = data[:end].decode("utf-8", "surrogateescape")
    try:
        return [row for row in _csv_rows(whole, delimiter, quoted=quoted) if row]
    except csv.Error:  # a field of more than 128 KiB
        return []


def has_usual_names(row: Row) -> bool:
    """Return whether a row holds usual names of a text column and of a label column."""
    cells = {cell.strip().casefold() for cell in row}
    return bool(cells.intersection(TEXT_NAMES) and cells.intersection(LABEL_NAMES))


def looks_headerless(rows: list[Row]) -> bool:
    """Return whether the first row must be data: its cells are like those below.

    That is so if one of them occurs again below in its column, or is a number as all below are. It
    is not so if one is the usual name of a column, and does not occur again, or a word over a
    column of numbers. A table with one column has no header if its first row is a sentence.
    """
    first, rest = rows[0], [row for row in rows[1:] if row != rows[0]]
    columns = [[row[at] for row in rest if len(row) > at and row[at]] for at in range(len(first))]
    repeated = [cell in below for cell, below in zip(first, columns, strict=True)]
    usual = [cell.strip().casefold() in _USUAL for cell in first]
    if any(name and not again for name, again in zip(usual, repeated, strict=True)):
        return False
    if len(first) == 1:
        return len(first[0].split()) > _FEW_WORDS
    if [cell for cell in first if cell] == [str(at) for at in range(sum(map(bool, first)))]:
        return False  # the names that pandas gives
    numbers = [bool(below) and all(map(_is_number, below)) for below in columns]
    if any(cell and n and not _is_number(cell) for cell, n in zip(first, numbers, strict=True)):
        return False
    return any(
        cell and (number or again)
        for cell, number, again in zip(first, numbers, repeated, strict=True)
    )


def guess_columns(rows: list[Row]) -> tuple[int | None, int | None]:
    """Return the positions of the text and the label in rows without names; None where unclear.

    The label is the only column of few values, and the text is by far the longest of the others.
    """
    columns = list(zip(*(row for row in rows if len(row) == len(rows[0])), strict=True))
    many = {at for at, column in enumerate(columns) if not _has_few_values(column)}
    lengths = {at: sum(map(len, columns[at])) for at in many if not _all_numbers(columns[at])}
    text = max(lengths, key=lengths.__getitem__, default=None)
    if text is None or any(2 * n > lengths[text] for at, n in lengths.items() if at != text):
        return None, None
    few = [at for at in range(len(columns)) if at not in many]
    varying = [at for at in few if len(set(columns[at])) > 1]
    labels = varying or few
    return text, labels[0] if len(labels) == 1 else None


def _has_few_values(column: tuple[str, ...]) -> bool:
    """Return whether values are short and repeat often, as labels do."""
    limit = min(len(column) - 1, 2 * math.isqrt(len(column)))
    return len(set(column)) <= limit and max(map(len, column)) <= _FEW_CHARACTERS


def _all_numbers(column: tuple[str, ...]) -> bool:
    return all(map(_is_number, filter(None, column)))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _csv_rows(text: str, delimiter: str, *, quoted: bool) -> Any:
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )


def _first_row(name: str, text: str, delimiter: str, *, quoted: bool) -> tuple[Row, int]:
    """Return the first row that is not blank, and where it ends."""
    rows = _csv_rows(text, delimiter, quoted=quoted)
    try:
        first = next((row for row in rows if row), None)
    except csv.Error as error:
        raise CorpusError(f"The header of {name!r} cannot be read: {error}.") from error
    if first is None:
        raise no_text(name)
    lines = text.split("\n", rows.line_num)
    end = len(text) if len(lines) <= rows.line_num else len(text) - len(lines[-1])
    return first, end
