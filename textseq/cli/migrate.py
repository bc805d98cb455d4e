"""`textseq migrate`: a tokenizer that Keras saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import say


def migrate(
    tokenizer: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A tokenizer of Keras's: its JSON, or a pickle, told by content."
        ),
    ],
    sample: Annotated[
        list[str] | None,
        typer.Option(metavar="SENTENCE", help="Show the ids of this sentence; may be repeated."),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="Check the ids of all texts of this file too."),
    ] = None,
    text_column: options.TextColumn = None,
    format: options.Format = None,  # noqa: A002  (the option's name)
    encoding: options.Encoding = "utf-8",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Move a fitted tokenizer from Keras.

    JSON that Keras wrote needs no conversion: this says what it holds, and checks that sample texts
    get the same ids here as by Keras's own rule. A pickle can run code and is never loaded: for
    one, this prints the few lines of Python to run where Keras is.

    \b
    Examples:
      textseq migrate tokenizer.json --sample "ain't no mountain high enough"
      textseq migrate tokenizer.pickle > convert.py
    """
    from textseq.migrate.keras import check_migration, is_pickle

    if is_pickle(tokenizer):
        _explain(tokenizer, as_json=as_json)
        return
    texts = list(sample or ())
    if sources:
        corpus = options.open_corpus(
            sources,
            text_column=text_column,
            label_column=None,
            where=None,
            format=format,
            quoting="minimal",
            encoding=encoding,
        )
        texts += corpus.texts()
    found = check_migration(tokenizer, texts)
    if as_json:
        typer.echo(json.dumps({"kind": "tokenizer", **found.to_dict()}, ensure_ascii=False))
    else:
        typer.echo(f"{found.words:,} words, fitted on {found.documents:,} documents")
        typer.echo(f"settings: {', '.join(_shown(found.settings))}")
        for text, ids in found.examples:
            typer.echo(f"{text!r} -> {ids}")
        typer.echo(
            f"{found.checked_texts:,} texts have the {found.checked_ids:,} ids of Keras's rule"
        )
    say(f"Nothing to convert. Next: textseq tokenize TEXTS --tokenizer {tokenizer}")


def _explain(path: Path, *, as_json: bool) -> None:
    """Print what to run where Keras is: the lines to stdout, what they are for to stderr."""
    from textseq.migrate.keras import json_beside, names_in_pickle, recipe

    names, lines = names_in_pickle(path), recipe(path)
    if as_json:
        answer = {"kind": "pickle", "path": str(path), "names": names, "recipe": lines}
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    say(f"'{path}' is a pickle: loading one runs the code it names, so it was not loaded.")
    if not any(name.endswith(".Tokenizer") for name in names):
        say(
            f"It does not look like a Keras tokenizer: it names {', '.join(names[:5]) or 'nothing'}"
        )
    say("If you trust it, run these lines with the Keras that wrote it:")
    typer.echo(lines)
    say(f"Next: textseq migrate {json_beside(path)}")


def _shown(settings: dict[str, Any]) -> list[str]:
    return [f"{name}={value!r}" for name, value in settings.items()]
