"""Stages that depend on one another, run in order, and only where something changed.

`pipeline_file` reads the stages, and `pipeline_lock` knows what has changed since they ran.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from textseq.errors import StageFailedError
from textseq.files import StrPath
from textseq.pipeline_file import Stage, check_order, normal
from textseq.pipeline_lock import (
    changed,
    code_version,
    hashes,
    identity,
    lock_of,
    read_lock,
    refuse_foreign,
    write_lock,
)

RUN, SKIPPED = "run", "unchanged"


@dataclass(frozen=True)
class Outcome:
    """What became of a stage: `status` is `run` or `unchanged`, `why` says why it was run."""

    stage: str
    status: str
    why: str
    seconds: float = 0.0


Execute = Callable[[Stage, Path, bool], int]
"""Run a stage in a folder, replacing its outputs if the last is true; return its exit status."""


def run_pipeline(
    path: StrPath,
    stages: list[Stage],
    execute: Execute,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> Iterator[Outcome]:
    """Run the stages that something changed for, and yield what became of each.

    The lock file is written after every stage, so that a failure loses nothing of those before.

    Args:
        path: The pipeline file, beside which the lock file lies.
        stages: Its stages, in order.
        execute: Runs one.
        force: Whether to run all stages and replace outputs that something else made.
        dry_run: Whether only to say what would be done.

    Raises:
        StageFailedError: A command failed, or did not write what it should have.
        OutputExistsError: An output exists that this pipeline did not make, and `force` is false.
        ArgumentError: The order of the stages is wrong.
        ArtifactError: The lock file is damaged.
    """
    check_order(stages)
    folder, lock_path = Path(path).parent, lock_of(path)
    lock = read_lock(lock_path)
    code = code_version()
    remade: set[str] = set()
    for stage in stages:
        record = lock.get(stage.name, {})
        why = "--force" if force else changed(stage, record, folder, code, remade)
        if not why:
            yield Outcome(stage.name, SKIPPED, "")
            continue
        if not force:
            refuse_foreign(stage, record, folder)
        remade.update(map(normal, stage.outputs))
        if dry_run:
            yield Outcome(stage.name, RUN, why)
            continue
        started = time.monotonic()
        # Hashed before it runs: what it read, not what came later.
        record = {**identity(stage, code), "inputs": hashes(folder, stage.inputs)}
        # Whatever stands at its outputs from here on is its own, even if it is stopped midway.
        lock[stage.name] = record | {"unfinished": True}
        write_lock(lock_path, stages, lock)
        _execute(stage, folder, execute)
        seconds = round(time.monotonic() - started, 3)
        lock[stage.name] = record | {
            "outputs": hashes(folder, stage.outputs),
            "seconds": seconds,
            "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        write_lock(lock_path, stages, lock)
        yield Outcome(stage.name, RUN, why, seconds)


def _execute(stage: Stage, folder: Path, execute: Execute) -> None:
    # What exists by now is this pipeline's, or was given up with --force.
    status = execute(stage, folder, any((folder / output).exists() for output in stage.outputs))
    if status:
        raise StageFailedError(
            f"Stage '{stage.name}' failed with status {status}; what the stages before it made is "
            f"kept, and the next run goes on from here.",
            status,
        )
    for output in stage.outputs:
        if not (folder / output).exists():
            raise StageFailedError(f"Stage '{stage.name}' did not write its '{output}'.", 1)
