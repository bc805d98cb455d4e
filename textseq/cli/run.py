"""`textseq run`: the stages of a pipeline file, those that something changed for."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from textseq.cli.console import is_quiet, say

if TYPE_CHECKING:
    from textseq.pipeline_file import Stage


def run(
    context: typer.Context,
    pipeline: Annotated[Path, typer.Argument(metavar="FILE", help="The stages, as TOML.")] = Path(
        "pipeline.toml"
    ),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run and why, and run nothing.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Run all stages, and replace outputs that something else made."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON line for each stage that is done.")
    ] = False,
) -> None:
    """Run the stages of a pipeline file.

    They run in order, but for those that nothing changed for.

    A stage is a [[stage]] table: `command`, and the command's arguments and options under the names
    that its --help shows, paths relative to the file. Beside FILE, a lock file records what made
    each output: a stage runs again when an input, an option or textseq itself is not what it was.

    \b
    Examples:
      textseq run
      textseq run pipeline.toml --dry-run

    \b
    pipeline.toml:
      [[stage]]
      command = "tokenize"
      sources = ["reviews.tsv"]
      save-tokenizer = "tokenizer.json"
      output = "ids.parquet"
    """
    from textseq.cli.stages import stage_of
    from textseq.pipeline import RUN, run_pipeline
    from textseq.pipeline_file import read_stages

    program = context.find_root().command
    stages = [
        stage_of(table, number, program, pipeline.parent)
        for number, table in enumerate(read_stages(pipeline), start=1)
    ]
    ran = skipped = 0
    for outcome in run_pipeline(pipeline, stages, _execute, force=force, dry_run=dry_run):
        ran, skipped = ran + (outcome.status == RUN), skipped + (outcome.status != RUN)
        if as_json:
            typer.echo(json.dumps(vars(outcome), ensure_ascii=False))
        if outcome.status != RUN:
            say(f"{outcome.stage}: unchanged")
        elif dry_run:
            say(f"{outcome.stage}: would run, because {outcome.why}")
        else:
            say(f"{outcome.stage}: done in {outcome.seconds:.1f} s, because {outcome.why}")
    say(f"{ran} {'to run' if dry_run else 'run'}, {skipped} unchanged")


def _execute(stage: Stage, folder: Path, replace: bool) -> int:
    """Run a stage as a process of its own, so that it gives all its memory back."""
    from textseq.files import atomic_file

    say(f"{stage.name}: textseq {shlex.join([*stage.command, *stage.arguments])}")
    end = stage.arguments.index("--") if "--" in stage.arguments else len(stage.arguments)
    force = ["--force"] if replace and len(stage.outputs) > (stage.stdout is not None) else []
    line = [
        sys.executable, "-P", "-m", "textseq.cli.app", *(["--quiet"] if is_quiet() else []),
        *stage.command, *stage.arguments[:end], *force, *stage.arguments[end:],
    ]  # fmt: skip
    if stage.stdout is None:
        return _status_of(line, folder, None)
    status = 0
    with contextlib.suppress(_Failed), atomic_file(folder / stage.stdout, force=replace) as kept:
        with kept.open("wb") as file:
            status = _status_of(line, folder, file)
        if status:
            raise _Failed
    return status


class _Failed(Exception):  # noqa: N818  (it only leaves the block that would keep the output)
    """The stage failed, so what it printed is not kept."""


def _status_of(line: list[str], folder: Path, stdout: IO[bytes] | None) -> int:
    """Run a command line; return its status, 128 and the signal's number where one ended it."""
    # Code of the user's own is found by the stage where this process would find it.
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    environment = os.environ | {"PYTHONPATH": path}
    with subprocess.Popen(  # noqa: S603
        line, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout
    ) as child:
        try:
            status = child.wait()
        except KeyboardInterrupt:
            if not _shares_terminal():
                child.send_signal(signal.SIGINT)
            child.wait()  # it may have something to save
            raise
    return status if status >= 0 else 128 - status


def _shares_terminal() -> bool:
    """Return whether Ctrl-C came from the terminal, which tells the stage by itself."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
    except AttributeError:  # Windows, where a console tells all its processes
        return True
