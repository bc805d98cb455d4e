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

Item = TypeVar("Item")

PATIENCE = 1.0
"""Seconds of work before a progress line appears."""


def say(message: str) -> None:
    """Tell the person at the terminal something."""
    typer.echo(message, err=True)


def command_line() -> str:
    """Return the command that was given, as a report quotes it."""
    return shlex.join(["textseq", *sys.argv[1:]])


def stdout() -> Console:
    """Return a console for tables on stdout: as wide as they are when stdout is not a terminal."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = 120
    return console


def stderr() -> Console:
    """Return a console for tables and progress on stderr."""
    from rich.console import Console

    return Console(stderr=True)


def counted(items: Iterable[Item], doing: str) -> Iterator[Item]:
    """Yield the items, and after a second show on a terminal how many documents have passed.

    Args:
        items: What is worked on: documents, or batches of them, which have a length.
        doing: What is being done, such as `"Fitting"`.
    """
    console = stderr()
    if not console.is_terminal:
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
    from textseq.tokenizer import MUCH

    files = [Path(source) for source in sources if Path(source).is_file()]
    if sum(file.stat().st_size for file in files) < MUCH:
        return
    notice = threading.Timer(PATIENCE, say, ["Compiling for this machine; only the first time"])
    notice.daemon = True
    notice.start()
    try:
        from textseq.vocabulary import load_kernels

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
