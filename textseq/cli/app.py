"""The `textseq` program: its commands, and how it reports failures.

Modules of commands import nothing heavy at their top, so that `--help` is fast: the body of a
command imports what it needs when it runs.
"""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any, TypeGuard

import typer
from typer.core import TyperGroup

import textseq
from textseq.cli import (
    console,
    demo,
    export,
    inspect,
    migrate,
    onehot,
    serve,
    tokenize,
    train_w2v,
)
from textseq.cli.classify import compare, compress, evaluate, explain, predict, summary, train
from textseq.cli.own_code import describe_failure, own_frames
from textseq.cli.series import evaluate as evaluate_series
from textseq.cli.series import explain as explain_series
from textseq.cli.series import predict as predict_series
from textseq.cli.series import train as train_series
from textseq.cli.tag import evaluate as evaluate_tags
from textseq.cli.tag import explain as explain_tags
from textseq.cli.tag import predict as predict_tags
from textseq.cli.tag import train as train_tags
from textseq.cli.translate import evaluate as evaluate_translations
from textseq.cli.translate import explain as explain_translations
from textseq.cli.translate import predict as predict_translations
from textseq.cli.translate import train as train_translations
from textseq.cli.vectors import analogy, convert, coverage, neighbours, plot, similarity
from textseq.cli.vectors import evaluate as evaluate_vectors
from textseq.errors import TextseqError, naming_extras
from textseq.registry import OWN_PARTS

INTERRUPTED = 130
"""Exit status after Ctrl-C: 128 + SIGINT."""

LAST_COMMANDS = ("export", "serve", "inspect", "migrate", "demo")
"""The help lists these after the stages."""

GLOBAL_OPTIONS = ("--quiet", "--debug")
"""Options that are accepted before the command and after it."""


class Commands(TyperGroup):
    """A group of commands that reports a failure in one line on stderr, with exit status 1."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Accept the global options anywhere before `--`, `help COMMAND`, and `version`."""
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        if args == ["version"]:
            args = ["--version"]
        end = args.index("--") if "--" in args else len(args)
        moved = [name for name in GLOBAL_OPTIONS if name in args[:end]]
        rest = [arg for arg in args[:end] if arg not in moved] + args[end:]
        parsed: list[str] = super().parse_args(ctx, [*moved, *rest])
        return parsed

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the stages in their order, then the other commands."""
        return sorted(super().list_commands(ctx), key=lambda name: name in LAST_COMMANDS)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, and turn its errors into one line and an exit status."""
        OWN_PARTS.clear()
        try:
            with naming_extras("This command"), console.show_log("textseq"):
                return super().invoke(ctx)
        except Exception as error:
            if _was_interrupted(error):
                raise KeyboardInterrupt from error  # for which Typer ends with INTERRUPTED
            known = isinstance(error, TextseqError | OSError) or _is_out_of_memory(error)
            if not known and not OWN_PARTS:
                raise
            if ctx.params.get("debug") and not isinstance(error, BrokenPipeError):
                raise
            raise typer.Exit(_report(error)) from None


