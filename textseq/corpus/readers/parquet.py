"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet

from textseq.corpus.columns import checked_batch, choose_columns
from textseq.corpus.options import Options
from textseq.corpus.readers.reader import Reader
from textseq.corpus.source import Source, no_text
from textseq.errors import ArgumentError, CorpusError

_WHOLE = 32 << 20
"""A file of at most this many bytes is read a column at a time; larger ones through a buffer, which
Arrow makes as large as a page claims to be: up to 2 GB if the file is damaged."""

_ROW_BYTES = 256  # an estimate of the size of a row


class ParquetReader(Reader):
    """A Parquet file; the text is a column of strings, the label one of strings or numbers."""

    extensions = (".parquet",)

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        if not source.again:
            raise ArgumentError(
                f"{source.name!r} cannot be read as parquet while it streams, since Parquet ends "
                f"with its table of contents; let it spool (spool=True), or give a file."
            )
        if not source.path.stat().st_size:
            raise no_text(source.name)
        with self._opened() as file:
            schema, row_count = file.schema_arrow, file.metadata.num_rows
        if not row_count:
            raise no_text(source.name)
        self.columns: list[str] = schema.names
        self._chosen = choose_columns(source.name, self.columns, options)
        self.has_labels = self._chosen.label is not None
        _check_strings(source.name, schema.field(self._chosen.text))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches of checked rows."""
        names = [self.columns[at] for at in self._chosen.places]
        row = 1
        with self._opened() as file:
            try:
                for raw in file.iter_batches(
                    batch_size=max(1, self._block_size // _ROW_BYTES), columns=names
                ):
                    arrays = {at: raw.column(self.columns[at]) for at in self._chosen.places}
                    rows = range(row, row + len(raw))
                    yield checked_batch(self._chosen, arrays, rows, self._place)
                    row += len(raw)
            except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
                raise CorpusError(f"{self._source.name!r} is damaged: {error}.") from error

    def _opened(self) -> pyarrow.parquet.ParquetFile:
        """Return the file; a large one is read through a buffer, not a column at a time."""
        path = self._source.path
        try:
            buffer_size = self._block_size if path.stat().st_size > _WHOLE else 0
            return pyarrow.parquet.ParquetFile(path, buffer_size=buffer_size, pre_buffer=False)
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise CorpusError(
                f"{self._source.name!r} cannot be read as parquet: {error}."
            ) from error


def _check_strings(name: str, field: pa.Field) -> None:
    """Raise an error where the column chosen as the text does not hold strings."""
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    strings = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    if not any(is_one(kind) for is_one in strings):
        raise CorpusError(
            f"The column {field.name!r} of {name!r} cannot be the text: expected strings. "
            f"Received: {field.type}. Choose another with --text-column."
        )
