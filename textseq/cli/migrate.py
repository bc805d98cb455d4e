"""`textseq migrate`: adopt a tokenizer from elsewhere."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import print_json, print_line, say, with_size
from textseq.cli.derive import from_settings

if TYPE_CHECKING:
    from textseq.migrate.keras import Migration


@from_settings
def migrate(
    tokenizer: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A tokenizer that Keras saved, as JSON or as a pickle, or its word_index; its "
            "content decides which.",
        ),
    ],
    *,
    sample: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SENTENCE", help="Show the ids of this sentence. Can be given several times."
        ),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="Also check the ids of all texts in this file."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the tokenizer to this file, as Keras's JSON."),
    ] = None,
    reading: options.TextOptions,
    force: options.Force = False,
    as_json: options.AsJson = False,
) -> None:
    """Check a tokenizer from elsewhere, and write it as JSON that Keras and textseq read.

    Adopted are the JSON that Keras writes, also as one JSON string; a bare word_index; and a pickle
    of these or of Keras's Tokenizer, whose data is read without running anything in it. Sample
    texts must get the ids that Keras would give them.

    \b
    Examples:
      textseq migrate tokenizer.json --sample "ain't no mountain high enough"
      textseq migrate tokenizer.pickle --output tokenizer.json
      textseq migrate word_index.json --output tokenizer.json
    """
    from textseq.migrate.keras import check_migration

    options.check_outputs(output, sources=[tokenizer, *(sources or ())], force=force)
    texts = list(sample or ())
    if sources:
        texts += reading.open(sources).texts()
    found = check_migration(tokenizer, texts)
    if output is not None:
        found.tokenizer.save(output, force=force)
    if as_json:
        print_json({"kind": "tokenizer", **found.to_dict()})
    else:
        _print(found)
    _say_what_is_next(found, output)


def _say_what_is_next(found: Migration, output: Path | None) -> None:
    if output is not None:
        say(f"{found.words:,} words -> {with_size(output)}")
        say(f"Next: textseq tokenize TEXTS --tokenizer {shlex.quote(str(output))}")
    elif found.form == "json":
        path = shlex.quote(found.path)
        say(f"Nothing to convert. Next: textseq tokenize TEXTS --tokenizer {path}")
    else:
        path, name = shlex.quote(found.path), "tokenizer.json"
        name = "adopted.json" if Path(found.path).name == name else name
        say(f"Next: textseq migrate {path} --output {name}")


def _print(found: Migration) -> None:
    print_line(f"{found.words:,} words, fitted on {found.documents:,} documents")
    print_line("settings: " + ", ".join(f"{k}={value!r}" for k, value in found.settings.items()))
    for text, ids in found.examples:
        print_line(f"{text!r} -> {ids}")
    print_line(
        f"Checked {found.checked_texts:,} texts: their {found.checked_ids:,} ids are the ids that "
        f"Keras gives"
    )
