"""Work on the units of a corpus of files: each by one task, on any worker, the results in order."""

from __future__ import annotations

import contextlib
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from textseq.errors import EngineError
from textseq.spark.worker import Report, check_reports, reporting

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Unit = TypeVar("Unit")
Result = TypeVar("Result")

_ERROR_LINE = re.compile(r"[\w.]*(Error|Exception|Interrupt|Exit)\b.*")

UNIT_BYTES = "spark.sql.files.maxPartitionBytes"
"""Spark's own setting of how much of a file a task reads, 128 MiB by default."""


def unit_bytes(session: SparkSession) -> int:
    """Return how many bytes a unit has, by Spark's setting."""
    java: Any = session.sparkContext._jvm
    text = session.conf.get(UNIT_BYTES, "128MB")
    return int(java.org.apache.spark.network.util.JavaUtils.byteStringAsBytes(text))


def units_frame(session: SparkSession, units: Sequence[Any]) -> DataFrame:
    """Return a DataFrame of units: a row and a task for each.

    The columns are `unit: long`, its number from 0, and `work: binary`, the pickled unit.
    """
    rows = [(number, pickle.dumps(unit)) for number, unit in enumerate(units)]
    data = session.sparkContext.parallelize(rows, max(1, len(rows)))
    return session.createDataFrame(data, "unit long, work binary")


def units_of(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, Any]]:
    """Yield the number of each unit in batches of a `units_frame`, and the unit."""
    for batch in batches:
        for number, work in zip(batch.column("unit"), batch.column("work"), strict=True):
            yield number.as_py(), pickle.loads(work.as_py())  # noqa: S301  (of `units_frame`)


def map_units(
    session: SparkSession, units: Sequence[Unit], work: Callable[[int, Unit], Result]
) -> list[Result]:
    """Return `work(number, unit)` for each unit, in order; each is done by one task of Spark.

    Args:
        session: A Spark session.
        units: What `pickle` can take, such as those of `Corpus.units`.
        work: A function that workers can import, or a `functools.partial` of one. It may run more
            than once for a unit, on several workers: what it leaves outside must then be the same.

    Raises:
        TextseqError: The error of the first unit that has one.
        EngineError: Spark gives up, since workers end or fail again and again.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number, unit in units_of(batches):
            with reporting() as report:
                report.value = work(number, unit)
            columns = {"unit": [number], "report": [pickle.dumps(report)]}
            yield pa.record_batch(columns)

    frame = units_frame(session, units).mapInArrow(run, "unit long, report binary")
    with wrap_spark_errors():
        rows = frame.collect()
    return check_reports(load_report(row.report) for row in sorted(rows, key=lambda r: r.unit))


def load_report(pickled: bytes) -> Report:
    """Return a report that a worker of this session pickled."""
    report: Report = pickle.loads(pickled)  # noqa: S301  (of our own workers)
    return report


@contextlib.contextmanager
def wrap_spark_errors() -> Iterator[None]:
    """Raise EngineError, in one sentence, where Spark gives up."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise EngineError(f"Spark could not finish the work: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """Return the line of Spark's long messages that says what happened."""
    java = getattr(error, "java_exception", None)
    message = str(java.getMessage() if java is not None else error)
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    # Of a Python worker: the last line of its traceback, which names the error.
    traced = [i for i, line in enumerate(lines) if line.startswith("Traceback")]
    if traced:
        rest = [line for line in lines[traced[0] :] if not line.startswith(("at ", "File "))]
        lines = [line for line in rest if _ERROR_LINE.match(line)] or lines
    return (lines or [type(error).__name__])[0].rstrip(".")
