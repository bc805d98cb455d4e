"""What the commands of `textseq vectors` share: the vectors they read, and how answers print."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli.console import progress_line, stderr

if TYPE_CHECKING:
    from textseq.word2vec.lookup import Vectors as WordVectors

MUCH = 1 << 26
"""Bytes of vectors from which reading or searching them takes a while."""

Vectors = Annotated[
    Path,
    typer.Option(
        "--vectors",
        "-v",
        help="A file of word vectors, as `train-w2v`, word2vec, GloVe and fastText write them, "
        "text or binary, also .gz.",
    ),
]
Count = Annotated[int, typer.Option("--count", "-n", min=1, help="How many answers.")]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Refuse a file with words that cannot be used; else skip them."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def load_vectors(path: Path, *, strict: bool) -> WordVectors:
    """Read the vectors."""
    from textseq.word2vec.formats import load

    with if_slow("Reading", path):
        return load(path, strict=strict)


def if_slow(doing: str, path: Path) -> contextlib.AbstractContextManager[object]:
    """Show on a terminal what is done with a file, while it lasts, if the file is large."""
    console = stderr()
    slow = console.is_terminal and path.is_file() and path.stat().st_size >= MUCH
    return progress_line(console, f"{doing} {path} ...") if slow else contextlib.nullcontext()


def answers_as_json(answers: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return words and their cosines as objects for JSON."""
    return [{"word": word, "cosine": round(cosine, 6)} for word, cosine in answers]
