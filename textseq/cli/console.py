"""Tables on stdout; messages and progress on stderr, so that stdout holds data only."""

from __future__ import annotations

import codecs
import contextlib
import importlib
import json
import logging
import os
import re
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Sequence, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.status import Status
    from rich.table import Table
    from rich.text import Text

Item = TypeVar("Item")

FOLDED_WIDTH = 20
"""Characters that a column of a table needs at least, if its text may wrap."""

PATIENCE = 1.0
"""Seconds of work before a progress line appears."""

_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal would obey and not show, and halves of surrogate pairs."""

_PLAIN = dict(zip("▁▂▃▄▅▆▇█━→←␣…", "12345678=><_.", strict=True))
"""Characters of tables, and what stands for them where the encoding lacks them."""

_quiet = False
_line: Status | None = None  # the progress line that is on the terminal


def set_quiet(quiet: bool) -> None:
    """Turn messages and progress off or on, for this run of the program."""
    global _quiet
    _quiet = quiet


def escape_controls(text: str, keep: str = "") -> str:
    r"""Return text with escapes, such as \x1b, in place of what a terminal would obey.

    Words, labels and names of files may hold anything, tabs and line feeds included.
    """

    def escape(found: re.Match[str]) -> str:
        return found[0] if found[0] in keep else found[0].encode("unicode_escape").decode()

    return _CONTROLS.sub(escape, text)


def write_any_character() -> None:
    """Let stdout and stderr write characters that their encoding lacks, as escapes."""

    def replace(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        missing = error.object[error.start : error.end]
        escaped = (c.encode("ascii", "backslashreplace").decode() for c in missing)
        return "".join(map(_PLAIN.get, missing, escaped)), error.end

    codecs.register_error("textseq", replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="textseq")


def say(message: str) -> None:
    """Print a message on stderr, above the progress line if there is one; not under --quiet."""
    message = escape_controls(message, keep="\n")
    if _line is not None:
        _line.console.print(message, markup=False, highlight=False, emoji=False, soft_wrap=True)
    elif not _quiet:
        print(message, file=sys.stderr, flush=True)


def print_line(*fields: str) -> None:
    """Print fields on stdout, with tabs between them."""
    print("\t".join(map(escape_controls, fields)))


def write_text(parts: Iterable[str], output: Path | None, *, force: bool) -> None:
    """Write parts of a text to a file, which appears when it is whole; or to stdout at once."""
    if output is None:
        for part in parts:
            sys.stdout.write(part)
            sys.stdout.flush()  # somebody may be waiting at the other end of a pipe
        return
    from textseq.files.atomic import atomic_file

    with (
        atomic_file(output, force=force) as path,
        path.open("w", encoding="utf-8", newline="") as file,
    ):
        file.writelines(parts)


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


def to_json(answer: object) -> str:
    """Return a line of JSON for stdout; where that is not UTF-8, with JSON's escapes."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") in ("utf8", "utf8sig", "cp65001")
    return json.dumps(answer, ensure_ascii=not unicode)


def print_json(answer: object) -> None:
    """Print an object as a line of JSON."""
    print(to_json(answer))


def command_line() -> str:
    """Return the command line of this run, for a report."""
    return shlex.join(["textseq", *sys.argv[1:]])


