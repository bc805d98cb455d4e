"""`textseq inspect`: what a file is, what it contains, and whether it is intact."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import format_bytes, print_json, print_line, print_table

if TYPE_CHECKING:
    from textseq.migrate.inspect import Inspection


def inspect(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A tokenizer, ids (a file, or a folder of Parquet files), one-hot rows, word "
            "vectors, predictions, a model folder or a file in it, or a checkpoint; its content "
            "decides which.",
        ),
    ],
    as_json: options.AsJson = False,
) -> None:
    """Show what a file contains, and check that it is intact.

    The exit status is 1 if it is damaged.

    \b
    Examples:
      textseq inspect ids.parquet
      textseq inspect model --json
    """
    from textseq.migrate.inspect import inspect_artifact

    found = inspect_artifact(path)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)
    if not found.sound:
        raise typer.Exit(1)


def _print(found: Inspection) -> None:
    from rich.table import Table
    from rich.text import Text

    print_line(f"{found.kind}: {found.path}")
    table = Table()
    table.add_column("property")
    table.add_column("value", overflow="fold")
    table.add_row("size", format_bytes(found.bytes))
    for name, value in found.figures.items():
        table.add_row(name, Text(_shown(value)))
    table.add_row("intact", "yes" if found.sound else Text(f"no: {found.problem}"))
    print_table(table)


def _shown(value: Any) -> str:
    """Return a value as text."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    return repr(value) if isinstance(value, str) and not value.isidentifier() else str(value)
