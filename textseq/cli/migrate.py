"""`textseq migrate`: use a tokenizer that Keras saved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import print_json, print_line, say
from textseq.cli.derive import from_settings

if TYPE_CHECKING:
    from textseq.migrate.keras import Migration


@from_settings
def migrate(
    tokenizer: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A tokenizer that Keras saved, as JSON or as a pickle; its content decides which.",
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
    reading: options.TextOptions,
    as_json: options.AsJson = False,
) -> None:
    """Check a tokenizer that Keras saved, and show how to use it here.

    The JSON that Keras writes needs no conversion: this command prints what it holds, and checks
    that sample texts get the ids that Keras would give them. A pickle can run code, so it is never
    loaded: this command prints the lines of Python that convert it where Keras is installed.

    \b
    Examples:
      textseq migrate tokenizer.json --sample "ain't no mountain high enough"
      textseq migrate tokenizer.pickle > convert.py
    """
    from textseq.migrate.keras import check_migration, is_pickle

    if is_pickle(tokenizer):
        _print_conversion(tokenizer, as_json=as_json)
        return
    texts = list(sample or ())
    if sources:
        texts += reading.open(sources).texts()
    found = check_migration(tokenizer, texts)
    if as_json:
        print_json({"kind": "tokenizer", **asdict(found)})
    else:
        _print(found)
    say(f"Nothing to convert. Next: textseq tokenize TEXTS --tokenizer {tokenizer}")


def _print(found: Migration) -> None:
    print_line(f"{found.words:,} words, fitted on {found.documents:,} documents")
    print_line("settings: " + ", ".join(f"{k}={value!r}" for k, value in found.settings.items()))
    for text, ids in found.examples:
        print_line(f"{text!r} -> {ids}")
    print_line(
        f"Checked {found.checked_texts:,} texts: their {found.checked_ids:,} ids are the ids that "
        f"Keras gives"
    )


def _print_conversion(path: Path, *, as_json: bool) -> None:
    """Print the lines to run where Keras is installed on stdout, and explain them on stderr."""
    from textseq.migrate.keras import conversion_script, json_beside, names_in_pickle

    names, lines = names_in_pickle(path), conversion_script(path)
    if as_json:
        print_json({"kind": "pickle", "path": str(path), "names": names, "recipe": lines})
        return
    say(f"'{path}' is a pickle. Loading a pickle can run code, so it was not loaded.")
    if not any(name.endswith(".Tokenizer") for name in names):
        refers = ", ".join(names[:5]) or "no class"
        say(f"It does not look like a Keras tokenizer; it refers to {refers}.")
    say("If you trust it, run these lines where the Keras that wrote it is installed:")
    print(lines)
    say(f"Next: textseq migrate {json_beside(path)}")
