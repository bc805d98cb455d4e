"""`textseq export`: a trained classifier as a file for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from textseq.cli import options
from textseq.cli.console import load_tensorflow, say, with_size
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
    runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="DIST",
            help="Of --format web: the folder dist of npm's onnxruntime-web, to be copied into the "
            "page, which then needs no network.",
        ),
    ] = None,
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
        _refuse("--input", Format.ONNX)
    if runtime is not None and form is not Format.WEB:
        _refuse("--runtime", Format.WEB)
    from textseq.classifier.model_folder import files_of
    from textseq.classifier.predictor import Predictor

    _check_output(form, output, files_of(model), force=force)
    predictor = Predictor.load(model, **own.load())
    if form is Format.ONNX:
        from textseq.export.onnx_file import export_onnx

        export_onnx(predictor, output, input=reads.value, force=force)
    elif form is Format.KERAS:
        load_tensorflow("Exporting to Keras")
        from textseq.export.keras_file import export_keras

        export_keras(predictor, output, force=force)
    else:
        from textseq.export.web_page import export_web

        name = model.resolve().name  # also of "."
        export_web(predictor, output, name=name, runtime=runtime, force=force)
    say(f"{with_size(model)} -> {with_size(output)}")


def _check_output(form: Format, output: Path, sources: list[Path], *, force: bool) -> None:
    """Check before any work that the output can be written."""
    if form is not Format.WEB:
        options.check_outputs(output, sources=sources, force=force)
        return
    from textseq.export.web_page import check_web_output

    options.refuse_overlap([output], sources)
    check_web_output(output, force=force)


def _refuse(option: str, form: Format) -> NoReturn:
    message = f"it is for --format {form.value}; leave it out"
    raise typer.BadParameter(message, param_hint=f"'{option}'")


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
