"""Stages that depend on one another, run in order, and only where something changed.

A pipeline is a TOML file of stages, each a command and its options:

    [[stage]]
    command = "tokenize"
    sources = ["reviews.tsv"]
    save-tokenizer = "tokenizer.json"
    output = "ids.parquet"

Beside `pipeline.toml` lies `pipeline.lock.json`, which records what made each output: the command
line, the SHA-256 of each input and output, and that of textseq's own source. A stage is skipped
while all of them are what they were. What a command is, is for the caller to say: see `Stage`.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import textseq
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError, StageFailedError
from textseq.files import StrPath, atomic_file, sha256

FORMAT, VERSION = "textseq-pipeline-lock", 1

RUN, SKIPPED = "run", "unchanged"


@dataclass(frozen=True)
class Stage:
    """One command of a pipeline.

    Args:
        name: What it is called in messages and in the lock file.
        command: The words that name the command, such as `("classify", "train")`.
        arguments: Its command line, after those words.
        inputs: Files and folders it reads, relative to the pipeline's folder.
        outputs: Files and folders it writes, likewise.
        stdout: Where what it prints is kept; one of the outputs.
    """

    name: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    stdout: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a stage: `status` is `run` or `unchanged`, `why` says why it was run."""

    stage: str
    status: str
    why: str
    seconds: float = 0.0


Execute = Callable[[Stage, Path, bool], int]
"""Run a stage in a folder, replacing its outputs if the last is true; return its exit status."""


def read_stages(path: StrPath) -> list[dict[str, Any]]:
    """Read the stages of a pipeline file as they stand there.

    Raises:
        ArtifactError: It is missing, is not TOML (the message names the line), or has no stages.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.pipeline import read_stages
        >>> path = Path(tempfile.mkdtemp()) / "pipeline.toml"
        >>> _ = path.write_text('[[stage]]' + chr(10) + 'command = "tokenize"')
        >>> read_stages(path)
        [{'command': 'tokenize'}]
    """
    try:
        with Path(path).open("rb") as file:
            pipeline = tomllib.load(file)
    except OSError as error:
        raise ArtifactError(
            f"The pipeline '{path}' cannot be read: {error.strerror}; the README shows one."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"The pipeline '{path}' is not TOML: {error}.") from error
    if unknown := sorted(pipeline.keys() - {"stage"}):
        raise ArtifactError(
            f"The pipeline '{path}' has {', '.join(map(repr, unknown))} at its top, where only "
            f"[[stage]] tables may stand."
        )
    stages = pipeline.get("stage")
    if not isinstance(stages, list) or not stages or not all(isinstance(s, dict) for s in stages):
        raise ArtifactError(
            f"The pipeline '{path}' has no stages; write each as a [[stage]] table."
        )
    return stages


