"""Parquet files."""

import contextlib
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet

from textseq.corpus.columns import checked_batch
from textseq.corpus.readers.reader import Options, Reader
from textseq.corpus.source import Source
from textseq.corpus.stream import no_text, refuse_pointer
from textseq.errors import ArgumentError, CorpusError

# A file of at most this many bytes is read a column at a time; larger ones through a buffer, which
# Arrow makes as large as a page claims to be: up to 2 GB if the file is damaged.
_WHOLE = 32 << 20
_ROW_BYTES = 256  # an estimate of the size of a row


class ParquetReader(Reader):
    """A Parquet file; the text is a column of strings, the label one of strings or numbers."""

    extensions = (".parquet",)
    magic = b"PAR1"

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        if not source.again:
            raise ArgumentError(
                f"{source.name!r} cannot be read as parquet while it streams, since Parquet ends "
                f"with its table of contents; let it spool (spool=True), or give a file."
            )
        if not source.path.stat().st_size:
            raise no_text(source.name)
        refuse_pointer(source.name, source.first_bytes())
        with self._opened() as file:
            schema, row_count = file.schema_arrow, file.metadata.num_rows
        if not row_count:
            raise no_text(source.name)
        self._choose(schema.names, options)
        _check_strings(source.name, schema.field(self._chosen.text))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches of checked rows."""
        names = [self.columns[at] for at in self._chosen.places]
        size = max(1, self._block_size // _ROW_BYTES)
        row = 1
        with self._opened() as file, self._wrap_errors("is damaged"):
            for raw in file.iter_batches(batch_size=size, columns=names):
                arrays = {at: raw.column(self.columns[at]) for at in self._chosen.places}
                rows = range(row, row + len(raw))
                yield checked_batch(self._chosen, arrays, rows, self._place)
                row += len(raw)

    def _opened(self) -> pyarrow.parquet.ParquetFile:
        """Return the file; a large one is read through a buffer, not a column at a time."""
        path = self._source.path
        with self._wrap_errors("cannot be read as parquet"):
            buffer_size = self._block_size if path.stat().st_size > _WHOLE else 0
            return pyarrow.parquet.ParquetFile(path, buffer_size=buffer_size, pre_buffer=False)

    @contextlib.contextmanager
    def _wrap_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise CorpusError(f"{self._source.name!r} {what}: {error}.") from error


def _check_strings(name: str, field: pa.Field) -> None:
    """Raise an error where the column chosen as the text does not hold strings."""
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if kind not in (pa.string(), pa.large_string(), pa.string_view()):
        raise CorpusError(
            f"The column {field.name!r} of {name!r} cannot be the text: expected strings. "
            f"Received: {field.type}. Choose another with --text-column."
        )
