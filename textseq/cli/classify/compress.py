"""`textseq classify compress`: a model in less space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import say, with_size


def compress(
    model: options.Model,
    output: Annotated[Path, typer.Option("--output", "-o", help="The model folder to write.")],
    prune: Annotated[
        float,
        typer.Option(
            help="Leave out the smallest n-gram vectors that together hold this share of the sum "
            "of all squares.",
        ),
    ] = 0.1,
    analyzer: Annotated[
        str | None,
        typer.Option(help="Your own package.module:function, if MODEL was trained with it."),
    ] = None,
    force: options.Force = False,
) -> None:
    """Write a model again so that it needs less space, as `classify train` does by default.

    Word vectors get four bits a value, other weights 16, and the n-grams that count least are left
    out. For models trained with --no-compressed or from given word vectors, and to leave out more.
    Labels of a few texts change: compare what `classify evaluate` says of both.

    \b
    Examples:
      textseq classify compress model --output small
      textseq classify compress model --output smaller --prune 0.3
    """
    from textseq.classifier.compress_folder import check_prune
    from textseq.classifier.compress_folder import compress as compress_model
    from textseq.classifier.model_folder import check_model_output

    check_prune(prune)
    options.refuse_overlap([output], [model])
    check_model_output(output, force=force)
    compress_model(model, output, prune=prune, analyzer=analyzer, force=force)
    say(f"{with_size(model)} -> {with_size(output)}")
