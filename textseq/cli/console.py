"""Messages and progress on stderr, so that stdout holds data only."""

from __future__ import annotations

import importlib
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

WORD = 20
"""Columns of a terminal in which words of a column that may be folded are still readable."""

PATIENCE = 1.0
"""Seconds of work before a progress line appears."""


_quiet = False


def be_quiet(quiet: bool) -> None:
    """Say whether messages and progress are wanted, for this run of the program."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """Return whether messages and progress are not wanted."""
    return _quiet


def say(message: str) -> None:
    """Tell the person at the terminal something, unless --quiet was asked for."""
    if not _quiet:
        typer.echo(message, err=True)


def with_size(path: Path) -> str:
    """Return the name of a file or folder that was made, and how big it is.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.cli.console import with_size
        >>> path = Path(tempfile.mkdtemp()) / "ids.npz"
        >>> _ = path.write_bytes(bytes(2_500))
        >>> with_size(path).endswith("ids.npz (2.5 kB)")
        True
    """
    from textseq.files.atomic import size_of

    return f"{path} ({readable(size_of(path))})"


def readable(size: int) -> str:
    """Return a number of bytes as people read it, in powers of 1,000.

    Example:
        >>> from textseq.cli.console import readable
        >>> readable(999), readable(2_500), readable(31_400_000)
        ('999 bytes', '2.5 kB', '31.4 MB')
    """
    if size < 1000:
        return f"{size} bytes"
    amount, units = size / 1000, ["kB", "MB", "GB", "TB"]
    while amount >= 999.95 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.1f} {units[0]}"


def command_line() -> str:
    """Return the command that was given, as a report quotes it."""
    return shlex.join(["textseq", *sys.argv[1:]])


def stdout() -> Console:
    """Return a console for tables on stdout: wide, where neither a terminal nor COLUMNS says."""
    from rich.console import Console

    class Stdout(Console):
        """Leaves a reader that has gone to whoever called, where rich ends the program with 1."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    console = Stdout()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    return console


def print_table(table: Table) -> None:
    """Print a table on stdout; where it is too wide, print its rows as lists instead.

    A table squeezed into 40 columns cuts its words to a letter or two, which nobody can read.
    """
    console = stdout()
    if _fits(console, table):
        console.print(table)
        return
    names = [str(column.header) for column in table.columns]
    if table.title:
        console.print(str(table.title), markup=False, highlight=False)
    for row in zip(*(column.cells for column in table.columns), strict=True):
        name, *cells = map(str, row)
        console.print(name, markup=False, highlight=False)
        for heading, cell in zip(names[1:], cells, strict=True):
            if cell:
                label = f"{heading}: " if len(names) > 2 else ""
                console.print(f"  {label}{cell}", markup=False, highlight=False)


def _fits(console: Console, table: Table) -> bool:
    """Return whether no word of a table need be cut; sentences in it may go over several lines."""
    from rich.measure import Measurement
    from rich.text import Text

    padding_and_border = 3
    wide = 1
    for column in table.columns:
        cells = [column.header, *column.cells]
        texts = [cell if isinstance(cell, Text) else Text(str(cell)) for cell in cells]
        widest = max(Measurement.get(console, console.options, text).minimum for text in texts)
        wide += padding_and_border + (min(widest, WORD) if column.overflow == "fold" else widest)
    return wide <= console.width


def stderr() -> Console:
    """Return a console for tables and progress on stderr, which shows nothing under --quiet."""
    from rich.console import Console

    return Console(stderr=True, quiet=_quiet)


def counted(items: Iterable[Item], doing: str) -> Iterator[Item]:
    """Yield the items, and after a second show on a terminal how many documents have passed.

    Args:
        items: What is worked on: documents, or batches of them, which have a length.
        doing: What is being done, such as `"Fitting"`.
    """
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
    """Load the compiled kernels before they are needed for large files, and tell if it takes long.

    They are compiled once after installing, which takes some seconds.
    """
    from textseq.tokenizer.tokenizer import MUCH

    files = [Path(source) for source in sources if Path(source).is_file()]
    if sum(file.stat().st_size for file in files) < MUCH:
        return
    notice = threading.Timer(PATIENCE, say, ["Compiling for this machine; only the first time"])
    notice.daemon = True
    notice.start()
    try:
        from textseq.tokenizer.engine.word_ids import load_kernels

        load_kernels()
    finally:
        notice.cancel()


def load_tensorflow() -> None:
    """Import TensorFlow without its notes on the terminal; its errors come through as exceptions.

    It writes some of them to the file descriptor itself before any setting of its own is read, so
    the descriptor is turned elsewhere for as long as the import takes.
    """
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
