"""Files and folders of ids on Spark, as `files.CorpusOnSpark` is for texts.

Every worker must see each source under the path that it has here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.files.paths import StrPath
from textseq.sequences.units import IdUnit, id_units, total_bytes
from textseq.spark.units import map_units, unit_bytes
from textseq.spark.worker import Note, Report, check_reports

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class IdsOnSpark:
    """Ids that `textseq tokenize` wrote, in units of a task each; see `unit_bytes`.

    Args:
        session: A Spark session.
        sources: Files, or folders of Parquet files.

    Attributes:
        units: The units, in order.

    Raises:
        ArgumentError: The extension of a file is unknown.
        ArtifactError: A folder has other files than Parquet, or labels in some files alone.
    """

    def __init__(self, session: SparkSession, sources: Sequence[StrPath]) -> None:
        self.session = session
        self.units = id_units(sources, unit_bytes(session, total_bytes(sources)))
        self._noted: set[Note] = set()

    def run(self, work: Callable[[int, IdUnit], Any]) -> list[Report]:
        """Return a report of `work(number, unit)` for each unit, in order; see `map_units`."""
        here = Path.cwd()

        def from_here(number: int, unit: IdUnit) -> Any:
            # So that relative paths lead to the same files; absolute ones need no such folder.
            with contextlib.chdir(here) if here.is_dir() else contextlib.nullcontext():
                return work(number, unit)

        return map_units(self.session, self.units, from_here)

    def map(self, work: Callable[[int, IdUnit], Any]) -> list[Any]:
        """Return `work(number, unit)` for each unit, in order.

        Raises:
            TextseqError: What was wrong with the first unit that has an error.
        """
        return self.check(self.run(work))

    def check(self, reports: list[Report]) -> list[Any]:
        """Return the values of reports, or raise the first error."""
        check_reports(reports, self._noted)
        return [report.value for report in reports]

    def refuse_empty(self, documents: int) -> None:
        """Accept any number of documents: files of ids may hold none."""
