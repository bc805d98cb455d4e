"""Where a command does its work: on this machine, or on Spark."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from textseq.cli import options
from textseq.cli.console import PATIENCE, progress_line, say, stderr
from textseq.compute.settings import setting

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from rich.console import Console
    from rich.status import Status

LOCAL, SPARK = "local", "spark"

_FILES = (".jsonl", ".npz", ".npy", ".csv", ".tsv", ".txt")
"""Extensions of files; `.parquet` is also usual for a folder of Parquet parts."""


@dataclass(frozen=True)
class EngineOptions:
    """Where the work is done."""

    engine: str = setting(
        LOCAL,
        "local: on this machine. spark: on a Spark cluster, with the same results, for text that "
        "outgrows one machine: 100 MB, which one machine tokenizes in 4 seconds, take 15 with it. "
        "The output is then a folder of Parquet parts.",
        metavar="local|spark",
    )
    master: str | None = setting(
        None,
        "The address of the cluster, such as spark://host:7077, yarn or local-cluster[2,1,2048]; "
        "by default, as Spark is configured.",
        metavar="ADDRESS",
    )
    spark_conf: list[str] | None = setting(
        None, "A setting of Spark, such as spark.executor.memory=8g.", metavar="KEY=VALUE"
    )

    def __post_init__(self) -> None:
        if self.engine not in (LOCAL, SPARK):
            message = f"{self.engine!r} is not a known engine; expected {LOCAL} or {SPARK}"
            raise typer.BadParameter(message, param_hint="'--engine'")
        for flag, value in (("--master", self.master), ("--spark-conf", self.spark_conf)):
            if value and not self.is_spark:
                message = f"applies to Spark only; add --engine {SPARK}, or leave it out"
                raise typer.BadParameter(message, param_hint=f"'{flag}'")

    @property
    def is_spark(self) -> bool:
        """Whether the work is done on Spark."""
        return self.engine == SPARK

    def refuse(self, **given: object) -> None:
        """Refuse options that were given and need all the texts on this machine."""
        for name, value in given.items():
            if self.is_spark and value:
                message = f"needs all texts on this machine; leave it out, or --engine {SPARK}"
                raise typer.BadParameter(message, param_hint=f"'--{name}'")

    def check(
        self, output: Path | None, sources: Sequence[str | Path | None], *, force: bool
    ) -> None:
        """Check before long work that the sources can be read in parts, and the folder written."""
        from textseq.files.paths import check_output

        self.check_sources(sources)
        if output is None:
            message = f"with --engine {SPARK}, name a folder for the results"
            raise typer.BadParameter(message, param_hint="'--output'")
        options.refuse_overlap([output], sources)
        if output.suffix in _FILES:
            message = (
                f"'{output}' is named like a file, where --engine {SPARK} writes a folder of "
                f"Parquet parts; name it '{output.stem}' or '{output.stem}.parquet'"
            )
            raise typer.BadParameter(message, param_hint="'--output'")
        check_output(output, force=force, folder=True)

    def check_sources(self, sources: Sequence[str | Path | None]) -> None:
        """Check that Spark is installed, and that sources are of a kind that workers can read."""
        from textseq.spark.session import require_packages

        require_packages()
        if "-" in sources:
            message = f"--engine {SPARK} reads files, which its workers see; name files, not '-'"
            raise typer.BadParameter(message, param_hint="'SOURCE'")
        if stores := [source for source in sources if "://" in str(source)]:
            message = (
                f"{stores[0]!r} is not a path; mount that store where each worker sees it, or read "
                f"it with Spark and use the functions of textseq.spark"
            )
            raise typer.BadParameter(message, param_hint="'SOURCE'")

    @contextlib.contextmanager
    def session(self) -> Iterator[SparkSession]:
        """Start Spark, and end it with the block."""
        from textseq.spark.session import open_session

        conf = options.conditions(self.spark_conf, "--spark-conf", "KEY=VALUE")
        say(f"Starting Spark{f' on {self.master}' if self.master else ''} ...")
        with open_session(self.master, conf) as session, _show_tasks(session):
            yield session


@contextlib.contextmanager
def _show_tasks(session: SparkSession) -> Iterator[None]:
    """Show on a terminal how many of the tasks of the stage that runs are done."""
    console = stderr()
    if not console.is_terminal:
        yield
        return
    ended = threading.Event()
    watcher = threading.Thread(target=_watch_tasks, args=(session, console, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch_tasks(session: SparkSession, console: Console, ended: threading.Event) -> None:
    tracker = session.sparkContext.statusTracker()
    with contextlib.ExitStack() as shown:
        line: Status | None = None
        while not ended.wait(PATIENCE):
            stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
            if tasks := sum(stage.numTasks for stage in stages if stage):
                done = sum(stage.numCompletedTasks for stage in stages if stage)
                line = line or shown.enter_context(progress_line(console, "Spark"))
                line.update(f"Spark: {done:,} of {tasks:,} tasks done")
