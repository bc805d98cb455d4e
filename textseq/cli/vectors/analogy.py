"""`textseq vectors analogy`: king - man + woman."""

from __future__ import annotations

from typing import Annotated

import typer

from textseq.cli.console import print_json, print_line
from textseq.cli.vectors import inputs


def analogy(
    positive: Annotated[str, typer.Argument(metavar="A", help="king")],
    negative: Annotated[str, typer.Argument(metavar="B", help="man")],
    added: Annotated[str, typer.Argument(metavar="C", help="woman")],
    vectors: inputs.Vectors,
    count: inputs.Count = 10,
    strict: inputs.Strict = False,
    as_json: inputs.AsJson = False,
) -> None:
    """Print the words nearest to A - B + C: what is to C as A is to B, and the cosine.

    \b
    Examples:
      textseq vectors analogy king man woman --vectors vectors.bin
      textseq vectors analogy seoul korea japan -v vectors.bin --json
    """
    loaded = inputs.load_vectors(vectors, strict=strict)
    from textseq.word2vec import lookup

    with inputs.if_slow("Searching", vectors):
        answers = lookup.analogy(loaded, positive, negative, added, count=count)
    if as_json:
        question = {"positive": [positive, added], "negative": [negative]}
        print_json({**question, "answers": inputs.answers_as_json(answers)})
    else:
        for word, cosine in answers:
            print_line(word, f"{cosine:.4f}")