def stdout() -> Console:
    """Return a console for stdout, 120 characters wide unless a terminal or COLUMNS decides."""
    from rich.console import Console

    class Stdout(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # where rich would exit with status 1

        def render_str(self, text: str, **how: Any) -> Text:
            return super().render_str(escape_controls(text, keep="\n\t"), **how)

    console = Stdout(markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 120
    return _with_width(console)


def _with_width(console: Console) -> Console:
    """Return a console that prints under COLUMNS=0 too, which some shells set."""
    if not console.width:  # else left alone: a terminal's may change
        console.width = 80
    return console


def print_table(table: Table) -> None:
    """Print a table on stdout; if the terminal is too narrow for it, print its rows as lists."""
    console = stdout()
    for column in table.columns:
        column.header = _visible(column.header)
        column._cells = [_visible(cell) for cell in column._cells]
    if fits(table, console):
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


def _visible(cell: RenderableType) -> RenderableType:
    """Return a cell of a table without control characters."""
    from rich.text import Text

    if not isinstance(cell, str | Text) or not _CONTROLS.search(str(cell)):
        return cell
    return Text(escape_controls(str(cell)))


def fits(table: Table, console: Console | None = None) -> bool:
    """Return whether a table fits without breaking words; columns that may wrap can be narrower."""
    console = console or stdout()
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

    return _with_width(Console(stderr=True, quiet=_quiet))


@contextlib.contextmanager
def progress_line(console: Console, text: str) -> Iterator[Status]:
    """Show a line at the bottom of a terminal, above which `say` prints for as long as it is on."""
    global _line
    from rich.text import Text

    spinner = "dots" if console.encoding.startswith("utf") else "line"
    before, status = _line, console.status(Text(escape_controls(text)), spinner=spinner)
    _line = status
    try:
        with status:
            yield status
    finally:
        _line = before


def show_progress(items: Iterable[Item], doing: str) -> Iterator[Item]:
    """Yield documents, or batches of them; after a second, show how many on a terminal."""
    console = stderr()
    if _quiet or not console.is_terminal:
        yield from items
        return
    started, documents = time.monotonic(), 0
    with contextlib.ExitStack() as shown:
        status: Status | None = None
        for item in items:
            yield item
            documents += len(item) if isinstance(item, Sized) and not isinstance(item, str) else 1
            elapsed = time.monotonic() - started
            if elapsed > PATIENCE:
                status = status or shown.enter_context(progress_line(console, doing))
                status.update(f"{doing}: {documents:,} documents, {documents / elapsed:,.0f}/s")


def load_kernels(sources: Sequence[str]) -> None:
    """Load the compiled kernels that large files need, with a message if they are compiled now."""
    from textseq.tokenizer.text_splitter import worth_kernels

    files = [file for source in sources for file in _files(Path(source))]
    if sum(file.stat().st_size for file in files) < worth_kernels():
        return
    from textseq.compute.compiled import when_compiling
    from textseq.tokenizer.engine.counting import load_kernels

    with when_compiling(say):
        load_kernels()


def _files(source: Path) -> list[Path]:
    """Return a source that is a file, or the part files of one that is a folder."""
    inside = source.iterdir() if source.is_dir() else [source]
    return [path for path in inside if path.is_file()]


def require_keras(purpose: str) -> None:
    """Check before any work that Keras and TensorFlow are installed; see `require_extra`."""
    from textseq.errors import require_extra

    for package in ("tensorflow", "keras"):
        require_extra(package, purpose)


def load_tensorflow(purpose: str) -> None:
    """Import TensorFlow without its messages on stderr.

    It writes some of them to the file descriptor before it reads any setting, so the descriptor is
    redirected during the import.
    """
    from textseq.compute.plotting import load_matplotlib

    require_keras(purpose)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with contextlib.suppress(ImportError):
        load_matplotlib()  # which Keras imports, whether it can or not
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        _import_keras()
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _import_keras() -> None:
    """Import Keras, with the types and constants that are its defaults.

    Raises:
        ArgumentError: The backend that the environment or the file keras.json asks for is not
            there, or that file is no object.
    """
    from textseq.errors import ArgumentError

    try:
        keras = importlib.import_module("keras")
    except Exception as error:  # whatever the backend, or the file, leads to
        if error.__class__ is ModuleNotFoundError and str(getattr(error, "name", "")) == "keras":
            raise
        if backend := os.environ.get("KERAS_BACKEND"):
            how = f"with KERAS_BACKEND={backend}: {error}; set KERAS_BACKEND=tensorflow"
        else:
            home = os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser()
            how = f"with the settings in '{home}/keras.json': {error}; correct or delete this file"
        raise ArgumentError(f"Keras does not start {how}.") from error
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.config.set_epsilon(1e-7)
