"""What every reader has in common: its options and its base class."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypedDict

import pyarrow as pa

from textseq.corpus.columns import TEXT, Columns, Missing, choose_columns, kept_columns
from textseq.corpus.kept import KEPT, KeptColumn, choose_kept
from textseq.corpus.source import Source
from textseq.corpus.stream import codec_name
from textseq.errors import ArgumentError, CorpusError
from textseq.registry import did_you_mean

_LARGEST_BLOCK = 1 << 28  # bytes; offsets of 32 bits count the characters of a batch
QUOTING = ("minimal", "none")
DELIMITERS = (",", "\t", ";", "|")  # those that are recognised


class Reading(TypedDict, total=False):
    """The fields of `Options`, as keyword arguments of `read_corpus`."""

    text_column: str | None
    label_column: str | None
    label_separator: str | None
    quoting: str | None
    delimiter: str | None
    header: bool | None
    encoding: str
    where: Mapping[str, str] | None
    drop_missing: bool
    labels: bool | None
    block_size: int
    keep: Sequence[str]
    allow_empty: bool


@dataclass(frozen=True)
class Options:
    """How to read; `read_corpus` documents its arguments of these names, which are in `Reading`."""

    text_column: str | None = None
    label_column: str | None = None
    label_separator: str | None = None
    quoting: str | None = None  # "minimal", but where it joins what look like rows, an error
    delimiter: str | None = None
    header: bool | None = None
    encoding: str = "utf-8"
    where: Mapping[str, str] | None = None
    drop_missing: bool = False
    labels: bool | None = None
    block_size: int = 1 << 20
    keep: Sequence[str] = ()
    allow_empty: bool = False

    def __post_init__(self) -> None:
        if self.quoting is not None and self.quoting not in QUOTING:
            raise ArgumentError(
                f"{self.quoting!r} is not a known quoting; {did_you_mean(self.quoting, QUOTING)}."
            )
        self._check_delimiter()
        codec_name(self.encoding)
        if self.block_size < 1:
            raise ArgumentError(
                f"`block_size` must be a number of bytes, at least 1. Received: {self.block_size}."
            )
        if self.label_separator == "":
            raise ArgumentError(
                "`label_separator` must be the text between two labels, such as ','. Received: ''."
            )
        if self.labels is False and self.label_column is not None:
            raise ArgumentError(
                f"The labels in {self.label_column!r} are asked for and not to be read; leave out "
                f"--label-column or --no-labels."
            )
        if self.labels is False and self.label_separator is not None:
            raise ArgumentError(
                "The labels are to be split and not to be read; leave out --label-separator or "
                "--no-labels."
            )
        if isinstance(self.keep, str):
            raise ArgumentError(
                f"`keep` must be a list of columns, such as [{self.keep!r}]. Received a string."
            )
        if self.allow_empty and self.labels:
            raise ArgumentError(
                "A corpus that may be empty (`allow_empty`) may have no labels, so that they "
                "cannot be asked for; leave out `labels`."
            )
        if self.text_column is not None and self.text_column == self.label_column:
            raise ArgumentError(
                f"The column {self.text_column!r} cannot be both the text and the label; "
                f"choose another --text-column or --label-column."
            )

    @property
    def delimited(self) -> bool:
        """Whether the options say that fields are delimited."""
        return self.delimiter is not None or self.header is not None

    def _check_delimiter(self) -> None:
        """Set the delimiter to the character that its name stands for, and check it."""
        if self.delimiter is None:
            return
        character = {"tab": "\t", "\\t": "\t"}.get(self.delimiter, str(self.delimiter))
        if len(character) != 1 or not character.isascii() or character in '"\r\n':
            raise ArgumentError(
                f"`delimiter` must be one ASCII character that is neither a quote nor a line end, "
                f"such as ';' or '|', or 'tab'. Received: {self.delimiter!r}."
            )
        object.__setattr__(self, "delimiter", character)


class Reader(ABC):
    """One format: it checks the beginning of a source when created, then reads batches."""

    extensions: ClassVar[tuple[str, ...]] = ()  # of its files, in lower case, such as ".csv"
    magic: ClassVar[bytes] = b""  # the first bytes of its files, where they are not text
    reads_folders: ClassVar[bool] = False  # rather than files
    delimited: ClassVar[bool] = False  # whether the options on delimiter and header apply
    columns: list[str]  # the names of the columns the source has
    has_labels: bool  # whether its batches have a label column
    multilabel: bool = False  # whether its labels are known to be lists; see `label_lists`
    missing: Missing  # what happens to rows without a text or a label
    allow_empty: bool = False  # whether it may have no rows
    kept: tuple[pa.Field, ...] = ()  # of the columns that are kept; see `corpus.kept`
    _chosen: Columns
    _kept: tuple[KeptColumn, ...] = ()

    def __init__(self, source: Source, options: Options) -> None:
        if not self.reads_folders:
            source.require_file()
        if self.reads_folders and not source.is_folder:
            raise ArgumentError(
                f"{source.name!r} is not a folder, which --format folder expects; leave --format "
                f"out, or name its real one."
            )
        if options.delimited and not self.delimited:
            raise ArgumentError(
                f"{source.name!r} is not read as a delimited table, so --delimiter, --header and "
                f"--no-header do not apply; leave them out, or name its format with --format csv."
            )
        self._source = source
        self.missing = Missing.of(source.name, options)
        self.allow_empty = options.allow_empty
        self._block_size = min(options.block_size, _LARGEST_BLOCK)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:  # noqa: ARG003
        """Return whether the first bytes of a text file (UTF-8) are of this format."""
        return False

    @classmethod
    def doubt(cls, head: bytes) -> str:  # noqa: ARG003
        """Return why what is taken for plain text may be of this format; "" where it hardly is."""
        return ""

    @abstractmethod
    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows from the beginning as batches of `text: string [, label: string]`.

        Nothing is null; some batches may be empty. Labels may be lists; see `label_lists`.
        """

    def require_parts(self) -> None:
        """Raise an error where the source is a pipe, of which no other process can read a part."""
        if not self._source.lasts:
            raise CorpusError(
                f"{self._source.name!r} is a pipe, which cannot be read in parts; write it to a "
                f"file, and name that."
            )

    def detached(self) -> Reader:
        """Return a copy that other processes can use, in whatever folder they work."""
        reader = copy.deepcopy(self)
        reader._source.path = self._source.path.absolute()
        return reader

    def part_sizes(self) -> list[int]:
        """Return the bytes of each part that `batches_of` can read; here, there is one part."""
        return [self._source.path.stat().st_size]

    def batches_of(self, parts: range) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some parts as `batches` does of all, with the same row numbers."""
        return self.batches() if parts else iter(())

    def _choose(self, columns: list[str], options: Options) -> None:
        """Set the columns of a table, and choose those to read."""
        self.columns = columns
        chosen = choose_columns(self._source.name, columns, options)
        self._chosen = replace(chosen, kept=tuple(map(self._typed, chosen.kept)))
        self.kept = tuple(column.field for column in self._chosen.kept)
        self.missing = self._chosen.missing
        self.has_labels = self._chosen.label is not None
        self.multilabel = self.has_labels and self._chosen.separator is not None

    def _keep(self, options: Options) -> None:
        """Choose what a format without named columns keeps, of `columns`."""
        chosen = choose_kept(
            self._source.name,
            self.columns,
            options.keep,
            text=self.columns.index(TEXT),
            find=lambda name: self.columns.index(name) if name in self.columns else None,
        )
        self._kept = tuple(map(self._typed, chosen))
        self.kept = tuple(column.field for column in self._kept)

    def _kept_columns(
        self, arrays: Mapping[str, pa.Array], rows: Sequence[int]
    ) -> dict[str, pa.StructArray]:
        """Return the column of what is kept by its name, where anything is; see `_keep`."""
        if not self._kept:
            return {}
        places = {self.columns.index(name): array for name, array in arrays.items()}
        return {KEPT: kept_columns(self._kept, places, rows, self._place)}

    def _typed(self, column: KeptColumn) -> KeptColumn:
        """Return a column that is kept with the type that it has in this format: strings."""
        return column

    def _place(self, row: int) -> str:
        """Return how a message about a row begins; rows are counted from 1."""
        return f"Row {self._row_number(row)} of {self._source.name!r}"

    def _row_number(self, row: int) -> int:
        """Return the number in the source, from 1, of a row of what is read."""
        return row


class EmptyReader(Reader):
    """A source without any text, where that is allowed; what format it has does not matter.

    What it keeps has no type, and goes with any other.
    """

    has_labels = False
    allow_empty = True

    def __init__(self, name: str, options: Options) -> None:
        self.columns = []
        self.missing = Missing.of(name, options)
        self.kept = tuple(pa.field(item.rpartition("=")[2], pa.null()) for item in options.keep)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield nothing."""
        return iter(())
