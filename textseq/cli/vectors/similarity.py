"""`textseq vectors similarity`: how alike two words are used."""

from __future__ import annotations

from typing import Annotated

import typer

from textseq.cli.console import print_json, print_line
from textseq.cli.vectors.inputs import AsJson, Strict, Vectors, load_vectors


def similarity(
    one: Annotated[str, typer.Argument(metavar="A", help="A word.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    vectors: Vectors,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Print the cosine of two words' vectors: 1 for the same direction, 0 for unrelated ones.

    \b
    Examples:
      textseq vectors similarity mountain hill --vectors vectors.bin
      textseq vectors similarity mountain hill -v vectors.bin --json
    """
    loaded = load_vectors(vectors, strict=strict)
    from textseq.word2vec import lookup

    cosine = lookup.similarity(loaded, one, other)
    if as_json:
        print_json({"words": [one, other], "cosine": round(cosine, 6)})
    else:
        print_line(f"{cosine:.4f}")
