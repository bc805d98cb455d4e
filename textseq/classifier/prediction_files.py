"""Predictions on disk, batch by batch: Parquet or JSON lines, by the extension.

`predictions.py` has their schema. A line of JSON is what `classify predict --json` prints.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from textseq.classifier.predictions import PredictionColumns, Predictions
from textseq.errors import ArgumentError
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath

Write = Callable[[Predictions], None]


@contextlib.contextmanager
def open_predictions(
    path: StrPath, columns: PredictionColumns, *, force: bool = False
) -> Iterator[Write]:
    r"""Yield a function that writes a batch to a file, which appears when the block ends.

    Args:
        path: A name that ends in .parquet or .jsonl.
        columns: Those of every batch.
        force: Whether to replace an existing file.

    Raises:
        ArgumentError: The name ends in something else.
        OutputExistsError: There is such a file, and `force` is false.

    Example:
        >>> import numpy as np
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from textseq.classifier.prediction_files import open_predictions
        >>> from textseq.classifier.predictions import PredictionColumns, Predictions
        >>> path, columns = Path(mkdtemp()) / "predictions.jsonl", PredictionColumns()
        >>> with open_predictions(path, columns) as write:
        ...     write(Predictions(np.eye(2, dtype=np.float32)[:1], ["bad", "good"], columns))
        >>> path.read_text()
        '{"label": "bad", "probability": 1.0}\n'
    """
    open_writer = _FORMATS[format_of(path)]
    with (
        atomic_file(path, force=force) as temporary,
        open_writer(temporary, columns.schema) as write,
    ):
        yield write


def format_of(path: StrPath) -> str:
    """Return the extension of a file of predictions, or raise an error where it is unknown."""
    suffix = Path(path).suffix
    if suffix not in _FORMATS:
        raise ArgumentError(
            f"'{path}' has an unknown extension for predictions; expected a name that ends in "
            f"{' or '.join(_FORMATS)}."
        )
    return suffix


@contextlib.contextmanager
def _open_parquet(path: Path, schema: pa.Schema) -> Iterator[Write]:
    with (
        pa.OSFile(os.fsencode(path), "wb") as raw,
        pq.ParquetWriter(raw, schema, compression="zstd", write_page_checksum=True) as writer,
    ):
        yield lambda predictions: writer.write_batch(predictions.to_arrow())


@contextlib.contextmanager
def _open_json_lines(path: Path, schema: pa.Schema) -> Iterator[Write]:  # noqa: ARG001 - one shape
    with path.open("w", encoding="utf-8") as file:

        def write(predictions: Predictions) -> None:
            lines = (json.dumps(one, ensure_ascii=False) for one in predictions.records())
            file.writelines(f"{line}\n" for line in lines)

        yield write


_FORMATS: dict[str, Callable[[Path, pa.Schema], AbstractContextManager[Write]]] = {
    ".parquet": _open_parquet,
    ".jsonl": _open_json_lines,
}
