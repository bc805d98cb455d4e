"""Parallel texts: two files whose lines go together, or a table with a column for each side."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Unpack

import pyarrow as pa

from textseq.corpus.corpus import read_corpus
from textseq.corpus.readers.reader import Reading
from textseq.errors import ArgumentError, CorpusError
from textseq.files.paths import StrPath

FIRST, SECOND = "1", "2"
"""The columns of a table by their numbers."""

_WORDS = (
    (
        "so --text-column, --label-column and --where do not apply; name its real format, such as "
        "--format csv",
        "as a table of pairs does; name the file of the targets with --target, or the format of "
        "the table, such as --format csv",
    ),
    ("--label-column (label_column=...)", "--target-column"),
    ("--label-column", "--target-column"),
    ("--text-column", "--source-column"),
    (", or read the texts without labels with --no-labels", ""),
    ("labels", "targets"),
    ("label", "target"),
)
"""What messages of the readers say, and what is meant here of a table of pairs."""

_OF_FILES = tuple(
    (("--text-column, --label-column", option), ("--text-column", option))
    for option in ("--source-column", "--target-column")
)
"""Likewise of the files of the sources and of the targets."""


class TextPairs(NamedTuple):
    """Texts, and what goes with each: Arrow strings, without nulls."""

    sources: pa.ChunkedArray
    targets: pa.ChunkedArray


def read_pairs(
    sources: StrPath,
    targets: StrPath | None = None,
    *,
    source_column: str | None = None,
    target_column: str | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line
    **reading: Unpack[Reading],
) -> TextPairs:
    r"""Return the pairs of two files of lines, or of the two columns of a table.

    Args:
        sources: A file of lines where `targets` is one too; else a table: CSV, TSV, JSON, Parquet.
        targets: The file whose lines go with those of `sources`.
        source_column: Of a table: the column of the sources, by name or by number from 1. None for
            the first.
        target_column: Likewise of the targets; None for the second.
        format: The format of both files; None for lines, or that of the table's name or content.
        **reading: How to read, see `read_corpus`.

    Raises:
        CorpusError: The files are not of the same number of lines; or as for `read_corpus`.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.corpus.pairs import read_pairs
        >>> path = Path(tempfile.mkdtemp()) / "pairs.tsv"
        >>> _ = path.write_text("de\ten\nein hund\ta dog\n")
        >>> pairs = read_pairs(path)
        >>> pairs.sources.to_pylist(), pairs.targets.to_pylist()
        (['ein hund'], ['a dog'])
    """
    if targets is not None:
        texts = []
        files = ((sources, source_column), (targets, target_column))
        for (name, column), words in zip(files, _OF_FILES, strict=True):
            options: Reading = {**reading, "labels": False, "text_column": column}
            kind = format or ("text" if column is None else None)
            with _in_words_of_pairs(words):
                texts.append(read_corpus(name, format=kind, **options).read()["text"])
        _check_lengths(texts, [str(sources), str(targets)])
        return TextPairs(*texts)
    options = {
        **reading,
        "text_column": source_column or FIRST,
        "label_column": target_column or SECOND,
    }
    with _in_words_of_pairs(_WORDS):
        table = read_corpus(sources, format=format, **options).read()
    return TextPairs(table["text"], table["label"])


@contextlib.contextmanager
def _in_words_of_pairs(words: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Raise errors of the readers in words that suit pairs."""
    try:
        yield
    except (ArgumentError, CorpusError) as error:
        message = str(error)
        for said, meant in words:
            message = message.replace(said, meant)
        raise type(error)(message) from error


def _check_lengths(texts: list[pa.ChunkedArray], names: list[str]) -> None:
    (few, short), (many, long) = sorted(zip(map(len, texts), names, strict=True))
    if few < many:
        raise CorpusError(
            f"{long!r} has {many:,} lines and {short!r} has {few:,}, where each line of one goes "
            f"with the same line of the other: nothing goes with line {few + 1:,} of {long!r}; "
            f"align the files, whose lines may part earlier."
        )
