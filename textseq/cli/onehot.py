"""`textseq onehot`: ids to one-hot rows."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import counted, say, with_size

GIBIBYTE = 1024**3


def onehot(
    ids: Annotated[
        str,
        typer.Argument(
            metavar="IDS",
            help="Ids that `tokenize` wrote: .parquet, .jsonl or .npz; or - for JSON lines.",
        ),
    ],
    tokenizer: Annotated[
        Path | None,
        typer.Option(help="The tokenizer.json of these ids; says how wide the rows are."),
    ] = None,
    width: Annotated[
        int | None, typer.Option(help="How wide the rows are, where there is no tokenizer.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write a SciPy CSR matrix to this .npz, a row per token; or a dense array to "
            "this .npy, shape (documents, longest, width); else print to stdout.",
        ),
    ] = None,
    sparse: Annotated[
        bool, typer.Option("--sparse", help="On stdout: print where the ones are, not the rows.")
    ] = False,
    limit: Annotated[float, typer.Option(help="Gibibytes that a dense result may take.")] = 2.0,
    force: options.Force = False,
) -> None:
    """Turn ids into one-hot rows.

    Column 0 is reserved for padding, so a row is one wider than there are words.

    \b
    Examples:
      textseq onehot ids.parquet --tokenizer tokenizer.json --output onehot.npz
      cat reviews.txt | textseq tokenize - --tokenizer t.json | textseq onehot - --tokenizer t.json
    """
    from textseq.sequences.files import read_sequence_batches
    from textseq.sequences.onehot_files import save_one_hot
    from textseq.tokenizer.tokenizer import Tokenizer

    if (tokenizer is None) == (width is None):
        raise typer.BadParameter("give one of --tokenizer and --width", param_hint="--tokenizer")
    options.check_outputs(output, sources=[ids], force=force)
    if width is None and tokenizer is not None:
        fitted = Tokenizer.load(tokenizer)
        width = min(math.ceil(fitted.num_words or fitted.size + 1), fitted.size + 1)  # or a float
    assert width is not None  # noqa: S101  (one of the two was given)
    if output is None:
        _print_rows(ids, width, sparse=sparse, limit=int(limit * GIBIBYTE))
        return
    batches = counted((part for part, _ in read_sequence_batches(ids)), "Encoding")
    rows = save_one_hot(output, batches, width, force=force, limit=int(limit * GIBIBYTE))
    say(f"{rows:,} rows of width {width:,} -> {with_size(output)}")
    say(f"Next: textseq inspect {output}")


def _print_rows(ids: str, width: int, *, sparse: bool, limit: int) -> None:
    """Print a document a line: its rows of zeros and ones, or the columns of its ones."""
    from textseq.sequences.files import read_sequence_batches
    from textseq.sequences.onehot import one_hot

    for sequences in counted((part for part, _ in read_sequence_batches(ids)), "Encoding"):
        for document in sequences:
            rows = one_hot(document, width, dtype="uint8", limit=limit) if not sparse else None
            line = {"columns": document.tolist(), "width": width}
            if rows is not None:
                line = {"onehot": rows.tolist()}
            sys.stdout.write(json.dumps(line) + "\n")
