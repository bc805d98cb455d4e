"""`read_corpus`, and the `Corpus` it returns: several sources, read one after another."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Unpack

import pyarrow as pa

from textseq.corpus.columns import LABEL, TEXT
from textseq.corpus.formats import READERS, detect_format
from textseq.corpus.kept import unify_fields, with_kept
from textseq.corpus.label_lists import unify_labels
from textseq.corpus.part_folders import expand_folders
from textseq.corpus.readers.reader import EmptyReader, Options, Reader, Reading
from textseq.corpus.source import open_source
from textseq.corpus.stream import NoTextError
from textseq.corpus.units import Section, WorkUnit, group_parts, wrap_source_errors
from textseq.errors import ArgumentError, CorpusError
from textseq.files.paths import StrPath
from textseq.registry import listed

_log = logging.getLogger(__name__)


class Corpus:
    """Documents, and their labels where they have them, as a stream that can be read again.

    Made by `read_corpus`. Iterating over it gives the texts.

    Attributes:
        sources: The sources as they were passed, but for a folder of part files: its files.
        has_labels: Whether every batch has a column `label`.
        multilabel: Whether the labels of a text are a list; it may take a reading to know.
        kept: The fields of the column `kept`; see `corpus.kept`.
    """

    def __init__(self, sources: Sequence[str], readers: Sequence[Reader], options: Options) -> None:
        self.sources = list(sources)
        self.has_labels = _agreed_labels(self.sources, readers, options)
        self._readers = list(readers)
        self._where = dict(options.where or {})
        self._allow_empty = options.allow_empty
        self.kept = unify_fields([reader.kept for reader in readers])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as batches, from the beginning at each call.

        The columns are `text: string` and, if `has_labels`, `label`: `string`, or `list<string>`
        where a text may have several; neither has nulls. What shows that there are several may come
        late in a source, after batches of strings. With `keep`, there is a column `kept` too, a
        struct of what is kept.
        """
        kept = False
        for section in self._sections():
            for batch in section.batches():
                kept = True
                yield with_kept(batch, self.kept)
            section.reader.missing.note()
        if not kept:
            self._check_nothing_kept()

    @property
    def multilabel(self) -> bool:
        """Whether the labels of a text are a list."""
        return any(reader.multilabel for reader in self._readers)

    def _sections(self) -> list[Section]:
        for reader in self._readers:  # what one of them knows, all of them do
            reader.multilabel = self.multilabel
        return list(map(Section, self.sources, self._readers))

    @property
    def size(self) -> int:
        """The bytes of all sources, as they lie on the disk; those of Parquet decompressed.

        Raises:
            CorpusError: A source is a pipe.
        """
        self._require_parts()
        return sum(sum(reader.part_sizes()) for reader in self._readers)

    def units(self, size: int) -> list[WorkUnit]:
        """Return the corpus as work units of about `size` bytes, in order.

        Together they yield the rows of `batches`. What only the whole corpus shows is left to the
        caller: `note_skipped`, and `nothing_kept` where no unit has a row.

        Raises:
            CorpusError: A source is a pipe, which cannot be read in parts.
        """
        self._require_parts()
        detached = [
            Section(section.source, section.reader.detached()) for section in self._sections()
        ]
        return group_parts(detached, size)

    def _require_parts(self) -> None:
        for reader in self._readers:
            reader.require_parts()

    def note_skipped(self, skipped: Mapping[str, int]) -> None:
        """Log how many rows of each source were skipped, by those who read its units."""
        for source, reader in zip(self.sources, self._readers, strict=True):
            reader.missing.skipped = skipped.get(source, 0)
            reader.missing.note()

    def nothing_kept(self) -> CorpusError:
        """Return the error for a corpus whose rows were all left out."""
        reasons = " and ".join(self._reasons())
        return CorpusError(f"No row of {listed(self.sources)} is kept by {reasons}.")

    def _check_nothing_kept(self) -> None:
        """Raise that error, or where there may be no rows, say the same."""
        if not self._allow_empty:
            raise self.nothing_kept()
        if self._reasons():
            _log.info(str(self.nothing_kept()))

    def _reasons(self) -> list[str]:
        """Return what left rows out, and may have left out all."""
        reasons = [f"--where {column}={value}" for column, value in self._where.items()]
        if skipped := sum(reader.missing.skipped for reader in self._readers):
            reasons.append(f"--drop-missing, which skipped {skipped:,} without a text or a label")
        return reasons

    def text_arrays(self) -> Iterator[pa.StringArray]:
        """Yield the texts as Arrow arrays, from the beginning at each call."""
        return (batch.column(TEXT) for batch in self.batches())

    def texts(self) -> Iterator[str]:
        """Yield every document, from the beginning at each call."""
        for array in self.text_arrays():
            yield from array.to_pylist()

    __iter__ = texts

    def labels(self) -> list[Any]:
        """Return the label of every document, or the list of its labels where it may have several.

        A corpus without labels is an error.
        """
        self.require_labels()
        batches = unify_labels([batch.select([LABEL]) for batch in self.batches()])
        return [label for batch in batches for label in batch.column(LABEL).to_pylist()]

    def require_labels(self) -> None:
        """Raise an error that lists the columns where the corpus has no labels."""
        if not self.has_labels:
            names = self._readers[0].columns
            hint = "Choose one with --label-column (label_column=...)."
            if len(names) == 1:
                hint = "Use a table that has a column of labels too."
            raise CorpusError(
                f"{self.sources[0]!r} has no labels, which are needed here; it has the columns: "
                f"{listed(names)}. {hint}"
            )

    def read(self) -> pa.Table:
        """Return the whole corpus as one table, in memory."""
        return pa.Table.from_batches(unify_labels([*self.batches()]))


