"""The text and label columns of a table: how they are chosen, and how their rows are checked.

A reader takes the chosen columns out of its file, whatever their type, and `checked_batch` turns
them into what every batch of a corpus holds: strings, UTF-8, never null.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from textseq.errors import ArgumentError, CorpusError
from textseq.registry import did_you_mean

if TYPE_CHECKING:
    from textseq.corpus.options import Options

TEXT = "text"
LABEL = "label"

TEXT_NAMES = (
    "text", "sentence", "document", "review", "content", "comment", "question", "body", "tweet",
    "message",
)  # fmt: skip
LABEL_NAMES = ("label", "class", "target", "category", "sentiment", "kind", "y")


@dataclass(frozen=True)
class Columns:
    """The chosen columns of a table, by position from 0.

    Attributes:
        names: The names of all columns.
        text: The position of the text.
        label: The position of the label, or None.
        where: The value that a row must have, by the position of its column.
    """

    names: list[str]
    text: int
    label: int | None
    where: dict[int, str]

    @property
    def places(self) -> list[int]:
        """The positions that a reader must read: text, label if any, and those of `where`."""
        label = [] if self.label is None else [self.label]
        return list(dict.fromkeys([self.text, *label, *self.where]))


def choose_columns(source: str, names: Sequence[str], options: Options) -> Columns:
    """Return the columns that the options name, or else those with a usual name.

    Args:
        source: The table's name in messages.
        names: Its column names, in order.
        options: `text_column`, `label_column` and `where` are used.

    Raises:
        CorpusError: A column is missing, or ambiguous, or none has a usual name of a text column.

    Example:
        >>> from textseq.corpus.columns import choose_columns
        >>> from textseq.corpus.options import Options
        >>> choose_columns("ratings.tsv", ["id", "document", "label"], Options()).places
        [1, 2]
        >>> choose_columns("a.csv", ["id", "body", "stars"], Options(label_column="star"))
        Traceback (most recent call last):
        textseq.errors.CorpusError: 'a.csv' has no column 'star'; did you mean 'stars'? It has: ...
    """
    names = list(names)
    where = {_named(source, names, name, "--where"): value for name, value in options.where.items()}
    label = None
    if options.label_column is not None:
        label = _named(source, names, options.label_column, "--label-column")
    if options.text_column is not None:
        text = _named(source, names, options.text_column, "--text-column")
    else:
        text = _guessed_text(source, names, label)
    if label is None:
        label = _guessed(source, names, LABEL_NAMES, "--label-column", taken=text)
    return Columns(names, text, label, where)


def refuse_columns(source: str, format_name: str, options: Options) -> None:
    """Raise an error where the options name columns and the format has none.

    Raises:
        ArgumentError: `text_column`, `label_column` or `where` is given.

    Example:
        >>> from textseq.corpus.columns import refuse_columns
        >>> from textseq.corpus.options import Options
        >>> refuse_columns("a.txt", "text", Options(text_column="body"))
        Traceback (most recent call last):
        textseq.errors.ArgumentError: 'a.txt' is read as text, which has no columns, so ...
    """
    if options.names_a_column:
        raise ArgumentError(
            f"{source!r} is read as {format_name}, which has no columns, so --text-column, "
            f"--label-column and --where do not apply; name its real format with --format."
        )


def checked_batch(
    columns: Columns,
    arrays: dict[int, pa.Array],
    rows: Sequence[int],
    place: Callable[[int], str],
) -> pa.RecordBatch:
    """Return the rows that `where` keeps as a batch of checked strings.

    Args:
        columns: The chosen columns.
        arrays: An array for each of `columns.places`, all of one length; they may hold nulls, any
            type that can be a string, and strings that are not UTF-8.
        rows: The number of each row, counted from 1, for messages.
        place: Begins a message about a row, such as "Row 3 of 'reviews.csv'".

    Raises:
        CorpusError: A kept row lacks its text or its label, or is not UTF-8.
    """
    mask = _mask(columns, arrays)
    if mask is not None:
        arrays = {at: array.filter(mask) for at, array in arrays.items()}
        rows = [rows[i] for i in pc.indices_nonzero(mask).to_pylist()]

    def say(i: int) -> str:
        return place(rows[i])

    text = _checked(arrays[columns.text], columns.names[columns.text], "text", say)
    if columns.label is None:
        return pa.record_batch([text], names=[TEXT])
    label = _checked(arrays[columns.label], columns.names[columns.label], "label", say)
    return pa.record_batch([text, label], names=[TEXT, LABEL])


def check_utf8(strings: pa.StringArray, say: Callable[[int], str]) -> None:
    """Raise an error that names the first string which is not UTF-8.

    Args:
        strings: Strings that are not checked yet.
        say: Begins a message about the string at an index.

    Raises:
        CorpusError: There is one.
    """
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        for i, string in enumerate(strings):
            if not _is_utf8(string.as_buffer().to_pybytes() if string.is_valid else b""):
                raise not_decodable(say(i)) from None
        raise


def not_decodable(place: str) -> CorpusError:
    """Return the error for bytes that are not text in the encoding they were read in."""
    return CorpusError(
        f"{place} has bytes that are not text in the expected encoding (utf-8 unless asked "
        f"otherwise); name the right one with --encoding, such as cp949 or latin-1."
    )


def _is_utf8(value: bytes) -> bool:
    """Return whether some bytes are UTF-8."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _named(source: str, names: list[str], name: str, option: str) -> int:
    """Return the position of a column that was asked for by name."""
    places = [i for i, other in enumerate(names) if other == name]
    if not places:
        raise CorpusError(
            f"{source!r} has no column {name!r}; "
            f"{did_you_mean(name, names, intro='it has', show=repr)}. "
            f"Choose one of them with {option}."
        )
    return _only(source, names, places, option)


