"""A pipeline as a file: TOML, a [[stage]] table for each stage, in the order they run in.

    [[stage]]
    command = "tokenize"
    sources = ["reviews.tsv"]
    save-tokenizer = "tokenizer.json"
    output = "ids.parquet"

What a command is, is for the caller to say: it turns each table into a `Stage`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textseq.errors import ArgumentError, ArtifactError
from textseq.files import StrPath


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


def read_stages(path: StrPath) -> list[dict[str, Any]]:
    """Read the stages of a pipeline file as they stand there.

    Raises:
        ArtifactError: It is missing, is not TOML (the message names the line), or has no stages.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.pipeline_file import read_stages
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
        for output in map(normal, stage.outputs):
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
        made.update(map(normal, stage.outputs))
        for path in map(normal, stage.inputs):
            if path in makers and (path not in made or makers[path] == stage.name):
                raise ArgumentError(
                    f"Stage '{stage.name}' reads '{path}', which stage '{makers[path]}' writes; "
                    f"a stage reads what stages before it wrote."
                )


def normal(path: str) -> str:
    """Return a path in the one form in which paths are compared.

    Example:
        >>> from textseq.pipeline_file import normal
        >>> normal("./ids.parquet")
        'ids.parquet'
    """
    return Path(path).as_posix()
