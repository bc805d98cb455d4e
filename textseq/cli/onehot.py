"""`textseq onehot`: ids to one-hot rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import say, show_progress, with_size
from textseq.cli.derive import from_settings
from textseq.cli.engine import EngineOptions

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences

GIBIBYTE = 1024**3


@from_settings
def onehot(
    *,
    ids: Annotated[
        str,
        typer.Argument(
            metavar="IDS",
            help="Ids that `textseq tokenize` wrote: a .parquet, .jsonl or .npz file, a folder of "
            ".parquet files, or - for JSON lines on stdin.",
        ),
    ],
    tokenizer: Annotated[
        Path | None,
        typer.Option(help="The tokenizer.json that made the ids; it gives the width of the rows."),
    ] = None,
    width: Annotated[
        int | None, typer.Option(help="The width of the rows, instead of --tokenizer.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A .npz file for a SciPy CSR matrix with a row per token, a .parquet file for the "
            "columns of the ones with a row per document, or a .npy file for a dense array of "
            "shape (documents, longest, width); on Spark, a folder of .parquet files. Without it, "
            "rows are printed.",
        ),
    ] = None,
    sparse: Annotated[
        bool, typer.Option("--sparse", help="Print the columns of the ones instead of the rows.")
    ] = False,
    limit: Annotated[float, typer.Option(min=0, help="The largest dense result, in GiB.")] = 2.0,
    engine: EngineOptions,
    force: options.Force = False,
) -> None:
    """Turn ids into one-hot rows.

    Column 0 is reserved for padding, so a row has one column more than there are words.

    \b
    Examples:
      textseq onehot ids.parquet --tokenizer tokenizer.json --output onehot.npz
      textseq onehot ids.parquet --tokenizer tokenizer.json --output onehot.parquet
      textseq onehot ids --tokenizer tokenizer.json --output onehot --engine spark --master yarn
      cat reviews.txt | textseq tokenize - --tokenizer t.json | textseq onehot - --tokenizer t.json
    """
    from textseq.sequences.files import read_sequence_batches
    from textseq.sequences.onehot_files import save_one_hot

    if sparse and output is not None and output.suffix == ".npy":
        message = "a .npy file holds dense rows; for sparse rows, name a .npz or .parquet file"
        raise typer.BadParameter(message, param_hint="'--sparse'")
    columns = _width(tokenizer, width)
    if engine.is_spark:
        engine.check(output, [ids, tokenizer], force=force)
        _write_on_spark(engine, ids, columns, output, force=force)
        return
    options.check_outputs(output, sources=[ids, tokenizer], force=force)
    batches = show_progress((sequences for sequences, _ in read_sequence_batches(ids)), "Encoding")
    largest = limit * GIBIBYTE
    if output is None:
        _print_rows(batches, columns, sparse=sparse, limit=largest)
        return
    rows = save_one_hot(output, batches, columns, force=force, limit=largest)
    _say_what_is_written(rows, columns, output)


def _write_on_spark(
    engine: EngineOptions, ids: str, width: int, output: Path | None, *, force: bool
) -> None:
    """Write a part for each unit of the ids."""
    from textseq.spark.ids import IdsOnSpark
    from textseq.spark.onehot import write_one_hot

    assert output is not None  # noqa: S101  (`EngineOptions.check` saw to it)
    with engine.session() as session:
        rows = write_one_hot(IdsOnSpark(session, [ids]), width, output, force=force)
    _say_what_is_written(rows, width, output)


def _say_what_is_written(rows: int, width: int, output: Path) -> None:
    say(f"{rows:,} rows of width {width:,} -> {with_size(output)}")
    say(f"Next: textseq inspect {output}")


def _width(tokenizer: Path | None, width: int | None) -> int:
    from textseq.tokenizer.tokenizer import Tokenizer
    from textseq.tokenizer.vocabulary_size import vocabulary_size

    if tokenizer is not None and width is None:
        return vocabulary_size(Tokenizer.load(tokenizer))
    if width is None or tokenizer is not None:
        message = "exactly one of them is expected, for the width of the rows"
        raise typer.BadParameter(message, param_hint="'--tokenizer' / '--width'")
    return width


def _print_rows(batches: Iterable[Sequences], width: int, *, sparse: bool, limit: float) -> None:
    """Print a line per document: its rows of zeros and ones, or the columns of its ones."""
    import numpy as np

    from textseq.sequences.onehot import check_dense_size, one_hot

    for sequences in batches:
        for ids in sequences:
            if sparse:
                line = {"columns": ids.tolist(), "width": width}
            else:
                remedy = "add --sparse, name a .npz file as --output, or raise --limit"
                check_dense_size((len(ids), width), np.dtype(np.uint8), limit, remedy)
                line = {"onehot": one_hot(ids, width, dtype="uint8", limit=limit).tolist()}
            sys.stdout.write(json.dumps(line) + "\n")
