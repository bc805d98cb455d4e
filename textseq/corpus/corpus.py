"""`read_corpus`, and the `Corpus` it returns: several sources, read one after another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from textseq.corpus.columns import LABEL, TEXT
from textseq.corpus.formats import format_of_head, format_of_name
from textseq.corpus.options import Options
from textseq.corpus.readers.delimited import TableReader
from textseq.corpus.readers.folders import FolderReader
from textseq.corpus.readers.jsonlines import JsonLinesReader
from textseq.corpus.readers.lines import FastTextReader, TextReader
from textseq.corpus.readers.parquet import ParquetReader
from textseq.corpus.source import Source, no_text, open_source, refuse_two_pipes
from textseq.errors import ArgumentError, CorpusError
from textseq.files.paths import StrPath


class Reader(Protocol):
    """What a format is: made of a source and options, it checks the beginning, and then reads.

    Attributes:
        columns: The names of the columns the source has.
        has_labels: Whether its batches have a label column.
    """

    columns: list[str]
    has_labels: bool

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches of sound rows from the beginning; some may be empty."""
        ...


_READERS: dict[str, Callable[[Source, Options], Reader]] = {
    "text": TextReader,
    "fasttext": FastTextReader,
    "csv": partial(TableReader, delimiter=","),
    "tsv": partial(TableReader, delimiter="\t"),
    "jsonl": JsonLinesReader,
    "parquet": ParquetReader,
}


