"""The `textseq` program: its commands, and how a failure is told.

This module and those of the commands import nothing heavy: a command's body does, when it runs.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import textseq
from textseq.cli import classify, demo, onehot, tokenize, train_w2v
from textseq.errors import TextseqError


class Commands(TyperGroup):
    """A group of commands that tells a failure in one line on stderr, and exits with 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader of our output has gone, as `| head` does: nothing failed. Python would
            # still flush stdout at exit, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (TextseqError, OSError, MemoryError) as error:
            if ctx.params.get("debug"):
                raise
            typer.echo(f"textseq: {_in_a_line(error)}", err=True)
            raise typer.Exit(1) from None


def _in_a_line(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "out of memory; work on less text at a time, or on fewer words (--num-words)."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}."
    return " ".join(str(error).split())


app = typer.Typer(
    cls=Commands,
    name="textseq",
    rich_markup_mode=None,  # rich's help takes as long to load as all the rest
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("tokenize")(tokenize.tokenize)
app.command("onehot")(onehot.onehot)
app.command("train-w2v")(train_w2v.train_w2v)
app.add_typer(classify.app, name="classify")
app.command("demo")(demo.demo)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"textseq {textseq.__version__}")
        raise typer.Exit


@app.callback()
def textseq_app(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show Python's traceback when a command fails.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Turn text into numbers and numbers into labels, one visible stage at a time.

    A stage reads what the one before it wrote, and works alone too:

    \b
      textseq tokenize  reviews.tsv --save-tokenizer tokenizer.json --output ids.parquet
      textseq onehot    ids.parquet --tokenizer tokenizer.json --output onehot.npz
      textseq train-w2v reviews.tsv --tokenizer tokenizer.json --output vectors.bin
      textseq classify  train reviews.tsv --output model

    `textseq demo` runs all four on the sample corpora. Data goes to stdout or to the file named by
    --output, messages go to stderr; - stands for stdin.
    """


def main() -> None:
    """Run the program."""
    app(prog_name="textseq")


if __name__ == "__main__":
    main()
