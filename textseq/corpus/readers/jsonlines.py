"""JSON lines: an object a line, whose keys are the columns, or a string a line.

Each line is parsed on its own rather than by Arrow's reader, whose types depend on which lines
share a block, and whose errors do not name the row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa

from textseq.corpus.columns import TEXT, Columns, choose_columns, not_decodable, sound_batch
from textseq.corpus.options import Options
from textseq.corpus.source import Source, no_text
from textseq.errors import CorpusError


class JsonLinesReader:
    """A file of JSON lines; blank lines are skipped."""

    def __init__(self, source: Source, options: Options) -> None:
        self._source = source
        self._block_size = options.block_size
        self.columns = self._first_keys(source.head(whole_line=True))
        self._chosen = choose_columns(source.name, self.columns, options)
        self.has_labels = self._chosen.label is not None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of sound rows for each block."""
        first_row = 1
        with self._source.open() as stream:
            for block in stream.blocks_of_lines(self._block_size):
                lines = self._decoded(block, first_row)
                rows = [row for row, line in enumerate(lines, first_row) if line.strip()]
                records = [self._record(lines[row - first_row], row) for row in rows]
                first_row += len(lines)
                if rows:
                    yield sound_batch(self._chosen, self._arrays(records, rows), rows, self._place)

    def _place(self, row: int) -> str:
        return f"Row {row} of {self._source.name!r}"

    def _first_keys(self, head: bytes) -> list[str]:
        """Return the keys of the lines in the head, the first of which may be all there is."""
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
        """Raise an error where a key stands twice, of which Python would take the last."""

        def check(pairs: list[tuple[str, object]]) -> None:
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    raise CorpusError(
                        f"{self._place(row)} has the key {key!r} twice, so which one is meant is "
                        f"not clear; rename one of them."
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
                f"{self._place(row)} is not JSON: {error}; expected one object a line, such as "
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
        """Return a value as a string; only what is not the text may be a number or a boolean."""
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
    """Return whether a string can be written as UTF-8, as half of a surrogate pair cannot."""
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
