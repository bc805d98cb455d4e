"""Columns that are kept beside the texts, as they are in the source: `Options.keep`.

A batch holds them in one more column, `kept`, a struct with a field for each. A field has the type
of the column: strings in CSV, its own type in Parquet. Values of JSON may be of several types, so
they are held as JSON in strings, and the field says so in its metadata.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from textseq.errors import ArgumentError, CorpusError
from textseq.registry import did_you_mean

KEPT = "kept"
"""The column of a batch."""

ROW = "row"
"""What the number of the row goes by, where no column has this name."""

_TEXT = "text"
_JSON = {b"textseq": b"json"}


@dataclass(frozen=True)
class KeptColumn:
    """A column that is kept.

    Args:
        name: Its name beside the texts.
        at: Its position in the source; None for the number of the row, from 1.
        as_json: Whether its values are held as JSON in strings.
        type: The type of its values otherwise.
    """

    name: str
    at: int | None
    as_json: bool = False
    type: pa.DataType = field(default_factory=pa.string)

    @property
    def field(self) -> pa.Field:
        """The field of the struct."""
        if self.at is None:
            return pa.field(self.name, pa.int64())
        return json_field(self.name) if self.as_json else pa.field(self.name, self.type)


def choose_kept(
    source: str,
    names: Sequence[str],
    asked: Iterable[str],
    *,
    text: int | None,
    find: Callable[[str], int | None],
) -> tuple[KeptColumn, ...]:
    """Return the columns that are asked for, in that order.

    Args:
        source: The source, for messages.
        names: The columns that it has.
        asked: Names of columns, each with `=NAME` behind it where it is kept under another; `text`
            is the text, and `row` its number, where no column has that name.
        text: The position of the text.
        find: Returns the position of a column that is named, or numbered from 1; None if there is
            none.

    Raises:
        CorpusError: There is no such column.
        ArgumentError: Two of them would have one name.

    Example:
        >>> from textseq.corpus.kept import choose_kept
        >>> names = ["id", "body"]
        >>> find = lambda name: names.index(name) if name in names else None
        >>> kept = choose_kept("a.csv", names, ["id=key", "text", "row"], text=1, find=find)
        >>> [(column.name, column.at) for column in kept]
        [('key', 0), ('text', 1), ('row', None)]
    """
    found: dict[str, KeptColumn] = {}
    for item in asked:
        column = _choose(item, text, find)
        if column is None:
            wanted = item.rpartition("=")[0] or item
            every = list(dict.fromkeys([*names, ROW]))
            raise CorpusError(
                f"{source!r} has no column {wanted!r} to keep; "
                f"{did_you_mean(wanted, every, intro='it has', show=repr)}. "
                f"Choose one of them with --keep."
            )
        if column.name in found:
            raise ArgumentError(
                f"{column.name!r} is to be kept twice; leave one out, or name it otherwise with "
                f"--keep COLUMN=NAME."
            )
        found[column.name] = column
    return tuple(found.values())


def _choose(item: str, text: int | None, find: Callable[[str], int | None]) -> KeptColumn | None:
    """Return the column that an item of `keep` names, if there is one."""
    if (at := find(item)) is not None:
        return KeptColumn(item, at)
    if item == _TEXT and text is not None:
        return KeptColumn(_TEXT, text)
    if item == ROW:
        return KeptColumn(ROW, None)
    column, equals, name = item.rpartition("=")
    other = _choose(column, text, find) if equals and name else None
    return other and KeptColumn(name, other.at)


def json_field(name: str) -> pa.Field:
    """Return the field of a column whose strings are values in JSON."""
    return pa.field(name, pa.string(), metadata=_JSON)


def is_json(field: pa.Field) -> bool:
    """Return whether the strings of a column are values in JSON."""
    return bool(field.metadata) and field.metadata.get(b"textseq") == b"json"


def unify_fields(schemas: Sequence[Sequence[pa.Field]]) -> list[pa.Field]:
    """Return the fields of what several sources keep: strings where their types differ."""
    fields = []
    for several in zip(*schemas, strict=True):
        known = [one for one in several if not pa.types.is_null(one.type)]
        text = pa.field(several[0].name, pa.string())
        alike = known and _alike(known, known[:1] * len(known))
        fields.append(known[0] if alike else text)
    return fields


def with_kept(batch: pa.RecordBatch, fields: Sequence[pa.Field]) -> pa.RecordBatch:
    """Return a batch whose kept columns are those of `fields`: as they are, or as strings."""
    if not fields or _alike(batch.schema.field(KEPT).type.fields, fields):
        return batch
    kept = batch.column(KEPT)
    arrays = [
        array if _alike([own], [wanted]) else as_text(array, own)
        for array, own, wanted in zip(kept.flatten(), kept.type.fields, fields, strict=True)
    ]
    struct = pa.StructArray.from_arrays(arrays, fields=list(fields))
    return batch.set_column(batch.schema.get_field_index(KEPT), KEPT, struct)


def _alike(ones: Sequence[pa.Field], others: Sequence[pa.Field]) -> bool:
    """Return whether fields have the same types."""
    return all(
        one.type == other.type and is_json(one) == is_json(other)
        for one, other in zip(ones, others, strict=True)
    )


def as_text(array: pa.Array, field: pa.Field) -> pa.StringArray:
    """Return a kept column as strings; null stays null.

    Example:
        >>> import pyarrow as pa
        >>> from textseq.corpus.kept import as_text, json_field
        >>> as_text(pa.array(['"a"', "[1]", None]), json_field("x")).to_pylist()
        ['a', '[1]', None]
        >>> as_text(pa.array([7, None]), pa.field("x", pa.int64())).to_pylist()
        ['7', None]
    """
    if is_json(field):
        texts = array.to_pylist()
        plain = (json.loads(text) if text and text.startswith('"') else text for text in texts)
        return pa.array(plain, pa.string())
    if pa.types.is_string(array.type):
        return array
    if pa.types.is_nested(array.type):
        values = as_values(array, field)
        texts = (None if v is None else json.dumps(v, ensure_ascii=False) for v in values)
        return pa.array(texts, pa.string())
    try:
        return array.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CorpusError(
            f"The column {field.name!r} cannot be kept as text: it is {array.type}, with values "
            f"that are none; leave it out, or write .parquet."
        ) from error


def as_values(array: pa.Array, field: pa.Field) -> list[Any]:
    """Return the values of a kept column as JSON has them.

    Example:
        >>> import pyarrow as pa
        >>> from textseq.corpus.kept import as_values, json_field
        >>> as_values(pa.array(['"a"', "[1]", None]), json_field("x"))
        ['a', [1], None]
        >>> as_values(pa.array([0.5, float("inf")]), pa.field("x", pa.float64()))
        [0.5, None]
        >>> as_values(pa.array([[0.5, float("nan")]]), pa.field("x", pa.list_(pa.float64())))
        [[0.5, None]]
    """
    kind = array.type
    if is_json(field):
        return [None if text is None else _from_json(text) for text in array.to_pylist()]
    if pa.types.is_floating(kind):
        values = array.to_pylist()
        return [v if v is not None and math.isfinite(v) else None for v in values]
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return list(array.to_pylist())
    if pa.types.is_nested(kind):
        return [_from_json(json.dumps(value, default=str)) for value in array.to_pylist()]
    return list(as_text(array, field).to_pylist())


def _from_json(text: str) -> Any:
    """Return a value of JSON, in which Python also writes NaN and Infinity: null in their place."""
    return json.loads(text, parse_constant=lambda _: None)