def _only(source: str, names: list[str], places: list[int], option: str) -> int:
    """Return the only position; a name that occurs twice is an error."""
    if len(places) > 1:
        raise CorpusError(
            f"{source!r} has {len(places)} columns named {names[places[0]]!r}, so which one is "
            f"meant is not clear; rename them, or choose another with {option}."
        )
    return places[0]


def _guessed(
    source: str, names: list[str], usual: tuple[str, ...], option: str, taken: int | None
) -> int | None:
    """Return the position of the column with the first usual name that there is."""
    plain = [name.strip().casefold() for name in names]
    for guess in usual:
        places = [i for i, name in enumerate(plain) if name == guess and i != taken]
        if places:
            return _only(source, names, places, option)
    return None


def _guessed_text(source: str, names: list[str], label: int | None) -> int:
    """Return the position of the text: a usual name, or the only column."""
    text = _guessed(source, names, TEXT_NAMES, "--text-column", taken=label)
    if text is None and len(names) == 1 and label is None:
        return 0
    if text is None:
        raise CorpusError(
            f"None of the columns of {source!r} has a usual name of a text column; it has: "
            f"{', '.join(map(repr, names))}. Choose one of them with --text-column."
        )
    return text


def _mask(columns: Columns, arrays: dict[int, pa.Array]) -> pa.Array | None:
    """Return which rows have every value that `where` asks for; None without `where`."""
    mask = None
    for at, value in columns.where.items():
        found = pc.equal(as_strings(arrays[at], columns.names[at]), value)
        found = pc.fill_null(found, fill_value=False)
        mask = found if mask is None else pc.and_(mask, found)
    return mask


def _checked(array: pa.Array, name: str, role: str, say: Callable[[int], str]) -> pa.StringArray:
    """Return a column as UTF-8 strings without nulls."""
    if array.null_count:
        first = pc.index(array.is_null(), value=True).as_py()
        raise CorpusError(
            f"{say(first)} has no {role}: {name!r} is null or missing there, where a string was "
            f"expected; remove that row, or give it a {role}."
        )
    strings = as_strings(array, name)
    check_utf8(strings, say)
    return strings


def as_strings(array: pa.Array, name: str) -> pa.StringArray:
    """Return a column of strings, numbers or booleans as strings; nulls stay null.

    Raises:
        CorpusError: It holds something else, such as lists.

    Example:
        >>> import pyarrow as pa
        >>> from textseq.corpus.columns import as_strings
        >>> as_strings(pa.array([1, None, 0]), "label").to_pylist()
        ['1', None, '0']
    """
    try:
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        return array.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CorpusError(
            f"The column {name!r} cannot be read as strings: expected strings, numbers or "
            f"booleans. Received: {array.type}."
        ) from error