def _was_interrupted(error: BaseException | None) -> bool:
    """Return whether an error came of Ctrl-C, of which some packages make one of their own."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _report(error: Exception) -> int:
    """Print an error in one line, and return the exit status."""
    if isinstance(error, BrokenPipeError):
        _discard_stdout()  # whoever read our output has stopped, as `| head` does: no failure
        return 0
    print(f"textseq: {console.escape_controls(_one_line(error))}", file=sys.stderr)
    for line in own_frames(error) if OWN_PARTS else ():
        print(console.escape_controls(line), file=sys.stderr)
    if _is_stdout_error(error):
        _discard_stdout()
    return getattr(error, "status", 1)


def _one_line(error: Exception) -> str:
    if _is_out_of_memory(error):
        return "out of memory; use less text at a time, fewer words (--num-words) or smaller sizes."
    if _is_stdout_error(error):
        return f"Cannot write to standard output: {error.strerror}; free some space or redirect it."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}."
    if not isinstance(error, TextseqError) and OWN_PARTS:
        return describe_failure(error)
    return " ".join(str(error).split())


def _is_out_of_memory(error: Exception) -> bool:
    """Return whether memory ran out, of which TensorFlow has an error of its own."""
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"


def _is_stdout_error(error: Exception) -> TypeGuard[OSError]:
    """Return whether writing to stdout failed; errors of other files name the file."""
    from textseq.files.paths import DISK_ERRORS

    return (
        isinstance(error, OSError)
        and not isinstance(error, TextseqError)
        and error.filename is None
        and error.errno in (*DISK_ERRORS, errno.EBADF)
    )


def _discard_stdout() -> None:
    """Discard what is left in the buffer of stdout, which is flushed at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    cls=Commands,
    name="textseq",
    rich_markup_mode=None,  # importing rich would double the time of --help
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add_group(name: str, about: str, *commands: Callable[..., None]) -> None:
    """Add commands under a common name, such as `textseq classify train`."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help=about)
    for command in commands:
        group.command()(command)
    app.add_typer(group, name=name)


for stage in (tokenize.tokenize, onehot.onehot, train_w2v.train_w2v):
    app.command()(stage)
_add_group(
    "vectors",
    "Query, evaluate, plot and convert word vectors.",
    neighbours.neighbours,
    analogy.analogy,
    similarity.similarity,
    evaluate_vectors.evaluate,
    coverage.coverage,
    plot.plot,
    convert.convert,
)
_add_group(
    "classify",
    "Train, evaluate and use a sentence classifier.",
    train.train,
    evaluate.evaluate,
    compare.compare,
    predict.predict,
    explain.explain,
    summary.summary,
    compress.compress,
)
_add_group(
    "tag",
    "Train, evaluate and use a tagger of words.",
    train_tags.train,
    evaluate_tags.evaluate,
    predict_tags.predict,
    explain_tags.explain,
)
_add_group(
    "translate",
    "Train, evaluate and use a model from one text to another.",
    train_translations.train,
    evaluate_translations.evaluate,
    predict_translations.predict,
    explain_translations.explain,
)
_add_group(
    "series",
    "Train, evaluate and use a forecaster of time series.",
    train_series.train,
    evaluate_series.evaluate,
    predict_series.predict,
    explain_series.explain,
)
for command in (export.export, serve.serve, inspect.inspect, migrate.migrate, demo.demo):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"textseq {textseq.__version__}")
        raise typer.Exit


@app.callback()
def textseq_app(
    debug: Annotated[  # noqa: ARG001  (`Commands.invoke` reads it)
        bool, typer.Option("--debug", help="Show Python's traceback when a command fails.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only errors on stderr.")] = False,
    version: Annotated[  # noqa: ARG001  (the callback prints it)
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Turn texts into tokens, ids, one-hot rows, word vectors and labels, one stage at a time.

    Each stage reads the output of the stage before it, and can be used alone:

    \b
      textseq tokenize  reviews.tsv --save-tokenizer tokenizer.json --output ids.parquet
      textseq onehot    ids.parquet --tokenizer tokenizer.json --output onehot.npz
      textseq train-w2v reviews.tsv --tokenizer tokenizer.json --output vectors.bin
      textseq classify  train reviews.tsv --output model

    `textseq demo` runs all four on the sample corpora.
    Data goes to stdout or to the file given by --output, messages go to stderr; - means stdin.
    --quiet and --debug can also follow the command.
    """
    console.set_quiet(quiet)


def main(on_interrupt: Any = None) -> None:
    """Run the program.

    `on_interrupt` is the handler of Ctrl-C for the time of the run; by default, the present one.
    """
    _open_closed_streams()
    console.write_any_character()
    try:
        try:
            signal.signal(signal.SIGINT, on_interrupt or signal.getsignal(signal.SIGINT))
            status = app(prog_name="textseq")
        except KeyboardInterrupt:
            status = INTERRUPTED
        except SystemExit as ended:
            status = ended.code
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to do but to end
        if status == INTERRUPTED:
            _end_interrupted()
        sys.stdout.flush()  # here, where a failure can still be reported
    except OSError as error:  # from flush, --help or --version
        if "--debug" in sys.argv and not isinstance(error, BrokenPipeError):
            raise
        status = _report(error)
    sys.exit(status)


def _end_interrupted() -> None:
    """Say that Ctrl-C ended the command, and end without what Python does at its end.

    There, Arrow may raise KeyboardInterrupt again when it closes what it was reading, threads of
    others may still run, and Python may end with the signal in place of the exit status.
    """
    print("textseq: interrupted.", file=sys.stderr, flush=True)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(INTERRUPTED)


def _open_closed_streams() -> None:
    """Reopen standard streams that the shell closed (`>&-`), whose numbers a file could get.

    Writing to a reopened stdout fails, so that lost results are an error.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            flags = os.O_WRONLY if name == "stderr" else os.O_RDONLY
            os.dup2(os.open(os.devnull, flags), number)
            stream = os.fdopen(number, "w" if number else "r", closefd=False)
            setattr(sys, name, stream)


if __name__ == "__main__":
    main()
