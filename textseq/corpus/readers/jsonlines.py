"""JSON lines: each line an object, whose keys are the columns, or a string.

Each line is parsed on its own rather than by Arrow's reader, whose types depend on which lines are
in a block, and whose errors do not name the row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa

from textseq.corpus.columns import TEXT, Columns, checked_batch, choose_columns, not_decodable
from textseq.corpus.options import Options
from textseq.corpus.readers.reader import Reader
from textseq.corpus.source import Source, no_text
from textseq.errors import CorpusError


class JsonLinesReader(Reader):
    """A file of JSON lines; blank lines are skipped."""

    extensions = (".jsonl", ".ndjson", ".json")

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        self.columns = self._first_keys(source.head(whole_line=True))
        self._chosen = choose_columns(source.name, self.columns, options)
        self.has_labels = self._chosen.label is not None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of checked rows for each block."""
        first_row = 1
        with self._source.open() as stream:
            for block in stream.blocks_of_lines(self._block_size):
                lines = self._decoded(block, first_row)
                rows = [row for row, line in enumerate(lines, first_row) if line.strip()]
                records = [self._record(lines[row - first_row], row) for row in rows]
                first_row += len(lines)
                if rows:
                    yield checked_batch(
                        self._chosen, self._arrays(records, rows), rows, self._place
                    )

    def _first_keys(self, head: bytes) -> list[str]:
        """Return the keys of the whole lines in the head, or of its one line."""
        *lines, last = head.decode("utf-8", "replace").split("\n")
        keys: dict[str, None] = {}
        for row, line in enumerate(lines or [last], start=1):
            if line.strip():
                keys.update(dict.fromkeys(self._record(line, row)))
                self._refuse_repeated_keys(line, row)
        if not keys:
            raise no_text(self._source.name)
        return list(keys)

    def _refuse_repeated_keys(self, line: str, row: int) -> None:
        """Raise an error where a key occurs twice; Python would take the last."""

        def check(pairs: list[tuple[str, object]]) -> None:
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    raise CorpusError(
                        f"{self._place(row)} has the key {key!r} twice; rename one of them."
                    )
                seen.add(key)

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
                f'{{"text": "...", "label": "..."}}.'
            ) from error
        if isinstance(record, str):
            return {TEXT: record}
        if isinstance(record, dict):
            return record
        raise CorpusError(
            f"{self._place(row)} is a JSON {_kind(record)}; expected an object or a string on "
            f"each line."
        )

    def _arrays(self, records: list[dict[str, object]], rows: list[int]) -> dict[int, pa.Array]:
        """Return the chosen columns of some records."""
        chosen: Columns = self._chosen
        return {
            at: pa.array(
                [
                    self._string(record.get(chosen.names[at]), chosen.names[at], row, at)
                    for record, row in zip(records, rows, strict=True)
                ],
                pa.string(),
            )
            for at in chosen.places
        }

    def _string(self, value: object, name: str, row: int, at: int) -> str | None:
        """Return a value as a string; numbers and booleans too, except in the text."""
        if isinstance(value, str):
            if value.isascii() or _is_unicode(value):
                return value
            raise CorpusError(f"{self._place(row)} has half of a surrogate pair in {name!r}.")
        if value is None:
            return None
        if at != self._chosen.text:
            if isinstance(value, bool):
                return str(value).lower()
            if isinstance(value, int | float):
                return str(value)
        raise CorpusError(
            f"{self._place(row)} has a JSON {_kind(value)} in {name!r}, where a string "
            f"was expected."
        )


def _is_unicode(value: str) -> bool:
    """Return whether a string can be written as UTF-8; half of a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    """Return what JSON calls the type of a value."""
    if value is None:
        return "null"
    names = {dict: "object", list: "array", bool: "boolean", int: "number", float: "number"}
    return names[type(value)]
