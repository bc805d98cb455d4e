"""JSON lines: each line an object, whose keys are the columns, or a string.

Each line is parsed on its own rather than by Arrow's reader, whose types depend on which lines are
in a block, and whose errors do not name the row.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pyarrow as pa

from textseq.corpus.columns import TEXT, TEXT_NAMES, checked_batch, not_decodable
from textseq.corpus.kept import KeptColumn
from textseq.corpus.label_lists import LABEL_LIST
from textseq.corpus.readers.line_parts import LinePartsReader
from textseq.corpus.readers.lines import whole_lines
from textseq.corpus.readers.reader import Options
from textseq.corpus.source import Source
from textseq.corpus.stream import no_text
from textseq.errors import CorpusError

KINDS = {
    type(None): "null", dict: "object", list: "array", bool: "boolean", int: "number",
    float: "number", str: "string",
}  # fmt: skip


# An object with a first key, or an array of a first object, string or row; no prose begins so.
_BEGINS = re.compile(
    rb'\s*(\{\s*"[^"\n]*"\s*:|\[\s*(\{\s*"[^"\n]*"\s*:|"[^"\n]*"\s*[,\]]|\[\s*[\d"][^\n]*,))'
)
_BEGINS_NESTED = re.compile(rb'\s*\{\s*"[^"\n]*"\s*:\s*[\[{]')


def is_document(head: bytes) -> bool | None:
    """Return whether a file's first bytes are of one JSON document, and not of lines of JSON.

    None means that they are not JSON.
    """
    if head.strip() == b"[]":
        return True
    if not _BEGINS.match(head):
        return None
    lines = [line for line in whole_lines(head) if line.strip()]
    if head.lstrip().startswith(b"["):
        return True
    try:
        first = json.loads(lines[0])
    except json.JSONDecodeError as error:
        line = error.doc.rstrip()
        if error.msg == "Extra data" and not line[error.pos :].lstrip().startswith(("{", ",")):
            return None  # text such as `{"a": 1} is a dict`
        cut = b"\n" not in head.lstrip()
        return bool(_BEGINS_NESTED.match(head)) if cut else True
    except (ValueError, RecursionError):
        return True
    if len(lines) > 1:
        return False
    if any(isinstance(first.get(name), str) for name in TEXT_NAMES):
        return False
    values = list(first.values())
    if is_series(first):
        return True
    return any(map(is_records, values)) or all(isinstance(value, dict | list) for value in values)


class JsonLinesReader(LinePartsReader):
    """A file of JSON lines; blank lines are skipped."""

    extensions: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson", ".json")

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        self._listed: set[str] = set()  # the keys that have a list
        self._choose(self._keys(), options)
        label = self._chosen.label
        if label is not None and self.columns[label] in self._listed:
            self.multilabel = True

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:  # noqa: ARG003
        """Return whether the first line is an object."""
        return is_document(head) is False

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of checked rows for each block."""
        first_row = 1

        def next_row() -> int:
            return self._row_number(first_row)

        with self._open() as stream:
            for block in stream.blocks_of_lines(self._block_size, next_row):
                lines = self._decoded(block, first_row)
                records = {
                    row: self._record(line, row)
                    for row, line in enumerate(lines, first_row)
                    if line.strip()
                }
                first_row += len(lines)
                if records:
                    arrays = {at: self._array(records, at) for at in self._chosen.checked}
                    kept = self._kept_arrays(records)
                    yield checked_batch(self._chosen, arrays, list(records), self._place, kept)

    def _keys(self) -> list[str]:
        """Return the keys of the whole lines in the head, or of its one line."""
        keys: dict[str, None] = {}
        head = self._source.head(whole_line=True)
        for row, raw in enumerate(whole_lines(head), start=1):
            line = raw.decode("utf-8", "replace")
            if line.strip():
                record = self._record(line, row)
                keys.update(dict.fromkeys(record))
                self._note_lists(record)
                self._refuse_repeated_keys(line, row)
        if not keys:
            raise no_text(self._source.name)
        return list(keys)

    def _note_lists(self, record: dict[str, object]) -> None:
        self._listed.update(key for key, value in record.items() if isinstance(value, list))

    def _refuse_repeated_keys(self, line: str, row: int) -> None:
        """Raise an error where a key occurs twice; Python would take the last."""

        def check(pairs: list[tuple[str, object]]) -> None:
            keys = [key for key, _ in pairs]
            if len(set(keys)) < len(keys):
                key = next(key for key in keys if keys.count(key) > 1)
                raise CorpusError(
                    f"{self._place(row)} has the key {key!r} twice; rename one of them."
                )

        json.loads(line, object_pairs_hook=check)

    def _decoded(self, block: bytes, first_row: int) -> list[str]:
        """Return the lines of a block as strings."""
        lines = block.split(b"\n")[:-1]
        try:
            return [line.decode() for line in lines]
        except UnicodeDecodeError as error:
            row = first_row + lines.index(error.object)
            raise not_decodable(self._place(row)) from error

    def _record(self, line: str, row: int) -> dict[str, object]:
        """Return a line as a row of named values."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(
                f"{self._place(row)} is not JSON: {error}; expected one object per line, such as "
                f'{{"text": "...", "label": "..."}}{self._hint(line)}.'
            ) from error
        return self._as_record(record, row)

    def _as_record(self, value: object, row: int) -> dict[str, object]:
        """Return a value as a row: an object, or a string, which is a text."""
        if isinstance(value, str):
            return {TEXT: value}
        if isinstance(value, dict):
            return value
        hint = self._hint("[") if isinstance(value, list) else ""
        raise CorpusError(
            f"{self._place(row)} is a JSON {KINDS[type(value)]}; expected an object or a string "
            f"for each row{hint}."
        )

    def _hint(self, line: str) -> str:
        """Return what to do where a line is the first of a document that spans several."""
        is_beginning = line.strip() == "{" or line.lstrip().startswith("[")
        return "; if the file is one JSON document, say --format json" if is_beginning else ""

    def _array(self, records: dict[int, dict[str, object]], at: int) -> pa.Array:
        """Return a column of some records, which are by row: strings, or lists of labels."""
        name, is_text = self._chosen.names[at], at == self._chosen.text
        values = {row: record.get(name) for row, record in records.items()}
        if at == self._chosen.label and any(isinstance(value, list) for value in values.values()):
            return pa.array((self._list(v, row, name) for row, v in values.items()), LABEL_LIST)
        strings = (self._string(v, row, name, is_text=is_text) for row, v in values.items())
        return pa.array(strings, pa.string())

    def _typed(self, column: KeptColumn) -> KeptColumn:
        return replace(column, as_json=True)

    def _kept_arrays(self, records: dict[int, dict[str, object]]) -> dict[int, pa.Array]:
        """Return the values of the columns that are kept, as JSON."""
        return {
            column.at: pa.array(
                (
                    self._as_json(record.get(name), row, name)
                    for row, record in records.items()
                    for name in (self._chosen.names[column.at],)
                ),
                pa.string(),
            )
            for column in self._chosen.kept
            if column.at is not None
        }

    def _as_json(self, value: object, row: int, name: str) -> str | None:
        """Return a value as JSON; null for null and for a number that is none."""
        if value is None or value != value:
            return None
        text = json.dumps(value, ensure_ascii=False)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self._half_pair(row, name) from None
        return text

    def _half_pair(self, row: int, name: str) -> CorpusError:
        return CorpusError(f"{self._place(row)} has half of a surrogate pair in {name!r}.")

    def _list(self, value: object, row: int, name: str) -> list[str | None] | None:
        """Return labels as a list; what is no list is one label, which a separator may split."""
        if isinstance(value, list):
            return [self._string(item, row, name, is_text=False) for item in value]
        label = self._string(value, row, name, is_text=False)
        if label is None or self._chosen.separator is None:
            return None if label is None or not label.strip() else [label]
        return [part.strip() for part in label.split(self._chosen.separator)]

    def _string(self, value: object, row: int, name: str, *, is_text: bool) -> str | None:
        """Return a value as a string; numbers and booleans too, except in the text."""
        if value is None or value != value:
            return None
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise self._half_pair(row, name) from None
            return value
        if not is_text and isinstance(value, bool):
            return str(value).lower()
        if not is_text and isinstance(value, int | float):
            # pandas turns integers into such floats where one is missing; Arrow writes them so too.
            whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
            return str(int(value) if whole else value)
        hint = "; join the words of each text with spaces" if isinstance(value, list) else ""
        raise CorpusError(
            f"{self._place(row)} has a JSON {KINDS[type(value)]} in {name!r}, where a string "
            f"was expected{hint}."
        )


def is_series(value: dict[str, object]) -> bool:
    """Return whether an object is a column of texts by row number, as pandas writes a Series."""
    return bool(value) and all(
        key.isdecimal() and isinstance(text, str) for key, text in value.items()
    )


def is_records(value: object) -> bool:
    """Return whether a value is an array of objects."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
