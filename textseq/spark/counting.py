"""The words of a corpus: counted unit by unit, merged and cut on the cluster, then numbered.

    unit 0   ──►  word, count, documents, place  ─┐
    unit 1   ──►  word, count, documents, place  ─┼─►  by word: sum, sum, least  ──►  cut  ──►  ids
    ...                                          ─┘

The place of a word in a unit is the unit's number and the word's rank there by first appearance, so
the least of its places is where the corpus has it first. That is all that ids depend on, besides
the counts: not on how the corpus was divided, nor on which worker counted what. It is the merge by
which one machine adds up the tables of its threads (`tokenizer.engine.word_table.merge_tables`).

Spark's shuffle spills to the disk. So words that `min_count` or `num_words` leave without an id can
be cut before the rest, which must fit in its memory, is collected by the driver.
"""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from textseq.errors import ArgumentError
from textseq.spark.errors import wrap_spark_errors
from textseq.spark.worker import Report, reporting, use_one_thread
from textseq.tokenizer.analyzers import SUBWORDS
from textseq.tokenizer.tokenizer import Tokenizer
from textseq.tokenizer.word_counts import WordCounts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

COLUMNS = "word binary, count long, documents long, place long, report binary"
"""Of the counts: a row for each word of a unit, and a row without a word for the unit itself."""

_SCHEMA = pa.schema(
    {
        "word": pa.binary(),
        "count": pa.int64(),
        "documents": pa.int64(),
        "place": pa.int64(),
        "report": pa.binary(),
    }
)
_RANKS = 32  # bits of a place that hold the rank
_GROUP_BYTES = 1 << 27  # of text that is counted before it is looked how many words it has
_MOST_WORDS = 1 << 21  # that a worker holds before it passes them on
_ROWS = 1 << 16  # words in a batch, of at most:
_BATCH_BYTES = 1 << 28

EXPECTED_REPORTS = 1000
"""Rows besides the words, where the most frequent of those are asked for; more are found too."""


class Countable(Protocol):
    """A unit as a worker has it: its number, its texts, and what to report once they are read."""

    number: int

    def texts(self) -> Iterator[pa.Array]:
        """Yield the texts as Arrow arrays of strings."""

    def summary(self) -> Any:
        """Return the value of the report."""


Units = Callable[[Iterable[pa.RecordBatch]], Iterable[Countable]]
"""From the batches that Spark hands to a task to units."""


def fit(frame: DataFrame, units: Units, tokenizer: Tokenizer) -> tuple[Tokenizer, list[Report]]:
    """Fit a tokenizer on the units of a DataFrame.

    Args:
        frame: Its partitions are what tasks work on.
        units: What they make of it; workers must be able to import it.
        tokenizer: A new one with the settings.

    Returns:
        The tokenizer without unused words; and the reports of the units, by number, of which those
        that are equal are one. If one has an error, no ids were given.

    Raises:
        ArgumentError: `max_words` is set, which depends on the order in which words are counted; or
            the analyzer learns sub-words.
        EngineError: Spark gives up.
    """
    check_countable(tokenizer)

    def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        use_one_thread()
        for unit in units(batches):
            yield from count_unit(tokenizer, unit)

    with wrap_spark_errors():
        merged = _collect(_merge(frame.mapInArrow(count, COLUMNS)), tokenizer)
    return with_ids(tokenizer, merged)


def check_countable(tokenizer: Tokenizer) -> None:
    """Raise an error where the words depend on the order of counting, or on all texts at once."""
    if tokenizer.analyzer in SUBWORDS and tokenizer.subwords is None:
        raise ArgumentError(
            f"The analyzer {tokenizer.analyzer!r} learns sub-words, which needs the texts on one "
            f"machine; fit a tokenizer there on some of them (`textseq tokenize SOME --analyzer "
            f"{tokenizer.analyzer} --save-tokenizer tokenizer.json`), and encode all of them on "
            f"Spark with --tokenizer tokenizer.json."
        )
    if tokenizer.max_words is not None:
        raise ArgumentError(
            "`max_words` (--max-words) drops words in the order in which they are counted, so it "
            "cannot be used on Spark; to bound the vocabulary, set `min_count` (--min-count) or "
            "`num_words` (--num-words)."
        )


