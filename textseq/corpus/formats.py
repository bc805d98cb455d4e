"""Which format a file is in: what its name says, and for text what its first line says."""

from __future__ import annotations

from pathlib import PurePath

from textseq.corpus.columns import LABEL_NAMES, TEXT_NAMES

FORMATS = ("text", "csv", "tsv", "jsonl", "parquet", "fasttext", "folder")
FASTTEXT_LABEL = "__label__"

_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".ft": "fasttext",
}
_COMPRESSED = (".gz", ".zst")


def format_of_name(name: str) -> str | None:
    """Return the format that a file's name gives away, or None: then its first line decides.

    Example:
        >>> from textseq.corpus.formats import format_of_name
        >>> format_of_name("reviews.CSV.gz"), format_of_name("reviews.txt")
        ('csv', None)
    """
    path = PurePath(name.lower())
    if path.suffix in _COMPRESSED:
        path = path.with_suffix("")
    return _BY_SUFFIX.get(path.suffix)


def format_of_head(name: str, head: bytes) -> str:
    r"""Return the format of a text file by its first line: "text", "fasttext" or "tsv".

    A line that begins with `__label__` is fastText's. The first line of a `.txt` file which has
    tabs, and among its cells both a usual name of a text column and one of a label column, is a
    header: the file is tab-separated, as the Naver movie reviews are (`id document label`).

    Args:
        name: The file's name.
        head: Its first bytes, UTF-8.

    Example:
        >>> from textseq.corpus.formats import format_of_head
        >>> format_of_head("a.txt", b"__label__pos what a film")
        'fasttext'
        >>> format_of_head("ratings.txt", "id\tdocument\tlabel\n1\t좋아요\t1".encode())
        'tsv'
    """
    lines = head.decode("utf-8", "replace").split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith(FASTTEXT_LABEL):
        return "fasttext"
    cells = {cell.strip().casefold() for cell in lines[0].split("\t")}
    is_header = cells.intersection(TEXT_NAMES) and cells.intersection(LABEL_NAMES)
    return "tsv" if is_header and ".txt" in PurePath(name.lower()).suffixes else "text"
