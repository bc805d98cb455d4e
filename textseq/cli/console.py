"""Tables on stdout; messages and progress on stderr, so that stdout holds data only."""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import shlex
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence, Sized
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Item = TypeVar("Item")

FOLDED_WIDTH = 20
"""Characters that a column of a table needs at least, if its text may wrap."""

PATIENCE = 1.0
"""Seconds of work before a progress line appears."""

_quiet = False


def set_quiet(quiet: bool) -> None:
    """Turn messages and progress off or on, for this run of the program."""
    global _quiet
    _quiet = quiet


def say(message: str) -> None:
    """Print a message on stderr, unless --quiet was given."""
    if not _quiet:
        typer.echo(message, err=True)


@contextlib.contextmanager
def show_log(name: str) -> Iterator[None]:
    """Say what a logger of the library notes, for as long as the block runs."""

    class Sayer(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(record.getMessage())

    logger, handler = logging.getLogger(name), Sayer(logging.INFO)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def with_size(path: Path) -> str:
    """Return the path of a file or folder with its size, for a message."""
    from textseq.files.paths import size_of

    return f"{path} ({format_bytes(size_of(path))})"


def format_bytes(size: int) -> str:
    """Return a number of bytes with a unit, in powers of 1,000."""
    if size < 1000:
        return f"{size} bytes"
    amount, units = size / 1000, ["kB", "MB", "GB", "TB"]
    while amount >= 999.95 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.1f} {units[0]}"


def print_json(answer: object) -> None:
    """Print an object as a line of JSON."""
    typer.echo(json.dumps(answer, ensure_ascii=False))


def command_line() -> str:
    """Return the command line of this run, for a report."""
    return shlex.join(["textseq", *sys.argv[1:]])


def stdout() -> Console:
    """Return a console for stdout, 120 characters wide unless a terminal or COLUMNS decides."""
    from rich.console import Console

    class Stdout(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # where rich would exit with status 1

    console = Stdout(markup=False, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    return console


def print_table(table: Table) -> None:
    """Print a table on stdout; if the terminal is too narrow for it, print its rows as lists."""
    console = stdout()
    if _fits(console, table):
        console.print(table)
        return
    names = [str(column.header) for column in table.columns]
    if table.title:
        console.print(str(table.title))
    for row in zip(*(column.cells for column in table.columns), strict=True):
        name, *cells = map(str, row)
        console.print(name)
        for heading, cell in zip(names[1:], cells, strict=True):
            if cell:
                label = f"{heading}: " if len(names) > 2 else ""
                console.print(f"  {label}{cell}")


def _fits(console: Console, table: Table) -> bool:
    """Return whether a table fits without breaking words; columns that may wrap can be narrower."""
    from rich.measure import Measurement
    from rich.text import Text

    padding_and_border = 3
    width = 1
    for column in table.columns:
        cells = [column.header, *column.cells]
        texts = [cell if isinstance(cell, Text) else Text(str(cell)) for cell in cells]
        widest = max(Measurement.get(console, console.options, text).minimum for text in texts)
        widest = min(widest, FOLDED_WIDTH) if column.overflow == "fold" else widest
        width += padding_and_border + widest
    return width <= console.width


def stderr() -> Console:
    """Return a console for stderr, which prints nothing under --quiet."""
    from rich.console import Console

    return Console(stderr=True, quiet=_quiet)


def show_progress(items: Iterable[Item], doing: str) -> Iterator[Item]:
    """Yield documents, or batches of them; after a second, show how many on a terminal."""
    console = stderr()
    if _quiet or not console.is_terminal:
        yield from items
        return
    started, documents = time.monotonic(), 0
    with console.status(f"{doing} ...") as status:
        status.stop()
        for item in items:
            yield item
            documents += len(item) if isinstance(item, Sized) and not isinstance(item, str) else 1
            elapsed = time.monotonic() - started
            if elapsed > PATIENCE:
                status.start()
                status.update(f"{doing}: {documents:,} documents, {documents / elapsed:,.0f}/s")


def load_kernels(sources: Sequence[str]) -> None:
    """Load the compiled kernels that large files need, with a message if they are compiled now."""
    from textseq.tokenizer.text_splitter import MUCH

    files = [Path(source) for source in sources if Path(source).is_file()]
    if sum(file.stat().st_size for file in files) < MUCH:
        return
    compiling = "Compiling for this machine, which happens only once ..."
    notice = threading.Timer(PATIENCE, say, [compiling])
    notice.daemon = True
    notice.start()
    try:
        from textseq.tokenizer.engine.counting import load_kernels

        load_kernels()
    finally:
        notice.cancel()


def require_training(purpose: str) -> None:
    """Check before any work that what trains networks is installed; see `require_extra`."""
    from textseq.errors import require_extra

    for package in ("tensorflow", "keras", "sklearn"):
        require_extra(package, purpose)


def load_tensorflow(purpose: str) -> None:
    """Import TensorFlow without its messages on stderr.

    It writes some of them to the file descriptor before it reads any setting, so the descriptor is
    redirected during the import.
    """
    require_training(purpose)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        importlib.import_module("keras")
    finally:
        os.dup2(kept, 2)
        os.close(kept)