def count_unit(tokenizer: Tokenizer, unit: Countable) -> Iterator[pa.RecordBatch]:
    """Yield the words of a unit with their counts and places, and then the report."""
    rank = documents = 0
    start = unit.number << _RANKS
    with reporting() as report:
        for counts in _summed(map(tokenizer.count_texts, _groups(unit.texts(), _GROUP_BYTES))):
            table = counts.to_arrow()
            places = np.arange(len(table), dtype=np.int64) + (start + rank)
            yield from _batches(table.append_column("place", pa.array(places)))
            rank, documents = rank + len(table), documents + counts.document_count
        report.value = unit.summary()
    row = {"word": [None], "count": [0], "documents": [documents], "place": [start]}
    yield pa.record_batch({**row, "report": [pickle.dumps(report)]}, _SCHEMA)


def _summed(parts: Iterator[WordCounts]) -> Iterator[WordCounts]:
    """Yield counts of consecutive parts, added up until they hold `_MOST_WORDS` words or more."""
    total = WordCounts()
    for part in parts:
        total.add(part)
        if len(total.to_vocabulary()) >= _MOST_WORDS:
            yield total
            total = WordCounts()
    if total.document_count:
        yield total


def _groups(texts: Iterator[pa.Array], size: int) -> Iterator[Iterator[pa.Array]]:
    """Yield texts in groups of about `size` bytes, each to be used up before the next."""

    def group(first: pa.Array) -> Iterator[pa.Array]:
        held = first.nbytes
        yield first
        while held < size and (array := next(texts, None)) is not None:
            held += array.nbytes
            yield array

    while (first := next(texts, None)) is not None:
        yield group(first)


def _batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield words and counts in batches that Spark can take, whose offsets have 32 bits."""
    for start in range(0, len(table), _ROWS):
        yield from _small_batches(table.slice(start, _ROWS))


def _small_batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    if len(table) > 1 and table.nbytes > _BATCH_BYTES:
        half = len(table) // 2
        yield from itertools.chain(
            _small_batches(table.slice(0, half)), _small_batches(table.slice(half))
        )
        return
    whole = table.append_column("report", pa.nulls(len(table), pa.binary()))
    yield from whole.cast(_SCHEMA).combine_chunks().to_batches()


def _merge(counts: DataFrame) -> DataFrame:
    """Return a row for each word of the corpus, and for each report."""
    from pyspark.sql import functions

    return counts.groupBy("word", "report").agg(
        functions.sum("count").alias("count"),
        functions.sum("documents").alias("documents"),
        functions.min("place").alias("place"),
    )


def _collect(merged: DataFrame, tokenizer: Tokenizer) -> pa.Table:
    """Return the reports and the words that may get an id, in the driver's memory."""
    from pyspark.sql import functions

    count, always = functions.col("count"), functions.col("report").isNotNull()
    if tokenizer.oov_token is not None:  # which has an id, whether it is frequent or not
        word = functions.lit(bytearray(tokenizer.oov_token.encode("utf-8", "surrogatepass")))
        always = always | functions.col("word").eqNullSafe(word)
    if tokenizer.min_count > 1:
        merged = merged.where(always | (count >= tokenizer.min_count))
    limit = math.ceil(tokenizer.num_words or 0)
    if limit <= 1:
        return merged.toArrow()
    ranked = merged.orderBy(always.desc(), count.desc(), "place")
    others = EXPECTED_REPORTS
    while True:
        rows = ranked.limit(limit + others).toArrow()
        if rows["word"].null_count + 1 < others:  # 1 for the oov_token
            return rows
        others *= others  # so many reports that they take the place of words


def with_ids(tokenizer: Tokenizer, merged: pa.Table) -> tuple[Tokenizer, list[Report]]:
    """Give merged words, in the order of their places, ids by falling frequency; see `fit`."""
    rows = merged.sort_by("place")
    is_word = pc.is_valid(rows["word"])
    units = rows.filter(pc.invert(is_word))
    reports = [pickle.loads(pickled) for pickled in units["report"].to_pylist()]  # noqa: S301
    if any(report.error for report in reports):
        return tokenizer, reports
    counts = rows.filter(is_word).select(["word", "count", "documents"])
    counts = counts.set_column(0, "word", counts["word"].cast(pa.large_binary()))
    tokenizer.add_counts(WordCounts.of(counts, pc.sum(units["documents"]).as_py() or 0))
    # Beyond `num_words` some may be left, since `_collect` asks for more; rare ones are not.
    return tokenizer.without_unused_words() if tokenizer.num_words else tokenizer, reports