def check_order(stages: list[Stage]) -> None:
    """Make sure that names and outputs differ, and that no stage reads what comes later.

    Raises:
        ArgumentError: They do not, or one does.
    """
    makers: dict[str, str] = {}
    for stage in stages:
        for output in map(_normal, stage.outputs):
            if output in makers:
                raise ArgumentError(
                    f"Both stage '{makers[output]}' and stage '{stage.name}' write '{output}'; "
                    f"give one of them another output."
                )
            makers[output] = stage.name
    names = [stage.name for stage in stages]
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(f"Two stages are called '{name}'; give each a `name` of its own.")
    made: set[str] = set()
    for stage in stages:
        made.update(map(_normal, stage.outputs))
        for path in map(_normal, stage.inputs):
            if path in makers and (path not in made or makers[path] == stage.name):
                raise ArgumentError(
                    f"Stage '{stage.name}' reads '{path}', which stage '{makers[path]}' writes; "
                    f"a stage reads what stages before it wrote."
                )


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
    lock = _read_lock(lock_path)
    code = code_version()
    remade: set[str] = set()
    for stage in stages:
        record = lock.get(stage.name, {})
        why = "--force" if force else _changed(stage, record, folder, code, remade)
        if not why:
            yield Outcome(stage.name, SKIPPED, "")
            continue
        if not force:
            _refuse_foreign(stage, record, folder)
        remade.update(map(_normal, stage.outputs))
        if dry_run:
            yield Outcome(stage.name, RUN, why)
            continue
        started = time.monotonic()
        # Hashed before it runs: what it read, not what came later.
        record = {**_identity(stage, code), "inputs": _hashes(folder, stage.inputs)}
        # Whatever stands at its outputs from here on is its own, even if it is stopped midway.
        lock[stage.name] = record | {"unfinished": True}
        _write_lock(lock_path, stages, lock)
        _execute(stage, folder, execute)
        seconds = round(time.monotonic() - started, 3)
        lock[stage.name] = record | {
            "outputs": _hashes(folder, stage.outputs),
            "seconds": seconds,
            "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        _write_lock(lock_path, stages, lock)
        yield Outcome(stage.name, RUN, why, seconds)


def lock_of(path: StrPath) -> Path:
    """Return the lock file of a pipeline.

    Example:
        >>> from textseq.pipeline import lock_of
        >>> lock_of("pipeline.toml").name
        'pipeline.lock.json'
    """
    path = Path(path)
    return path.with_name(f"{path.stem}.lock.json")


def code_version() -> str:
    """Return textseq's version, and the SHA-256 of its source: what a stage does hangs on both."""
    package = Path(textseq.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.suffix in (".py", ".jinja"):
            digest.update(f"{file.relative_to(package).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return f"{textseq.__version__} {digest.hexdigest()}"


def hash_of(path: StrPath) -> str | None:
    """Return the SHA-256 of a file's bytes, or of a folder's names and files; None if neither.

    Example:
        >>> from textseq.pipeline import hash_of
        >>> hash_of("no such file") is None
        True
    """
    path = Path(path)
    if path.is_file():
        return sha256(path)
    if not path.is_dir():
        return None
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(path).as_posix()}\0{sha256(file)}\n".encode())
    return digest.hexdigest()


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


def _changed(
    stage: Stage, record: dict[str, Any], folder: Path, code: str, remade: set[str]
) -> str:
    """Return why a stage must run, or an empty string if nothing changed."""
    if not stage.outputs:
        return "it only prints"
    if not record:
        return "it never ran"
    if record.get("unfinished"):
        return "it did not finish"
    identity = _identity(stage, code)
    if record.get("command") != identity["command"]:
        return "its options changed"
    if record.get("code") != code:
        return "textseq itself changed"
    for what, paths in (("inputs", stage.inputs), ("outputs", stage.outputs)):
        recorded = record.get(what)
        if not isinstance(recorded, dict) or set(recorded) != set(paths):
            return f"its {what} are others"
        for path in paths:
            if what == "inputs" and _normal(path) in remade:
                return f"'{path}' is made anew"
            now = hash_of(folder / path)
            if now != recorded[path]:
                return f"'{path}' {'is gone' if now is None else 'changed'}"
    return ""


def _refuse_foreign(stage: Stage, record: dict[str, Any], folder: Path) -> None:
    """Never replace a file that this pipeline did not make, or that was changed since."""
    if record.get("unfinished"):
        return
    made = record.get("outputs")
    for output in stage.outputs:
        now = hash_of(folder / output)
        if now is not None and (not isinstance(made, dict) or made.get(output) != now):
            raise OutputExistsError(
                f"The output '{folder / output}' of stage '{stage.name}' was not made by this "
                f"pipeline, or was changed since; move it away, or replace it with --force."
            )


def _identity(stage: Stage, code: str) -> dict[str, Any]:
    command = [*stage.command, *stage.arguments]
    return {"command": command + ([">", stage.stdout] if stage.stdout else []), "code": code}


def _hashes(folder: Path, paths: tuple[str, ...]) -> dict[str, str | None]:
    return {path: hash_of(folder / path) for path in paths}


def _normal(path: str) -> str:
    return Path(path).as_posix()


def _read_lock(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        lock = json.loads(path.read_text(encoding="utf-8"))
        sound = lock["format"] == FORMAT and lock["version"] == VERSION
        stages: dict[str, Any] = lock["stages"]
        sound = sound and all(isinstance(record, dict) for record in stages.values())
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise ArtifactError(
            f"The lock file '{path}' is damaged, or of another version of textseq; remove it, and "
            f"run with --force to make all outputs again."
        )
    return stages


def _write_lock(path: Path, stages: list[Stage], records: dict[str, Any]) -> None:
    """Write what is known of the pipeline's stages, in their order, and forget others."""
    known = {stage.name: records[stage.name] for stage in stages if stage.name in records}
    lock = {"format": FORMAT, "version": VERSION, "stages": known}
    with atomic_file(path, force=True) as temporary:
        temporary.write_text(json.dumps(lock, ensure_ascii=False, indent=2) + "\n", "utf-8")
