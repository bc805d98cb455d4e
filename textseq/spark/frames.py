"""The stages as functions of DataFrames, for notebooks and Spark programs.

The order of documents is that of `df.collect()`: by partition, and in it by row. Where a DataFrame
has no order of its own, as after a shuffle, sort it, or ties between words of one count may get
their ids in another order each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from textseq.errors import ArgumentError
from textseq.registry import did_you_mean
from textseq.spark import counting
from textseq.spark.shared import Shared
from textseq.spark.worker import check_reports, use_one_thread
from textseq.tokenizer.corpus_encoding import encode_rows
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType, StructType

Batches = Iterator[pa.RecordBatch]


def fit_tokenizer(df: DataFrame, column: str = "text", **settings: Any) -> Tokenizer:
    """Fit a tokenizer on a column of texts.

    The ids are those of `Tokenizer.fit_on_texts` on the same texts. The words that have none, being
    rarer than `min_count` or beyond `num_words`, are cut on the cluster; see
    `Tokenizer.without_unused_words`.

    Args:
        df: A DataFrame.
        column: The name of its column of strings.
        **settings: Those of `Tokenizer`.

    Raises:
        ArgumentError: There is no such column, it does not hold strings, a text is null, a setting
            is out of its range, `max_words` is set, which depends on the order of counting, or the
            analyzer learns sub-words.
        EngineError: Spark gives up.

    Example:
        >>> from textseq.spark import fit_tokenizer
        >>> df = spark.createDataFrame([("no mountain",), ("high mountain",)], ["text"])
        >>> fit_tokenizer(df, "text").word_index
        {'mountain': 1, 'no': 2, 'high': 3}
    """
    tokenizer = Tokenizer(**settings)
    check_strings(df, column)
    units = partial(_countable, column=column)
    fitted, reports = counting.fit(df.select(df[column]), units, tokenizer)
    check_reports(reports, set())
    return fitted


def encode(
    df: DataFrame, tokenizer: Tokenizer, column: str = "text", output: str = "ids"
) -> DataFrame:
    """Return a DataFrame with one more column: the ids of texts, as arrays of integers.

    Args:
        df: A DataFrame.
        tokenizer: A fitted one.
        column: The name of its column of strings.
        output: The name of the new column.

    Raises:
        ArgumentError: There is no such column, it does not hold strings, or there is a column named
            `output` already. When the DataFrame is used: a text is null.

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.spark import encode
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["no mountain high enough"])
        >>> df = spark.createDataFrame([(1, "high mountain")], ["row", "text"])
        >>> encode(df, tokenizer).collect()
        [Row(row=1, text='high mountain', ids=[3, 2])]
    """
    from pyspark.sql.types import ArrayType, IntegerType

    check_strings(df, column)
    tokenizer.encode([])  # an error now if it is not fitted
    schema = with_columns(df, {output: ArrayType(IntegerType())})
    shared = Shared(df.sparkSession, tokenizer)
    return df.mapInArrow(partial(_encode, tokenizer=shared, column=column, output=output), schema)


def check_strings(df: DataFrame, column: str) -> None:
    """Raise an error unless a column of strings has this name."""
    from pyspark.sql.types import StringType

    kind = type_of(df, column)
    if not isinstance(kind, StringType):
        raise ArgumentError(
            f"The column {column!r} cannot be the text: expected strings. Received: "
            f"{kind.simpleString()}."
        )


def type_of(df: DataFrame, column: str) -> DataType:
    """Return the type of a column; a name that no column has is an error."""
    if column not in df.columns:
        raise ArgumentError(
            f"The DataFrame has no column {column!r}; "
            f"{did_you_mean(column, df.columns, intro='it has', show=repr)}."
        )
    return df.schema[column].dataType


def with_columns(df: DataFrame, new: dict[str, DataType]) -> StructType:
    """Return the schema of a DataFrame with more columns; a name that is taken is an error."""
    from pyspark.sql.types import StructType

    for name in new:
        if name in df.columns:
            raise ArgumentError(
                f"The DataFrame has a column {name!r} already; name another output, or drop it."
            )
    schema = StructType(list(df.schema.fields))
    for name, kind in new.items():
        schema.add(name, kind)
    return schema


@dataclass
class _Countable:
    """A partition of a DataFrame, to be counted as the one unit that it is."""

    number: int
    batches: Iterable[pa.RecordBatch]
    column: str

    def texts(self) -> Iterator[pa.Array]:
        return (batch.column(self.column) for batch in check_texts(self.batches, self.column))

    def summary(self) -> None: ...


def _countable(batches: Iterable[pa.RecordBatch], column: str) -> Iterator[_Countable]:
    from pyspark import TaskContext

    task: Any = TaskContext.get()
    yield _Countable(task.partitionId(), batches, column)


def check_texts(batches: Iterable[pa.RecordBatch], column: str) -> Batches:
    """Yield batches whose texts are not null; raise an error at the first that has a null."""
    for batch in batches:
        if batch.column(column).null_count:
            raise ArgumentError(
                f"The column {column!r} holds a null, where a text was expected; fill it, as with "
                f"df.fillna('', {column!r}), or drop such rows."
            )
        yield batch


def _encode(
    batches: Iterable[pa.RecordBatch], tokenizer: Shared[Tokenizer], column: str, output: str
) -> Batches:
    """Yield batches with the ids of their texts."""
    use_one_thread()
    for sequences, rows in encode_rows(tokenizer.value, check_texts(batches, column), column):
        yield append_columns(rows, {output: sequences.to_arrow()})


def append_columns(rows: pa.RecordBatch, new: dict[str, pa.Array]) -> pa.RecordBatch:
    """Return rows with more columns."""
    return pa.record_batch([*rows.columns, *new.values()], [*rows.schema.names, *new])
