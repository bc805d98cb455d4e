"""One-hot rows on Spark: MLlib's sparse vectors in a DataFrame, or parts of `onehot_parquet`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.sequences.onehot import check_range
from textseq.sequences.onehot_parquet import write_columns
from textseq.sequences.sequences import Sequences
from textseq.sequences.units import IdUnit
from textseq.spark.frames import append_columns, type_of, with_columns
from textseq.spark.ids import IdsOnSpark
from textseq.spark.parts import part_file, parts_folder
from textseq.spark.worker import Report
from textseq.tokenizer.tokenizer import Tokenizer
from textseq.tokenizer.vocabulary_size import vocabulary_size

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_SPARSE = 0  # the kind of an MLlib vector, in its struct


def one_hot(
    df: DataFrame, tokenizer: Tokenizer, column: str = "ids", output: str = "onehot"
) -> DataFrame:
    """Return a DataFrame with one more column: a sparse vector of MLlib for each id of a document.

    Args:
        df: A DataFrame.
        tokenizer: The one that made the ids; it gives the width of the vectors, a column for each
            id and column 0 for padding.
        column: The name of its column of ids, arrays of integers.
        output: The name of the new column, arrays of vectors.

    Raises:
        ArgumentError: There is no such column, it does not hold arrays of integers, or there is a
            column named `output` already. When the DataFrame is used: an id is outside the width,
            or a null.

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.spark import one_hot
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["no mountain high enough"])
        >>> df = spark.createDataFrame([([3, 2],)], ["ids"])
        >>> one_hot(df, tokenizer).collect()
        [Row(ids=[3, 2], onehot=[SparseVector(5, {3: 1.0}), SparseVector(5, {2: 1.0})])]
    """
    return one_hot_of_width(df, vocabulary_size(tokenizer), column, output)


def one_hot_of_width(df: DataFrame, width: int, column: str, output: str) -> DataFrame:
    """Return what `one_hot` returns, with vectors of a given width."""
    from pyspark.ml.linalg import VectorUDT
    from pyspark.sql.types import ArrayType

    _check_ids(df, column)
    schema = with_columns(df, {output: ArrayType(VectorUDT())})
    work = partial(_with_vectors, width=width, column=column, output=output)
    return df.mapInArrow(work, schema)


def write_one_hot(ids: IdsOnSpark, width: int, output: StrPath, *, force: bool = False) -> int:
    """Write the one-hot rows of ids to a folder of Parquet parts, and return their number.

    The schema is that of `sequences.onehot_parquet`. An existing folder is replaced with `force`.

    Raises:
        ArgumentError: An id is outside 0 to `width` - 1.
    """
    with parts_folder(output, force=force) as folder:
        reports = ids.run(partial(_write_part, width=width, folder=folder))
        _check_places(reports, ids.units, width)
        return sum(ids.check(reports))


def _write_part(number: int, unit: IdUnit, width: int, folder: Path) -> int:
    """Write the one-hot rows of a unit to a part, and return their number."""
    with part_file(folder, number) as path:
        return write_columns(path, (sequences for sequences, _ in unit.batches()), width)


def _check_places(reports: list[Report], units: list[IdUnit], width: int) -> None:
    """Raise the error of one machine, which has the place of an id among all.

    A worker does not know how many ids other units have; so the first unit with an error is read
    again here.
    """
    before = 0
    for report, unit in zip(reports, units, strict=True):
        if report.error is None:
            before += report.value
            continue
        if isinstance(report.error, ArgumentError):
            for sequences, _ in unit.batches():
                check_range(sequences.ids, width, "width", first=before)
                before += len(sequences.ids)
        return


def _check_ids(df: DataFrame, column: str) -> None:
    """Raise an error unless a column of ids has this name."""
    from pyspark.sql.types import ArrayType, IntegralType

    kind = type_of(df, column)
    if not (isinstance(kind, ArrayType) and isinstance(kind.elementType, IntegralType)):
        raise ArgumentError(
            f"The column {column!r} cannot be the ids: expected arrays of integers. Received: "
            f"{kind.simpleString()}."
        )


def _with_vectors(
    batches: Iterable[pa.RecordBatch], width: int, column: str, output: str
) -> Iterator[pa.RecordBatch]:
    """Yield batches with the vectors of their ids."""
    for batch in batches:
        sequences = Sequences.from_arrow(batch.column(column))
        check_range(sequences.ids, width, "width")
        yield append_columns(batch, {output: to_vectors(sequences, width)})


def to_vectors(sequences: Sequences, width: int) -> pa.ListArray:
    """Return the one-hot rows of ids as lists of MLlib's vectors, as Arrow hands them to Spark.

    A vector is `struct<type: int8, size: int32, indices: list<int32>, values: list<double>>`.
    """
    tokens = len(sequences.ids)
    each = pa.array(np.arange(tokens + 1, dtype=np.int32))  # one index and one value a vector
    vectors = pa.StructArray.from_arrays(
        [
            pa.array(np.full(tokens, _SPARSE, np.int8)),
            pa.array(np.full(tokens, width, np.int32)),
            pa.ListArray.from_arrays(each, pa.array(sequences.ids)),
            pa.ListArray.from_arrays(each, pa.array(np.ones(tokens))),
        ],
        names=["type", "size", "indices", "values"],
    )
    return pa.ListArray.from_arrays(pa.array(sequences.offsets.astype(np.int32)), vectors)
