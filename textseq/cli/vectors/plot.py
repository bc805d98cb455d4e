"""`textseq vectors plot`: a map of words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import print_json, say
from textseq.cli.vectors.inputs import AsJson, Strict, Vectors, load_vectors


def plot(
    vectors: Vectors,
    output: Annotated[Path, typer.Option("--output", "-o", help="The .png image to write.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Words to draw; the first --count if none is given."),
    ] = None,
    count: Annotated[
        int, typer.Option("--count", "-n", min=3, help="How many of the most frequent words.")
    ] = 100,
    method: Annotated[
        str,
        typer.Option(
            help="pca: the two directions in which the words differ most; tsne: keeps neighbours "
            "together, takes longer."
        ),
    ] = "pca",
    seed: options.Seed = 0,
    strict: Strict = False,
    as_json: AsJson = False,
    force: options.Force = False,
) -> None:
    """Draw a map on which words of similar use are near. Needs matplotlib: the extra `plot`.

    A word whose name would cover another's is drawn as a dot alone.

    \b
    Examples:
      textseq vectors plot --vectors vectors.bin --output map.png
      textseq vectors plot -v vectors.bin --count 300 --method tsne -o map.png
      textseq vectors plot hill mountain sea lake -v vectors.bin -o map.png --json
    """
    from textseq.word2vec.maps import check_drawable, draw_map, word_map

    check_drawable(output)
    options.check_outputs(output, sources=[vectors], force=force)
    drawn = word_map(
        load_vectors(vectors, strict=strict), words=words, count=count, method=method, seed=seed
    )
    missing = draw_map(drawn, output, force=force)
    if missing:
        say(
            f"No known font shows all letters of {len(missing):,} words, such as "
            f"{missing[0]!r}; install one of their script, such as Noto Sans CJK or Nanum Gothic."
        )
    if as_json:
        places = [
            {"word": word, "x": round(float(x), 6), "y": round(float(y), 6)}
            for word, (x, y) in zip(drawn.words, drawn.places, strict=True)
        ]
        print_json(
            {"output": str(output), "method": method, "explained": drawn.explained, "words": places}
        )
    say(f"{len(drawn.words):,} words -> {output}")
