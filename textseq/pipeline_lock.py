"""What made each output of a pipeline: the record by which unchanged stages are skipped.

Beside `pipeline.toml` lies `pipeline.lock.json`. For each stage it holds the command line, the
SHA-256 of each input and output, and that of textseq's own source. A stage is skipped while all of
them are what they were. A record that says `unfinished` belongs to a stage that was stopped midway.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import textseq
from textseq.errors import ArtifactError, OutputExistsError
from textseq.files import StrPath, atomic_file, sha256
from textseq.pipeline_file import Stage, normal

FORMAT, VERSION = "textseq-pipeline-lock", 1

Record = dict[str, Any]


def lock_of(path: StrPath) -> Path:
    """Return the lock file of a pipeline.

    Example:
        >>> from textseq.pipeline_lock import lock_of
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
        >>> from textseq.pipeline_lock import hash_of
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


def changed(stage: Stage, record: Record, folder: Path, code: str, remade: set[str]) -> str:
    """Return why a stage must run, or an empty string if nothing changed.

    Args:
        stage: The stage.
        record: What the lock file holds of it.
        folder: Where its paths start.
        code: What `code_version` returns.
        remade: Outputs of stages before it that run.
    """
    if not stage.outputs:
        return "it only prints"
    if not record:
        return "it never ran"
    if record.get("unfinished"):
        return "it did not finish"
    now = identity(stage, code)
    if record.get("command") != now["command"]:
        return "its options changed"
    if record.get("code") != code:
        return "textseq itself changed"
    if again := sorted(remade.intersection(map(normal, stage.inputs))):
        return f"'{again[0]}' is made anew"
    return _other("inputs", stage.inputs, record, folder) or _other(
        "outputs", stage.outputs, record, folder
    )


def _other(what: str, paths: tuple[str, ...], record: Record, folder: Path) -> str:
    """Return which of the files is not what it was, or an empty string."""
    recorded = record.get(what)
    if not isinstance(recorded, dict) or set(recorded) != set(paths):
        return f"its {what} are others"
    for path in paths:
        now = hash_of(folder / path)
        if now != recorded[path]:
            return f"'{path}' {'is gone' if now is None else 'changed'}"
    return ""


def refuse_foreign(stage: Stage, record: Record, folder: Path) -> None:
    """Never replace a file that this pipeline did not make, or that was changed since.

    Raises:
        OutputExistsError: There is one.
    """
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


def identity(stage: Stage, code: str) -> Record:
    """Return the part of a record that does not hang on files."""
    command = [*stage.command, *stage.arguments]
    return {"command": command + ([">", stage.stdout] if stage.stdout else []), "code": code}


def hashes(folder: Path, paths: tuple[str, ...]) -> dict[str, str | None]:
    """Return the SHA-256 of each path that exists."""
    return {path: hash_of(folder / path) for path in paths}


def read_lock(path: Path) -> Record:
    """Return the records of the stages, by name; none where there is no lock file.

    Raises:
        ArtifactError: It is damaged.
    """
    if not path.exists():
        return {}
    try:
        lock = json.loads(path.read_text(encoding="utf-8"))
        sound = lock["format"] == FORMAT and lock["version"] == VERSION
        stages: Record = lock["stages"]
        sound = sound and all(isinstance(record, dict) for record in stages.values())
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise ArtifactError(
            f"The lock file '{path}' is damaged, or of another version of textseq; remove it, and "
            f"run with --force to make all outputs again."
        )
    return stages


def write_lock(path: Path, stages: list[Stage], records: Record) -> None:
    """Write what is known of the pipeline's stages, in their order, and forget others."""
    known = {stage.name: records[stage.name] for stage in stages if stage.name in records}
    lock = {"format": FORMAT, "version": VERSION, "stages": known}
    with atomic_file(path, force=True) as temporary:
        temporary.write_text(json.dumps(lock, ensure_ascii=False, indent=2) + "\n", "utf-8")