class Corpus:
    """Documents, and their labels where they have them, as a stream that can be read again.

    Made by `read_corpus`. Iterating over it gives the texts.

    Attributes:
        sources: The sources as they were given.
        has_labels: Whether every batch has a column `label`.
    """

    def __init__(self, sources: Sequence[str], readers: Sequence[Reader], options: Options) -> None:
        self.sources = list(sources)
        self.has_labels = _agreed_labels(self.sources, readers)
        self._readers = list(readers)
        self._where = dict(options.where)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as batches, from the beginning at each call.

        The columns are `text: string` and, if `has_labels`, `label: string`; neither has nulls.

        Raises:
            CorpusError: A row cannot be read, or there is none.
        """
        kept = False
        for source, reader in zip(self.sources, self._readers, strict=True):
            empty = True
            for batch in reader.batches():
                empty = False
                if len(batch):
                    kept = True
                    yield batch
            if empty:
                raise no_text(source)
        if not kept:
            raise CorpusError(
                f"No row of {', '.join(map(repr, self.sources))} is kept by --where "
                f"{' '.join(f'{column}={value}' for column, value in self._where.items())}."
            )

    def text_arrays(self) -> Iterator[pa.StringArray]:
        """Yield the texts as Arrow arrays, from the beginning at each call."""
        return (batch.column(TEXT) for batch in self.batches())

    def texts(self) -> Iterator[str]:
        """Yield every document, from the beginning at each call."""
        for array in self.text_arrays():
            yield from array.to_pylist()

    __iter__ = texts

    def labels(self) -> list[str]:
        """Return the label of every document.

        Raises:
            CorpusError: The corpus has no labels.
        """
        self.require_labels()
        return [label for batch in self.batches() for label in batch.column(LABEL).to_pylist()]

    def require_labels(self) -> None:
        """Raise an error where the corpus has no labels.

        Raises:
            CorpusError: It has none; the message lists the columns.
        """
        if not self.has_labels:
            columns = ", ".join(repr(name) for name in self._readers[0].columns)
            raise CorpusError(
                f"{self.sources[0]!r} has no labels, and they were asked for; it has the columns: "
                f"{columns}. Choose one with --label-column (label_column=...)."
            )

    def read(self) -> pa.Table:
        """Return the whole corpus as one table, in memory."""
        return pa.Table.from_batches(self.batches(), self._schema())

    def _schema(self) -> pa.Schema:
        names = [TEXT, LABEL] if self.has_labels else [TEXT]
        return pa.schema([pa.field(name, pa.string()) for name in names])


def read_corpus(
    sources: StrPath | Sequence[StrPath],
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    text_column: str | None = None,
    label_column: str | None = None,
    quoting: str = "minimal",
    encoding: str = "utf-8",
    where: Mapping[str, str] | None = None,
    spool: bool = True,
    block_size: int = 1 << 20,
) -> Corpus:
    r"""Return the texts of files, folders or stdin as one corpus.

    Formats: "text" (a document a line), "csv", "tsv", "jsonl", "parquet", "fasttext"
    (`__label__x text`) and "folder" (a folder per label of text files). All that are text may be
    compressed with gzip or zstd, and begin with a byte order mark.

    Args:
        sources: A path, `-` for stdin, or several of them; they may differ in format.
        format: The format of all of them. Left out, each file's name and first line decide (see
            `formats.py`), a folder is "folder", and stdin is "text".
        text_column: The column with the text. Left out, the first there is of: text, sentence,
            document, review, content, comment, question, body, tweet, message; or the only one.
        label_column: The column with the label. Left out, the first there is of: label, class,
            target, category, sentiment, kind, y; without one the corpus has no labels.
        quoting: "minimal" for CSV and TSV whose fields may be quoted, as RFC 4180 says, or "none"
            where quotes are plain characters.
        encoding: The encoding of text, any that Python knows.
        where: Keep only the rows that have these values in these columns.
        spool: Copy stdin to a temporary file now, so that the corpus can be read more than once.
            Otherwise it is streamed, and a second reading is an error.
        block_size: Bytes to read at a time, and about the size of a batch; memory grows with it.

    Raises:
        ArgumentError: An argument, or a combination of them, makes no sense.
        CorpusError: A source is missing, empty, not text, or lacks a column; or some sources
            have labels and others do not.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq.corpus import read_corpus
        >>> path = Path(tempfile.mkdtemp()) / "reviews.csv"
        >>> _ = path.write_text("label,text\npos,what a film\nneg,\"no, thanks\"\n")
        >>> corpus = read_corpus(path)
        >>> list(corpus), corpus.labels()
        (['what a film', 'no, thanks'], ['pos', 'neg'])
        >>> read_corpus(path, text_column="review")
        Traceback (most recent call last):
        textseq.errors.CorpusError: '...reviews.csv' has no column 'review'; it has: 'label', ...
    """
    options = Options(
        format=format,
        text_column=text_column,
        label_column=label_column,
        quoting=quoting,
        encoding=encoding,
        where=dict(where or {}),
        block_size=block_size,
    )
    given = [sources] if isinstance(sources, str | os.PathLike) else sources
    names = [os.fspath(source) for source in given]
    if not names:
        raise ArgumentError("Expected at least one source of text. Received: none.")
    refuse_two_pipes(names)
    readers = [_reader(name, options, spool=spool) for name in names]
    return Corpus(names, readers, options)


def _reader(name: str, options: Options, *, spool: bool) -> Reader:
    """Return the reader of one source, which has looked at its beginning."""
    is_folder = name != "-" and Path(name).is_dir()
    if is_folder and options.format in (None, "folder"):
        return FolderReader(name, options)
    source = open_source(name, encoding=options.encoding, spool=spool)
    if options.format == "folder":
        raise ArgumentError(
            f"{name!r} is not a folder, which --format folder expects; leave --format out, or "
            f"name its real one."
        )
    return _READERS[options.format or _guess(source)](source, options)


def _guess(source: Source) -> str:
    """Return the format of a source that nobody named."""
    if source.name == "-":
        return "text"
    return format_of_name(source.name) or format_of_head(source.name, source.head())


def _agreed_labels(names: list[str], readers: Sequence[Reader]) -> bool:
    """Return whether all sources have labels; it is an error if only some do."""
    labelled = [name for name, reader in zip(names, readers, strict=True) if reader.has_labels]
    if labelled and len(labelled) < len(names):
        lacking = next(name for name in names if name not in labelled)
        raise CorpusError(
            f"{lacking!r} has no labels, and {labelled[0]!r} has; all sources of a corpus must "
            f"have them, or none. Name its column with --label-column, or read them apart."
        )
    return bool(labelled)
