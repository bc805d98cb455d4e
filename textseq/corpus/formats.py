"""The registry of readers, one per format, and the detection of a file's format.

A new reader is one file in `readers/` and one line in `READERS`. Modules are imported on first use,
so that the command line can list the formats without loading them.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from textseq.registry import Registry

if TYPE_CHECKING:
    from textseq.corpus.readers.reader import Reader
    from textseq.corpus.source import Source

READERS: Registry[type[Reader]] = Registry(
    "format",
    {
        "text": "textseq.corpus.readers.lines:TextReader",
        "csv": "textseq.corpus.readers.delimited:CsvReader",
        "tsv": "textseq.corpus.readers.delimited:TsvReader",
        "jsonl": "textseq.corpus.readers.jsonlines:JsonLinesReader",
        "parquet": "textseq.corpus.readers.parquet:ParquetReader",
        "fasttext": "textseq.corpus.readers.lines:FastTextReader",
        "folder": "textseq.corpus.readers.folders:FolderReader",
    },
)

FORMATS = tuple(READERS.names())  # those that come with textseq


def detect_format(source: Source) -> str:
    """Return the format of a source: by its extension, or else by its first bytes.

    What no reader claims, and stdin, is "text".
    """
    if source.name == "-":
        return "text"
    readers = {name: READERS.resolve(name) for name in READERS.names()}
    if source.is_folder:
        return next(name for name, reader in readers.items() if reader.reads_folders)
    path = PurePath(source.name.lower())
    if path.suffix in (".gz", ".zst"):
        path = path.with_suffix("")
    for name, reader in readers.items():
        if path.suffix in reader.extensions:
            return name
    head = source.head()
    for name, reader in readers.items():
        if reader.sniff(source.name, head):
            return name
    return "text"
