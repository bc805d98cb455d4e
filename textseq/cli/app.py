"""The `textseq` program: its commands, and how a failure is told.

This module and those of the commands import nothing heavy: a command's body does, when it runs.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import Annotated, Any, TypeGuard

import typer
from typer.core import TyperGroup

import textseq
from textseq.cli import (
    classify,
    console,
    demo,
    inspect,
    migrate,
    onehot,
    tokenize,
    train_w2v,
    vectors,
)
from textseq.errors import TextseqError, naming_extras

INTERRUPTED = 130
"""Exit status after Ctrl-C: 128 and the number of its signal."""

ABOUT_STAGES = ("inspect", "migrate", "demo")

EVERYWHERE = ("--quiet", "--debug")
"""Options of the program that may also stand after the command, where most people look for them."""


class Commands(TyperGroup):
    """A group of commands that tells a failure in one line on stderr, and exits with 1."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Move the options of the program to the front, from wherever they stand before a `--`.

        And understand `textseq help COMMAND` and `textseq version`, as other programs do.
        """
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        if args == ["version"]:
            args = ["--version"]
        end = args.index("--") if "--" in args else len(args)
        moved = [name for name in EVERYWHERE if name in args[:end]]
        rest = [arg for place, arg in enumerate(args) if place >= end or arg not in moved]
        parsed: list[str] = super().parse_args(ctx, [*moved, *rest])
        return parsed

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the stages in their order, and then the commands about them."""
        return sorted(super().list_commands(ctx), key=lambda name: name in ABOUT_STAGES)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            with naming_extras("This command"):
                return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("textseq: interrupted.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except (TextseqError, OSError, MemoryError) as error:
            if ctx.params.get("debug") and not isinstance(error, BrokenPipeError):
                raise
            raise typer.Exit(_tell(error)) from None


def _tell(error: Exception) -> int:
    """Tell a failure, and return the exit status."""
    if isinstance(error, BrokenPipeError):
        _write_no_more()  # the reader of our output has gone, as `| head` does: nothing failed
        return 0
    typer.echo(f"textseq: {_in_a_line(error)}", err=True)
    if _is_of_stdout(error):
        _write_no_more()
    return getattr(error, "status", 1)


def _in_a_line(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "out of memory; work on less text at a time, or on fewer words (--num-words)."
    if _is_of_stdout(error):
        return (
            f"Standard output cannot be written: {error.strerror}; make room or send it elsewhere."
        )
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}."
    return " ".join(str(error).split())


def _is_of_stdout(error: Exception) -> TypeGuard[OSError]:
    """Return whether stdout cannot be written: all else that is written is named in the error."""
    from textseq.files.paths import DISK_ERRORS

    return (
        isinstance(error, OSError)
        and not isinstance(error, TextseqError)
        and error.filename is None
        and error.errno in (*DISK_ERRORS, errno.EBADF)
    )


def _write_no_more() -> None:
    """Let what is left in stdout's buffer, which is flushed at exit, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
app.add_typer(vectors.app, name="vectors")
app.add_typer(classify.app, name="classify")
app.command("inspect")(inspect.inspect)
app.command("migrate")(migrate.migrate)
app.command("demo")(demo.demo)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"textseq {textseq.__version__}")
        raise typer.Exit


@app.callback()
def textseq_app(
    debug: Annotated[  # noqa: ARG001  (looked up where a failure is told)
        bool, typer.Option("--debug", help="Show Python's traceback when a command fails.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Say nothing on stderr but what went wrong.")
    ] = False,
    version: Annotated[  # noqa: ARG001  (its callback has acted)
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

    `textseq demo` runs all four on the sample corpora.
    Data goes to stdout or to the file named by --output, messages go to stderr; - stands for stdin.
    --quiet and --debug may also follow the command.
    """
    console.be_quiet(quiet)


def main() -> None:
    """Run the program."""
    _open_closed_streams()
    try:
        try:
            app(prog_name="textseq")
        except SystemExit as ended:
            if ended.code == INTERRUPTED:
                # Arrow may hand a Ctrl-C on once more when it closes what it was reading.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            raise
        finally:
            sys.stdout.flush()  # now, when it can be told that it failed
    except KeyboardInterrupt:  # before or after the command itself
        sys.exit(INTERRUPTED)
    except OSError as error:  # of that, or of --help and --version, which are no commands
        if "--debug" in sys.argv and not isinstance(error, BrokenPipeError):
            raise
        sys.exit(_tell(error))


def _open_closed_streams() -> None:
    """Open the streams that `>&-` in a shell has closed, so that the next file does not become one.

    Stdout is then one that cannot be written, so that the results are missed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            flags = os.O_WRONLY if name == "stderr" else os.O_RDONLY
            os.dup2(os.open(os.devnull, flags), number)
            stream = os.fdopen(number, "w" if number else "r", closefd=False)
            setattr(sys, name, stream)


if __name__ == "__main__":
    main()
