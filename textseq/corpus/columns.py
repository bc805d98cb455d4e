"""The text and label columns of a table: how they are chosen, and how their rows are checked.

A reader takes the chosen columns out of its file, whatever their type, and `checked_batch` turns
them into what every batch of a corpus holds: strings, UTF-8, never null; or lists of labels.

A text is missing where it is null; an empty one is an empty document. A label is missing where it
is null, NaN or blank; of lists of labels, only null is, and an empty list says that none applies. A
row that lacks one is refused, or with `drop_missing` skipped and counted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from textseq.corpus.kept import KEPT, KeptColumn, choose_kept
from textseq.corpus.label_lists import (
    distinct_labels,
    find_joined_label,
    holds_lists,
    is_indicator,
    list_of,
    split_labels,
)
from textseq.errors import ArgumentError, CorpusError
from textseq.registry import counted, did_you_mean, listed

if TYPE_CHECKING:
    from textseq.corpus.readers.reader import Options

_log = logging.getLogger(__name__)

TEXT = "text"
LABEL = "label"
SCHEMA = pa.schema([(TEXT, pa.string()), (LABEL, pa.string())])  # of batches with labels

TEXT_NAMES = (
    "text", "sentence", "document", "review", "content", "comment", "question", "body", "tweet",
    "message",
)  # fmt: skip
LABEL_NAMES = ("label", "labels", "class", "target", "category", "sentiment", "kind", "y")


_SHOWN = 5  # items of a list that messages show

# How programs print what is missing; "none" and "NA" may well be classes.
_MISSING_WORDS = {"nan", "NaN", "None", "NaT", "<NA>", "null", "NULL", "N/A", "n/a", "#N/A"}


@dataclass
class Missing:
    """What happens to rows without a text or a label: they are refused, or skipped and counted."""

    source: str
    skip: bool
    labels: bool | None  # see `Options`
    read: int = 0  # the last row that was counted, however often the source is read
    skipped: int = 0
    noted: int = 0
    warned: bool = False

    @classmethod
    def of(cls, source: str, options: Options) -> Missing:
        """Return what the options ask for."""
        return cls(source, options.drop_missing, options.labels)

    def advice(self, role: str) -> str:
        """Return what to do about a row without a text or a label, for a message."""
        hint = self.hint_of_labels() if role == LABEL else ""
        return f"skip such rows with --drop-missing{hint}"

    def hint_of_labels(self) -> str:
        """Return how to do without labels, where they are not needed; it ends a message."""
        needed = self.labels is not None
        return "" if needed else ", or read the texts without labels with --no-labels"

    def keep(
        self, missing: pa.BooleanArray, rows: Sequence[int], complaint: Callable[[int], str]
    ) -> pa.BooleanArray:
        """Return which rows stay; count the others, or raise an error for the first of them.

        Args:
            missing: Whether each row lacks something.
            rows: The position of each row in its source, ascending.
            complaint: Returns the message about the row at a position of `missing`.
        """
        if not self.skip:
            first = pc.index(missing, value=True).as_py()
            raise CorpusError(complaint(first))
        self.skipped += sum(rows[i] > self.read for i in pc.indices_nonzero(missing).to_pylist())
        self.read = max(self.read, rows[-1])
        return pc.invert(missing)

    def warn_of_labels(self, labels: pa.Array) -> None:
        """Warn, once, of labels that are words for a missing one, or look like several."""
        if self.warned:
            return
        several = holds_lists(labels.type)
        distinct = (labels.flatten() if several else labels).unique().to_pylist()
        if found := _MISSING_WORDS.intersection(distinct):
            self.warned = True
            _log.warning(
                "%r has labels %r, which are read as a class of that name; leave them empty, or "
                "null, where no label is meant.",
                self.source, min(found),
            )  # fmt: skip
        elif not several and (joined := find_joined_label(distinct)):
            self.warned = True
            _log.warning(
                "%r has labels such as %r, which are read as one; if that is several labels, say "
                "--label-separator %r.",
                self.source, *joined,
            )  # fmt: skip

    def note(self) -> None:
        """Say how many rows were skipped; nothing where that was said before."""
        if self.skipped > self.noted:
            self.noted = self.skipped
            message = "%s of %r without a text or a label skipped (--drop-missing)."
            _log.info(message, counted(self.skipped, "row"), self.source)


@dataclass(frozen=True)
class Columns:
    """The chosen columns of a table, by position from 0."""

    names: list[str]  # of all columns
    text: int
    label: int | None
    where: dict[int, str]  # the value that a row must have, by the position of its column
    missing: Missing
    separator: str | None = None  # between the labels of a text
    kept: tuple[KeptColumn, ...] = ()

    @property
    def checked(self) -> list[int]:
        """The positions of what is read as strings: text, label if any, and those of `where`."""
        label = [] if self.label is None else [self.label]
        return list(dict.fromkeys([self.text, *label, *self.where]))

    @property
    def places(self) -> list[int]:
        """The positions that a reader must read: also those of the columns that are kept."""
        kept = [column.at for column in self.kept if column.at is not None]
        return list(dict.fromkeys([*self.checked, *kept]))


def choose_columns(source: str, names: Sequence[str], options: Options) -> Columns:
    """Return the columns that the options name, or else those with a usual name."""
    names = list(names)
    asked = (options.where or {}).items()
    where = {_named(source, names, name, "--where"): value for name, value in asked}
    label = text = None
    if options.label_column is not None:
        label = _named(source, names, options.label_column, "--label-column")
    if options.text_column is not None:
        text = _named(source, names, options.text_column, "--text-column")
    else:
        text = _guessed(source, names, TEXT_NAMES, "--text-column", taken=label)
        if text is None and len(names) == 1 and label is None:
            text = 0
    if text is None:
        raise CorpusError(
            f"None of the columns of {source!r} has a usual name of a text column; it has: "
            f"{listed(names)}. Choose one of them with --text-column."
        )
    if options.labels is False:
        label = None
    elif label is None:
        label = _guessed(source, names, LABEL_NAMES, "--label-column", taken=text)
    if text == label:
        raise CorpusError(
            f"The column {names[text]!r} of {source!r} cannot be both the text and the label; "
            f"choose another --text-column or --label-column."
        )
    find = partial(_found, source, names, option="--keep")
    kept = choose_kept(source, names, options.keep, text=text, find=find)
    separator = options.label_separator
    return Columns(names, text, label, where, Missing.of(source, options), separator, kept)


def _named(source: str, names: list[str], name: str, option: str) -> int:
    """Return the position of a column that was asked for by name, or by number from 1."""
    place = _found(source, names, name, option)
    if place is None:
        raise CorpusError(
            f"{source!r} has no column {name!r}; "
            f"{did_you_mean(name, names, intro='it has', show=repr)}. "
            f"Choose one of them with {option}."
        )
    return place


def _found(source: str, names: list[str], name: str, option: str) -> int | None:
    """Return the position of a column by name, or by number from 1; None if there is none."""
    places = [i for i, other in enumerate(names) if other == name]
    if not places and name.isdecimal() and 1 <= int(name) <= len(names):
        return int(name) - 1
    return _only(source, names, places, option) if places else None


def _guessed(
    source: str, names: list[str], usual: tuple[str, ...], option: str, taken: int | None
) -> int | None:
    """Return the position of the column with the first usual name that there is."""
    plain = [name.strip().casefold() for name in names]
    for guess in usual:
        if places := [i for i, name in enumerate(plain) if name == guess and i != taken]:
            return _only(source, names, places, option)
    return None


def _only(source: str, names: list[str], places: list[int], option: str) -> int:
    """Return the only position; a name that occurs twice is an error."""
    if len(places) > 1:
        raise CorpusError(
            f"{source!r} has {len(places)} columns named {names[places[0]]!r}, so which one is "
            f"meant is not clear; choose one by its number with {option}, from 1 to {len(names)}."
        )
    return places[0]


def refuse_columns(source: str, format_name: str, options: Options) -> None:
    """Raise an error where the options name columns and the format has none."""
    if options.label_separator is not None and format_name != "fasttext":
        raise ArgumentError(
            f"{source!r} is read as {format_name}, in which a text has one label or none, so "
            f"--label-separator does not apply; name its real format, such as --format csv."
        )
    if options.text_column is not None or options.label_column is not None or options.where:
        raise ArgumentError(
            f"{source!r} is read as {format_name}, which has no columns, so --text-column, "
            f"--label-column and --where do not apply; name its real format, such as --format csv."
        )


def checked_batch(
    columns: Columns,
    arrays: Mapping[int, pa.Array],
    rows: Sequence[int],
    place: Callable[[int], str],
    kept: Mapping[int, pa.Array] | None = None,
) -> pa.RecordBatch:
    """Return the rows that `where` keeps as a batch of checked texts and labels.

    Args:
        columns: The chosen columns.
        arrays: An array for each of `columns.places`, all of one length; they may hold nulls, any
            type that can be a string, and strings that are not UTF-8.
        rows: The position of each row in its source, counted from 1, for messages.
        place: Returns the start of a message about a row, such as "Row 3 of 'reviews.csv'".
        kept: An array for each position of `columns.kept`; None for those in `arrays`.
    """
    kept = arrays if kept is None else kept
    if columns.where:
        found = [
            pc.equal(as_strings(arrays[at], columns.names[at]), value)
            for at, value in columns.where.items()
        ]
        mask = reduce(pc.and_, (pc.fill_null(equal, fill_value=False) for equal in found))
        arrays, kept = (
            {at: array.filter(mask) for at, array in each.items()} for each in (arrays, kept)
        )
        rows = [rows[i] for i in pc.indices_nonzero(mask).to_pylist()]
    checked, missing = {}, {}
    for role, at in ((TEXT, columns.text), (LABEL, columns.label)):
        if at is not None:
            array, name = arrays[at], columns.names[at]
            if role == LABEL and (columns.separator or holds_lists(array.type)):
                checked[role] = _label_lists(array, name, columns.separator, rows, place)
                missing[role] = checked[role].is_null()
                continue
            checked[role] = as_strings(array, name)
            check_utf8(checked[role], rows, place)
            if role == TEXT:
                checked[role] = _without_returns(checked[role])
            missing[role] = _is_missing(checked[role], array, is_label=role == LABEL)
    if columns.kept:
        checked[KEPT] = kept_columns(columns.kept, kept, rows, place)
    lacking = reduce(pc.or_, missing.values())
    if pc.any(lacking).as_py():

        def complaint(i: int) -> str:
            role = next(role for role, mask in missing.items() if mask[i].as_py())
            name = columns.names[columns.text if role == TEXT else columns.label or 0]
            return (
                f"{place(rows[i])} has no {role}: {name!r} is null or missing there, where a "
                f"{role} was expected; {columns.missing.advice(role)}."
            )

        stay = columns.missing.keep(lacking, rows, complaint)
        checked = {role: array.filter(stay) for role, array in checked.items()}
    if LABEL in checked:
        columns.missing.warn_of_labels(checked[LABEL])
    return pa.record_batch(checked)


def kept_columns(
    kept: Sequence[KeptColumn],
    arrays: Mapping[int, pa.Array],
    rows: Sequence[int],
    place: Callable[[int], str],
) -> pa.StructArray:
    """Return the columns that are kept as one; see `checked_batch`."""
    found = []
    for column in kept:
        if column.at is None:
            found.append(pa.array(rows, pa.int64()))
            continue
        array = arrays[column.at]
        if pa.types.is_string(column.field.type):
            array = as_strings(array, column.name)
            check_utf8(array, rows, place)
        found.append(array if array.type == column.field.type else array.cast(column.field.type))
    return pa.StructArray.from_arrays(found, fields=[column.field for column in kept])


def _label_lists(
    array: pa.Array,
    name: str,
    separator: str | None,
    rows: Sequence[int],
    place: Callable[[int], str],
) -> pa.ListArray:
    """Return the labels of a column of lists, or of strings that a separator splits, as lists."""
    if holds_lists(array.type):
        lists = array.cast(pa.list_(array.type.value_type))
        parents = pc.list_parent_indices(lists).to_numpy()
        strings = as_strings(lists.flatten(), name)
        check_utf8(strings, [rows[i] for i in parents], place)
        labels = list_of(parents, strings, len(lists), lists.is_null())
    else:
        strings = as_strings(array, name)
        check_utf8(strings, rows, place)
        labels = split_labels(strings, separator or "")
    if is_indicator(labels):
        first = pc.index(pc.greater(pc.list_value_length(labels), 2), value=True).as_py()
        raise CorpusError(
            f"{place(rows[first])} has {labels[first].as_py()[:_SHOWN]} in {name!r}, where the "
            f"labels of the text were expected, by their names or numbers, and not whether each "
            f"applies; list those that do."
        )
    return distinct_labels(labels)


def _without_returns(texts: pa.StringArray) -> pa.StringArray:
    """Return texts with line ends as `ByteStream` has them, which JSON and Parquet may not have."""
    if not hold_character(texts, "\r"):
        return texts
    return pc.replace_substring(pc.replace_substring_regex(texts, "\r+\n", "\n"), "\r", " ")


def hold_character(texts: pa.StringArray, character: str) -> bool:
    """Return whether texts hold an ASCII character.

    It is one pass over the bytes, which is much faster than Arrow's search in each string.
    """
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return False
    ends = np.frombuffer(offsets, np.int32)
    first, last = ends[texts.offset], ends[texts.offset + len(texts)]
    return bool(np.any(np.frombuffer(data, np.uint8)[first:last] == ord(character)))


def is_missing(label: object) -> bool:
    """Return whether a label is missing: None, NaN, pandas's NA or NaT, or a blank string.

    Example:
        >>> from textseq.corpus.columns import is_missing
        >>> [is_missing(label) for label in (None, float("nan"), " ", "nan", 0, False)]
        [True, True, True, False, False, False]
    """
    if isinstance(label, str):
        return not label.strip()
    try:
        return label is None or bool(label != label)
    except TypeError:  # pandas.NA is neither
        return True
    except ValueError:  # an array, which is no label, and not a missing one
        return False


def missing_labels(strings: pa.StringArray) -> pa.BooleanArray:
    """Return where labels are null or blank."""
    # Not compared with "": where pandas is installed, Arrow would import it for a Python string.
    has_text = pc.binary_length(pc.utf8_trim_whitespace(strings)).cast(pa.bool_())
    return pc.or_kleene(strings.is_null(), pc.invert(has_text))


def _is_missing(strings: pa.StringArray, array: pa.Array, *, is_label: bool) -> pa.BooleanArray:
    """Return where a column, whose strings are given too, has no text or no label."""
    if not is_label:
        return strings.is_null()
    return pc.or_(array.is_null(nan_is_null=True), missing_labels(strings))


def as_strings(array: pa.Array, name: str) -> pa.StringArray:
    """Return a column of strings, numbers or booleans as strings; nulls stay null."""
    try:
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        is_bytes = pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type)
        return array.cast(pa.string(), safe=not is_bytes)  # `check_utf8` knows the row
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CorpusError(
            f"The column {name!r} cannot be read as strings: expected strings, numbers or "
            f"booleans. Received: {array.type}."
        ) from error


def check_utf8(strings: pa.StringArray, rows: Sequence[int], place: Callable[[int], str]) -> None:
    """Raise an error that names the first string which is not UTF-8; see `checked_batch`."""
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        for row, string in zip(rows, strings, strict=True):
            try:
                (string.as_buffer().to_pybytes() if string.is_valid else b"").decode()
            except UnicodeDecodeError:
                raise not_decodable(place(row)) from None
        raise


def not_decodable(place: str) -> CorpusError:
    """Return the error for bytes that are not text in the encoding they were read in."""
    return CorpusError(
        f"{place} has bytes that are not text in the expected encoding (utf-8 unless asked "
        f"otherwise); name the right one with --encoding, such as cp949 or latin-1."
    )
