"""`textseq export`: a trained classifier as a file for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import say, with_size
from textseq.cli.derive import from_settings


class Format(StrEnum):
    """What a classifier is exported to."""

    ONNX = "onnx"
    KERAS = "keras"
    WEB = "web"


class Reads(StrEnum):
    """What an exported file reads."""

    TEXT = "text"
    IDS = "ids"


@from_settings
def export(
    model: options.Model,
    own: options.OwnParts,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write; with --format web, a folder.")
    ],
    to: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="onnx: from text to label, for ONNX Runtime. keras: from ids to probabilities. "
            "web: a folder with a page that labels what is typed. Default: by the extension.",
        ),
    ] = None,
    reads: Annotated[
        Reads,
        typer.Option(
            "--input",
            help="What an ONNX file reads: text, or the ids that `tokenize` makes of it.",
        ),
    ] = Reads.TEXT,
    force: options.Force = False,
) -> None:
    """Write a trained classifier as a file that runs without textseq.

    \b
    Examples:
      textseq export model --output model.onnx
      textseq export model --output model.keras
      textseq export model --format web --output page
    """
    form = _format_of(output, to)
    if reads is not Reads.TEXT and form is not Format.ONNX:
        message = f"it is for --format onnx; leave it out for {form.value}"
        raise typer.BadParameter(message, param_hint="'--input'")
    from textseq.classifier.model_folder import files_of
    from textseq.classifier.predictor import Predictor
    from textseq.files.paths import check_output

    options.refuse_overlap([output], files_of(model))
    check_output(output, force=force, folder=form is Format.WEB)
    predictor = Predictor.load(model, **own.load())
    if form is Format.ONNX:
        from textseq.export.onnx_file import export_onnx

        export_onnx(predictor, output, input=reads.value, force=force)
    elif form is Format.KERAS:
        from textseq.export.keras_file import export_keras

        export_keras(predictor, output, force=force)
    else:
        from textseq.export.web_page import export_web

        export_web(predictor, output, force=force)
    say(f"{with_size(model)} -> {with_size(output)}")


def _format_of(output: Path, to: Format | None) -> Format:
    """Return the format that is asked for, or that of the extension of the output."""
    by_extension = {".onnx": Format.ONNX, ".keras": Format.KERAS}
    found = to or by_extension.get(output.suffix.lower())
    if found is None:
        message = (
            f"'{output}' should end in .onnx or .keras, or say what to write: --format onnx, keras "
            f"or web"
        )
        raise typer.BadParameter(message, param_hint="'--output'")
    return found
