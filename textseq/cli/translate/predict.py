"""`textseq translate predict`: answers to texts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import (
    escape_controls,
    say,
    show_progress,
    to_json,
    with_size,
    write_text,
)
from textseq.cli.derive import from_settings
from textseq.cli.translate.pair_options import Analyzer, Beam, Model

GROUP = 1_024
"""Texts of a file that are answered together."""


@from_settings
def predict(
    model: Model,
    reading: options.TextOptions,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="Texts; without them, --input or stdin is read."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--input", "-i", help="A file of texts, one a line, or a table; - for stdin."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the answers here, one a line.")
    ] = None,
    beam: Beam = None,
    analyzer: Analyzer = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print JSON lines, with score, tokens and attention."),
    ] = False,
    force: options.Force = False,
) -> None:
    """Answer texts: translate them, or whatever the model was trained for.

    Prints a line per text.

    \b
    Examples:
      textseq translate predict model "ein hund rennt ."
      textseq translate predict model --input test.de --beam 5 --output answers.txt
      cat test.de | textseq translate predict model --json
    """
    from textseq.seq2seq.translator import FORMAT, Translator

    if texts == ["-"] and not source:
        texts, source = None, "-"
    if texts and source:
        raise typer.BadParameter("give texts or --input, not both", param_hint="'--input'")
    if texts:
        reading.refuse_reading("texts are given, and no file is read")
        options.refuse_files(texts, "--input {}")
    options.check_outputs(output, sources=[source, *FORMAT.files(model)], force=force)
    translator = Translator.load(model, analyzer=analyzer)
    if not (texts or source) and sys.stdin.isatty():
        say("Type one text per line; end with Ctrl-D (on Windows, Ctrl-Z and Enter)")
    batches = iter([texts]) if texts else _batches(source or "-", reading, output is None)
    lines = (
        (to_json(each.to_dict()) if as_json else escape_controls(each.text)) + "\n"
        for batch in show_progress(batches, "Translating")
        for each in translator.translate(batch, beam=beam)
    )
    write_text(lines, output, force=force)
    if output is not None:
        say(f"Answers -> {with_size(output)}")


def _batches(source: str, reading: options.TextOptions, at_once: bool) -> Iterator[list[str]]:
    """Yield texts as they arrive, or in groups, which take less time."""
    held: list[str] = []
    for array in reading.open([source], spool=False, allow_empty=True).text_arrays():
        held += array.to_pylist()
        while held and (at_once or len(held) >= GROUP):
            yield held[:GROUP]
            held = held[GROUP:]
    if held:
        yield held
