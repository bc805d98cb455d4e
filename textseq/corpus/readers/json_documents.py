"""JSON documents: one value that holds all rows, as pandas and datasets write it.

    [{"text": "a", "label": 1}, ...]                                   records
    ["a", ...]                                                         texts
    [["a", 1], ...]                                                    pandas's values
    {"0": "a", "1": "b"}                                               a Series of pandas's
    {"text": {"0": "a"}, "label": {"0": 1}}                            pandas's columns, its default
    {"0": {"text": "a", "label": 1}}                                   pandas's index
    {"columns": ["text", "label"], "data": [["a", 1]]}                 pandas's split
    {"text": ["a"], "label": [1]}                                      columns as arrays
    {"version": "2", "data": [{"text": "a", "label": 1}]}              records under one key

The whole document is parsed at once, and its chosen columns are kept as Arrow arrays.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from textseq.corpus.columns import LABEL_NAMES, TEXT_NAMES, checked_batch, not_decodable
from textseq.corpus.readers.jsonlines import (
    KINDS,
    JsonLinesReader,
    is_document,
    is_records,
    is_series,
)
from textseq.corpus.readers.reader import Options
from textseq.corpus.source import Source
from textseq.corpus.stream import no_text
from textseq.errors import CorpusError

Record = dict[str, object]

_EXPECTED = 'expected an array of objects, such as [{"text": "...", "label": "..."}]'


class JsonReader(JsonLinesReader):
    """A file that is one JSON document; its rows are held in memory."""

    extensions = (".json",)  # shared with JSON lines
    _records: list[Record]

    def __init__(self, source: Source, options: Options) -> None:
        asked = {options.text_column, options.label_column}
        self._wanted = asked.union(TEXT_NAMES, LABEL_NAMES)
        super().__init__(source, options)
        records = dict(enumerate(self._records, start=1))
        self._arrays = {at: self._array(records, at) for at in self._chosen.checked}
        self._kept_values = self._kept_arrays(records)
        self._records = []

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:  # noqa: ARG003
        """Return whether the first bytes are those of a JSON document."""
        return bool(is_document(head))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches of checked rows of about `block_size` bytes."""
        count = len(self._arrays[self._chosen.text])
        size = sum(array.nbytes for array in self._arrays.values())
        step = max(1, self._block_size * count // max(1, size))
        for start in range(0, count, step):
            arrays, kept = (
                {at: array.slice(start, step) for at, array in each.items()}
                for each in (self._arrays, self._kept_values)
            )
            rows = range(start + 1, min(start + step, count) + 1)
            yield checked_batch(self._chosen, arrays, rows, self._place, kept)

    def _keys(self) -> list[str]:
        """Parse the document, and return the names of its columns."""
        with self._source.open() as stream:
            content = stream.read_document()
        if not content.strip():
            raise no_text(self._source.name)
        try:
            document = json.loads(content)
        except UnicodeDecodeError as error:
            raise not_decodable(repr(self._source.name)) from error
        except (ValueError, RecursionError) as error:
            raise self._refused(f"is not a JSON document: {error}") from error
        rows = self._rows(document)
        self._records = [self._named(row, i) for i, row in enumerate(rows, start=1)]
        for record in self._records:
            self._note_lists(record)
        if not self._records:
            raise no_text(self._source.name)
        return list(dict.fromkeys(key for record in self._records for key in record))

    def _rows(self, document: Any) -> Sequence[Any]:
        """Return the rows of a document of any of the layouts above."""
        if isinstance(document, list):
            return _numbered(document) if document and _is_table(document) else document
        if not isinstance(document, dict):
            raise self._refused(f"is a JSON {KINDS[type(document)]}")
        values = list(document.values())
        if is_series(document):
            return values
        if _is_table(document.get("data")) and isinstance(document.get("columns"), list):
            return [dict(zip(document["columns"], row, strict=False)) for row in document["data"]]
        if values and all(isinstance(value, dict) for value in values):
            return self._rows_by_name(document)
        if _is_columns(values):
            return [dict(zip(document, row, strict=True)) for row in zip(*values, strict=True)]
        named = [key for key, value in document.items() if is_records(value)]
        named = [key for key in ("data", "rows") if key in named][:1] or named
        if len(named) == 1:
            rows: list[Any] = document[named[0]]
            return rows
        if named:
            raise self._refused(
                f"has rows under several keys, {', '.join(map(repr, named))}; save each of them as "
                f"a file of its own"
            )
        keys = ", ".join(map(repr, list(document)[:8]))
        raise self._refused(f"is one JSON object, with the keys {keys}")

    def _rows_by_name(self, document: dict[str, dict[str, object]]) -> Sequence[Any]:
        """Return the rows of an object of objects, which are columns, or else rows."""
        inner = next(iter(document.values()))
        if not self._wanted & document.keys() and self._wanted & inner.keys():
            return list(document.values())
        indices = dict.fromkeys(index for column in document.values() for index in column)
        return [{key: column.get(i) for key, column in document.items()} for i in indices]

    def _named(self, value: object, row: int) -> Record:
        """Return a row as named values; datasets-server's rows are under the key "row"."""
        record = self._as_record(value, row)
        inner = record.get("row")
        if isinstance(inner, dict) and "row_idx" in record:
            return inner
        return record

    def _hint(self, line: str) -> str:  # noqa: ARG002
        return ""

    def _refused(self, complaint: str) -> CorpusError:
        return CorpusError(f"{self._source.name!r} {complaint}; {_EXPECTED}.")


def _is_table(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(row, list) for row in value)


def _numbered(rows: list[list[object]]) -> list[Record]:
    """Return rows without names as named values, whose names are numbers from 1."""
    return [{str(at): value for at, value in enumerate(row, start=1)} for row in rows]


def _is_columns(values: Sequence[Any]) -> bool:
    """Return whether values are arrays of one length; arrays may be in some of them, as labels."""
    return (
        all(isinstance(value, list) for value in values)
        and len(set(map(len, values))) == 1
        and not any(isinstance(item, dict) for value in values for item in value)
        and not all(isinstance(item, list) for value in values for item in value)
    )