def read_corpus(
    sources: StrPath | Sequence[StrPath],
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    spool: bool = True,
    **reading: Unpack[Reading],
) -> Corpus:
    r"""Return the texts of files, folders or stdin as one corpus.

    Formats: "text" (a document per line), "csv", "tsv", "jsonl", "json" (one document with all
    rows, as pandas and datasets write it), "parquet", "fasttext" (lines with one `__label__x`,
    or several) and "folder" (a folder of text files per label). Text files may be compressed with
    gzip or zstd, and begin with a byte order mark. Line ends become line feeds, and a carriage
    return elsewhere a space. A folder of files of one format and no folders, such as Spark writes,
    is read as its files in the order of their names, without those that begin with `_` or `.`.

    Args:
        sources: A path, `-` for stdin, or several of them; they may differ in format.
        format: The format of all of them, a registered name or "package.module:factory". If None,
            it is that of a file's extension, or recognised by the content, which is logged; what
            is not recognised is "text".
        spool: Copy stdin to a temporary file now, so that the corpus can be read more than once.
            Otherwise it is streamed, and a second reading is an error.
        text_column: The column with the text. If None, the first that exists of: text, sentence,
            document, review, content, comment, question, body, tweet, message; or the only one.
        label_column: The column with the label. If None, the first that exists of: label, labels,
            class, target, category, sentiment, kind, y; if there is none, the corpus has no labels.
            A label that is no string is read as Arrow writes it: 1, 0.5, true, 2024-01-31. A list
            holds the labels of a text, of which there may be several or none.
        label_separator: The separator between the labels of a text, such as ",", where they are in
            one string; one that is empty has no label. If None, a string is one label.
        quoting: "minimal" for CSV and TSV whose fields may be quoted, as RFC 4180 says, or "none"
            where quotes are plain characters. If None, it is "minimal", and a quoted field is an
            error where it seems to join several rows.
        delimiter: The character between the fields of CSV and TSV, or "tab". If None, it is the
            format's own, or the one that a first line `sep=;` states, or one of ; | , and tab that
            the first rows agree on.
        header: Whether the first row of CSV and TSV is column names. If None, it is unless it
            looks like the rows below. Without names, columns are named by their numbers from 1.
        encoding: The encoding of text, any that Python knows.
        where: Keep only the rows that have these values in these columns.
        drop_missing: Skip rows without a text (null) or a label (null, NaN or blank), and log how
            many; otherwise the first of them is an error.
        labels: True if labels are needed, and a corpus without them is an error. If False, they
            are not read, and may be missing. If None, they are read where there are any.
        block_size: Bytes to read at a time, and about the size of a batch.
        keep: Columns to keep beside the texts, by name or by number from 1, and under another name
            with `=NAME` behind it. Where no column is named so, `text` is the text, whatever its
            column, and `row` the number of the row in its source, from 1.
        allow_empty: Whether there may be no texts, as in an empty file. Otherwise that is an error.

    Raises:
        ArgumentError: An argument is out of its range, or arguments contradict one another.
        CorpusError: A source is missing, empty, not text, or lacks a column; or some sources
            have labels and others do not. While reading: a row lacks its text or label.

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
    if format is not None:
        READERS.resolve(format)  # an unknown name is an error before any source is opened
    options = Options(**reading)
    given = [sources] if isinstance(sources, str | os.PathLike) else sources
    names = expand_folders([os.fspath(source) for source in given], format)
    if not names:
        raise ArgumentError("Expected at least one source of text. Received: none.")
    if names.count("-") > 1:
        raise ArgumentError("'-' (stdin) is named more than once; it can be read only once.")
    corpus = Corpus(names, [_open_reader(n, format, options, spool=spool) for n in names], options)
    if options.labels:
        corpus.require_labels()
    return corpus


def _open_reader(name: str, form: str | None, options: Options, *, spool: bool) -> Reader:
    """Return the reader of a source."""
    try:
        with wrap_source_errors(name):
            source = open_source(name, encoding=options.encoding, spool=spool)
            kind = form or detect_format(source, is_table=options.delimited)
        reader = READERS.resolve(kind)
        with wrap_source_errors(name, reader):
            return reader(source, options)
    except NoTextError:
        if not options.allow_empty:
            raise
        return EmptyReader(name, options)


def _agreed_labels(names: list[str], readers: Sequence[Reader], options: Options) -> bool:
    """Return whether all sources have labels; if only some have, raise an error."""
    pairs = zip(names, readers, strict=True)
    known = [(name, one) for name, one in pairs if not isinstance(one, EmptyReader)]
    labelled = [name for name, reader in known if reader.has_labels]
    if labelled and len(labelled) < len(known):
        lacking = next(name for name, _ in known if name not in labelled)
        hint = ", or all without labels with --no-labels" if options.labels is None else ""
        raise CorpusError(
            f"{lacking!r} has no labels, and {labelled[0]!r} has; all sources of a corpus must "
            f"have them, or none. Name its column with --label-column, or read them apart{hint}."
        )
    return bool(labelled)
