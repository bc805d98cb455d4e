"""Work on the units of a corpus of files: each by one task, on any worker, the results in order."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from textseq.spark.errors import wrap_spark_errors
from textseq.spark.worker import Report, reporting, use_one_thread

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Unit = TypeVar("Unit")


def unit_bytes(session: SparkSession, total: int) -> int:
    """Return how many bytes a unit should have, by the rule by which Spark splits files.

    A task for each processor, of at most `spark.sql.files.maxPartitionBytes` (128 MiB) and at least
    `spark.sql.files.openCostInBytes` (4 MiB); see Spark's `FilePartition.maxSplitBytes`.
    """
    context: Any = session.sparkContext
    java: Any = context._jvm.org.apache.spark.network.util.JavaUtils

    def setting(name: str) -> int:
        return int(java.byteStringAsBytes(session.conf.get(f"spark.sql.files.{name}")))

    share = total // max(1, int(context.defaultParallelism))
    return min(setting("maxPartitionBytes"), max(setting("openCostInBytes"), share))


def units_frame(session: SparkSession, units: Sequence[Any], tasks: int | None = None) -> DataFrame:
    """Return a DataFrame of units, a row for each.

    The columns are `unit: long`, its number from 0, and `work: binary`, the pickled unit. There is
    a task for each unit, or so many `tasks`, each of which has consecutive units.
    """
    rows = [(number, pickle.dumps(unit)) for number, unit in enumerate(units)]
    slices = len(rows) if tasks is None else min(len(rows), tasks)
    data = session.sparkContext.parallelize(rows, max(1, slices))
    return session.createDataFrame(data, "unit long, work binary")


def units_of(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, Any]]:
    """Yield the number of each unit in batches of a `units_frame`, and the unit."""
    for batch in batches:
        for number, work in zip(batch.column("unit"), batch.column("work"), strict=True):
            yield number.as_py(), pickle.loads(work.as_py())  # noqa: S301  (of `units_frame`)


def map_units(
    session: SparkSession, units: Sequence[Unit], work: Callable[[int, Unit], Any]
) -> list[Report]:
    """Return a report of `work(number, unit)` for each unit, in order; a task of Spark does each.

    Args:
        session: A Spark session.
        units: What `pickle` can take, such as those of `Corpus.units`.
        work: A function that workers can import, or a `functools.partial` of one. It may run more
            than once for a unit, on several workers: what it leaves outside must then be the same.

    Raises:
        EngineError: Spark gives up, since workers end or fail again and again.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        use_one_thread()
        for number, unit in units_of(batches):
            with reporting() as report:
                report.value = work(number, unit)
            columns = {"unit": [number], "report": [pickle.dumps(report)]}
            yield pa.record_batch(columns)

    frame = units_frame(session, units).mapInArrow(run, "unit long, report binary")
    with wrap_spark_errors():
        rows = sorted(frame.collect(), key=lambda row: row.unit)
    return [pickle.loads(row.report) for row in rows]  # noqa: S301  (of our own workers)
