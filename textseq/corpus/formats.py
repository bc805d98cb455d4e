"""The registry of readers, one per format, and the detection of a file's format.

A new reader is one file in `readers/` and one line in `READERS`. Modules are imported on first use,
so that the command line can list the formats without loading them.
"""

from __future__ import annotations

import logging
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from textseq.errors import CorpusError
from textseq.registry import Registry

if TYPE_CHECKING:
    from textseq.corpus.readers.reader import Reader
    from textseq.corpus.source import Source

_log = logging.getLogger(__name__)

READERS: Registry[type[Reader]] = Registry(
    "format",
    {
        "text": "textseq.corpus.readers.lines:TextReader",
        "csv": "textseq.corpus.readers.delimited:CsvReader",
        "tsv": "textseq.corpus.readers.delimited:TsvReader",
        "jsonl": "textseq.corpus.readers.jsonlines:JsonLinesReader",
        "json": "textseq.corpus.readers.json_documents:JsonReader",
        "parquet": "textseq.corpus.readers.parquet:ParquetReader",
        "fasttext": "textseq.corpus.readers.lines:FastTextReader",
        "folder": "textseq.corpus.readers.folders:FolderReader",
    },
)

FORMATS = tuple(READERS.names())  # those that come with textseq

_TABLES, _JSON_FORMATS = ("csv", "tsv"), ("json", "jsonl")

_HTML = re.compile(rb"\s*<(!doctype html|html|head|(\?xml))\b", re.IGNORECASE)

# What text seldom begins with, and files of another format do, by the option that reads it as such.
_JSON, _FASTTEXT, _TABLE = "--format json", "--format fasttext", "--format csv"
_DOUBTS = {
    re.compile(rb'\s*(\{\s*"|\[\s*[{"])'): ("it looks like JSON", _JSON),
    re.compile(rb"(.*\n){0,20}(.*\s)?__label__\S"): (
        "__label__ is in its first lines",
        _FASTTEXT,
    ),
    re.compile(rb"(?:[^\t\n]+\t.*\n){3}"): ("each of its first lines has a tab", "--format tsv"),
    re.compile(rb"(?:[^|\n]+\|.*\n){3}"): ("each of its first lines has a '|'", _TABLE),
}


def _doubt(head: bytes, readers: dict[str, type[Reader]]) -> tuple[str, str] | None:
    """Return why a file that is taken for plain text may be of another format, and the option."""
    from textseq.corpus.columns import LABEL_NAMES, TEXT_NAMES

    for pattern, doubt in _DOUBTS.items():
        if pattern.match(head):
            return doubt
    cells = [cell.strip(b' "\r').lower() for cell in re.split(rb"[,;|\t]", head.split(b"\n")[0])]
    names = {name.encode() for name in (*TEXT_NAMES, *LABEL_NAMES)}
    if names.intersection(cells) and not any(b" " in cell for cell in cells):
        return "its first line looks like names of columns", _TABLE
    doubts = ((reader.doubt(head), f"--format {name}") for name, reader in readers.items())
    return next((doubt for doubt in doubts if doubt[0]), None)


def detect_format(source: Source, *, is_table: bool = False) -> str:
    """Return the format of a source: by its extension, or else by its first bytes.

    What no reader claims is "text", and "csv" if other options say that it is a table. What the
    first bytes decide, or leave in doubt, is logged.

    Raises:
        CorpusError: The source is a web page under the name of another format.
    """
    readers = {name: READERS.resolve(name) for name in READERS.names()}
    if source.is_folder:
        return next(name for name, reader in readers.items() if reader.reads_folders)
    path = PurePath(source.name.lower())
    if path.suffix in (".gz", ".zst"):
        path = path.with_suffix("")
    named = [name for name, reader in readers.items() if path.suffix in reader.extensions]
    first = source.first_bytes()
    if named:
        _refuse_page(source.name, first)
    if len(named) == 1 and named[0] not in _TABLES:
        return named[0]
    if is_table and not named:
        return "csv"
    return _sniffed(source, first, readers, named)


def _sniffed(
    source: Source, first: bytes, readers: dict[str, type[Reader]], named: list[str]
) -> str:
    """Return the format by content: one of those that have the extension, if any have.

    JSON is found under the name of a table too, which never begins so.
    """
    shown = "stdin" if source.name == "-" else repr(source.name)
    binary = [n for n, reader in readers.items() if reader.magic and first.startswith(reader.magic)]
    found = binary[0] if binary and not named else None
    if found is None:
        head = source.head()
        if named:
            _refuse_page(source.name, head)
        # Tables last: lines of every other format may have commas and tabs.
        tried = sorted(readers, key=lambda name: name in _TABLES)
        if named:
            tried = [*_JSON_FORMATS, *named] if named[0] in _TABLES else named
        found = next((name for name in tried if readers[name].sniff(source.name, head)), None)
    if found is not None:
        if found not in named:
            _log.info("%s is read as %s, as it begins so; --format names another.", shown, found)
        return found
    if named:
        return named[-1]  # jsonl for .json, as a line may be a string
    if page := _HTML.match(head):
        _log.warning("%s is %s, and read as plain text with its tags.", shown, _page(page))
    elif doubt := _doubt(head, readers):
        _log.info(
            "%s is read as plain text, though %s; say %s, or --format text if it is text.",
            shown, *doubt,
        )  # fmt: skip
    return "text"


def _refuse_page(name: str, start: bytes) -> None:
    """Raise an error where a file is an HTML page or XML, under the name of another format."""
    if page := _HTML.match(start):
        raise CorpusError(
            f"{name!r} is {_page(page)}, such as a server sends in place of a file that it does "
            f"not give; download it again, or read the page as text with --format text."
        )


def _page(found: re.Match[bytes]) -> str:
    return "an XML document" if found[2] else "an HTML page"
