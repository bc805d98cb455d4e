"""`textseq vectors neighbours`: which words are used like a word."""

from __future__ import annotations

from typing import Annotated

import typer

from textseq.cli.console import print_json, print_line
from textseq.cli.vectors import inputs


def neighbours(
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="Words to look up.")],
    vectors: inputs.Vectors,
    count: inputs.Count = 10,
    strict: inputs.Strict = False,
    as_json: inputs.AsJson = False,
) -> None:
    """Print the words whose vectors are nearest: word, neighbour and cosine, between tabs.

    The search is exact. With --json, each word is an object on its own line.

    \b
    Examples:
      textseq vectors neighbours mountain sea --vectors vectors.bin
      textseq vectors neighbours mountain -v glove.6B.100d.txt --count 3 --json
    """
    loaded = inputs.load_vectors(vectors, strict=strict)
    from textseq.word2vec.lookup import neighbours_of_all

    with inputs.if_slow("Searching", vectors):
        found = neighbours_of_all(loaded, words, count=count)
    for word, near in zip(words, found, strict=True):
        if as_json:
            print_json({"word": word, "neighbours": inputs.answers_as_json(near)})
        else:
            for other, cosine in near:
                print_line(word, other, f"{cosine:.4f}")
