"""Tagged sentences: a token and its tag per line, a blank line between sentences.

    CoNLL-U            ten columns with tabs between: 1  The  the  DET  DT  _  2  det  _  _
    columns            a token, any columns between, a tag: with tabs, or with spaces, between

A file is CoNLL-U if its first token has ten columns, the first of them a number. Its comments,
multiword tokens (1-2) and empty nodes (1.1) are no tokens; nor are the lines `-DOCSTART-` of
CoNLL-2003. All of them are kept where tags are filled in.

Tokens may hold any character but the one between columns: a file with tabs has tokens with spaces,
and no-break spaces, line separators of Unicode and the like separate nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textseq.corpus.source import open_source
from textseq.corpus.stream import ByteStream
from textseq.errors import ArgumentError, CorpusError
from textseq.registry import counted, did_you_mean

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
"""The columns of CoNLL-U, by name."""

FORMATS = ("conllu", "columns")

DOCUMENT_START = "-DOCSTART-"

BLOCK = 1 << 20
"""Bytes to read at a time."""

_NUMBER = re.compile(r"(\d+)(-\d+|\.\d+)?")
_FIELD = re.compile(r"[^ \t]+")


@dataclass(frozen=True)
class Layout:
    """Which columns a file has.

    Args:
        conllu: Whether it is CoNLL-U.
        tabs: Whether tabs separate its columns, and not spaces.
        columns: Number of columns.
        tag: Index of the column of tags; `columns` for a new one at the end.
    """

    conllu: bool
    tabs: bool
    columns: int
    tag: int

    def split(self, line: str) -> list[str]:
        """Return the fields of a line."""
        return line.split("\t") if self.tabs else _FIELD.findall(line)

    def fill(self, line: str, tag: str) -> str:
        """Return a line with its tag replaced."""
        if not tag or re.search(r"[\t\n]" if self.tabs else r"[ \t\n]", tag):
            raise ArgumentError(
                f"The tag {tag!r} cannot be written to a column; expected one without "
                f"{'tabs and line feeds' if self.tabs else 'spaces'}."
            )
        if self.columns == 1 and not self.tabs:
            return "\t".join([line.strip(" \t"), tag])
        if self.tag == self.columns:
            return f"{line}\t{tag}" if self.tabs else " ".join([line.strip(" \t"), tag])
        if self.tabs:
            fields = line.split("\t")
            return "\t".join([*fields[: self.tag], tag, *fields[self.tag + 1 :]])
        start, end = [found.span() for found in _FIELD.finditer(line)][self.tag]
        return line[:start] + tag + line[end:]


@dataclass(frozen=True)
class TaggedSentence:
    """A sentence of a file.

    Args:
        tokens: Its tokens.
        tags: A tag for each; none of them where they were not asked for.
        lines: Its lines, with comments and all else before it.
        places: The index of each token's line in these.
        layout: The columns.

    Example:
        >>> from textseq.corpus.tagged import TaggedSentence
        >>> print(TaggedSentence.of(["The", "cat"]).fill(["DET", "NOUN"]), end="")
        The	DET
        cat	NOUN
        <BLANKLINE>
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    lines: tuple[str, ...]
    places: tuple[int, ...]
    layout: Layout

    @classmethod
    def of(cls, tokens: Sequence[str]) -> TaggedSentence:
        """Return a sentence of tokens, to be written as two columns with a tab between.

        Raises:
            ArgumentError: A token is empty, or holds a tab or a line feed.
        """
        for token in tokens:
            if not token or re.search(r"[\t\n]", token):
                raise ArgumentError(
                    f"The token {token!r} cannot be written to a column; expected one without "
                    f"tabs and line feeds."
                )
        lines = tuple(tokens)
        return cls(lines, (), lines, tuple(range(len(lines))), Layout(False, True, 1, 1))

    def fill(self, tags: Sequence[str]) -> str:
        """Return the lines with these tags in place of what was there, and a blank line."""
        lines = list(self.lines)
        for place, tag in zip(self.places, tags, strict=True):
            lines[place] = self.layout.fill(lines[place], tag)
        return "\n".join([*lines, "", ""])


def read_tagged(
    source: str,
    *,
    column: str | int | None = None,
    conllu_column: str = "upos",
    format: str | None = None,  # noqa: A002  (as `read_corpus` has it)
    encoding: str = "utf-8",
    tags: bool = True,
) -> Iterator[TaggedSentence]:
    """Yield the sentences of a file, as they are read.

    Args:
        source: A path, also of a compressed file; or - for stdin.
        column: The column of the tags: a number from 1, or in CoNLL-U a name such as `"xpos"`. By
            default, `conllu_column` in CoNLL-U, and the last one elsewhere.
        conllu_column: See `column`.
        format: `"conllu"` or `"columns"`; by default, what the first token looks like.
        encoding: The encoding of the text.
        tags: Whether each token must have a tag; without, tags are not read, and there may be no
            tokens either.

    Raises:
        CorpusError: The file cannot be read, or a row is not what it should be.

    Example:
        >>> from textseq.corpus import embedded_corpus
        >>> from textseq.corpus.tagged import read_tagged
        >>> first = next(read_tagged(str(embedded_corpus("tagged_en.conllu"))))
        >>> list(zip(first.tokens, first.tags))[:3]
        [('The', 'DET'), ('old', 'ADJ'), ('baker', 'NOUN')]
    """
    if format not in (None, *FORMATS):
        raise ArgumentError(f"{format!r} is not a format of tags; {did_you_mean(format, FORMATS)}.")
    with open_source(source, encoding=encoding, spool=False).open() as stream:
        yield from _Reader(source, (column, conllu_column), format, tags).sentences(stream)


def load_tagged(source: str, **reading: object) -> tuple[list[list[str]], list[list[str]]]:
    """Return the tokens and the tags of the sentences of a file; arguments as for `read_tagged`.

    Example:
        >>> from textseq.corpus import embedded_corpus
        >>> from textseq.corpus.tagged import load_tagged
        >>> X, y = load_tagged(str(embedded_corpus("tagged_en.conllu")), column="upos")
        >>> X[0][:3], y[0][:3]
        (['The', 'old', 'baker'], ['DET', 'ADJ', 'NOUN'])
    """
    read = list(read_tagged(source, **reading))  # type: ignore[arg-type]
    return [list(s.tokens) for s in read], [list(s.tags) for s in read]


class _Reader:
    """Reads one file; its layout is that of the first token."""

    layout: Layout
    first_row = 0  # of the first token, which the layout was read from

    def __init__(
        self, source: str, columns: tuple[str | int | None, str], form: str | None, tags: bool
    ) -> None:
        self.source, self.form, self.tags = source, form, tags
        self.column, self.conllu_column = columns

    def sentences(self, stream: ByteStream) -> Iterator[TaggedSentence]:
        """Yield the sentences."""
        before: list[str] = []  # lines without a token, which belong to the next sentence
        empty = True
        for row, lines in self._blocks(stream):
            places, tokens, tags = [], [], []
            for at, fields in self._rows(row, lines):
                places.append(len(before) + at)
                tokens.append(fields[1 if self.layout.conllu else 0])
                if self.tags:
                    tags.append(self._tag(fields, row + at))
            if not tokens:
                before += [*lines, ""]
                continue
            whole = (*before, *lines)
            before, empty = [], False
            yield TaggedSentence(tuple(tokens), tuple(tags), whole, tuple(places), self.layout)
        if empty and self.tags:
            raise CorpusError(
                f"{self.source!r} has no tokens; expected one per line, with its tag behind it."
            )

    def _blocks(self, stream: ByteStream) -> Iterator[tuple[int, list[str]]]:
        """Yield each group of lines that are not blank, and its first row."""
        row, block = 1, list[str]()

        def next_row() -> int:
            return row

        for data in stream.blocks_of_lines(BLOCK, next_row):
            try:
                text = data.decode()
            except UnicodeDecodeError as error:
                from textseq.corpus.columns import not_decodable  # which loads Arrow's functions

                raise not_decodable(self._at(row + data.count(b"\n", 0, error.start))) from None
            for line in text.split("\n")[:-1]:
                blank = not line.strip(" \t")
                if block and (blank or _starts(line)):
                    yield row - len(block), block
                    block = []
                block += [] if blank else [line]
                row += 1
        if block:
            yield row - len(block), block

    def _rows(self, row: int, lines: list[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield the index and the fields of each token of a block."""
        if not self.first_row:
            # Comments of CoNLL-U begin with #, and so may tokens of columns.
            kept = (i for i, line in enumerate(lines) if not line.startswith("# "))
            rows = [i for i in kept if not _starts(lines[i])]
            first = next((i for i in rows if lines[i][0] != "#"), rows[0] if rows else None)
            if first is None:
                return
            self.layout = self._layout(lines[first], row + first)
            self.first_row = row + first
        number, begun = 0, False
        for at, line in enumerate(lines):
            fields = self.layout.split(line)
            if _starts(line) or self._is_comment(line, fields, begun):
                continue
            begun = True
            if len(fields) != self.layout.columns:
                raise self._wrong_columns(line, len(fields), row + at)
            if self.layout.conllu:
                found = _NUMBER.fullmatch(fields[0])
                if found is None or (not found[2] and int(found[1]) <= number):
                    raise self._wrong_number(fields[0], number, row + at)
                if found[2]:
                    continue
                number = int(found[1])
            if not fields[1 if self.layout.conllu else 0]:
                raise CorpusError(f"{self._at(row + at)} has an empty token; expected a word.")
            yield at, fields

    def _layout(self, line: str, row: int) -> Layout:
        """Return the layout that the line of the first token shows."""
        fields = line.split("\t")
        looks = len(fields) == len(CONLLU) and _NUMBER.fullmatch(fields[0]) is not None
        if self.form == "conllu" or (self.form is None and looks):
            return Layout(True, True, len(CONLLU), self._column(len(CONLLU), row, named=True))
        tabs = len(fields) > 1
        columns = len(fields if tabs else _FIELD.findall(line))
        return Layout(False, tabs, columns, self._column(columns, row, named=False))

    def _column(self, columns: int, row: int, *, named: bool) -> int:
        """Return the index of the column of tags; one more than there are is a new one."""
        column = self.column
        if column is None:
            column = self.conllu_column if named else columns if columns > 1 else 2
        if str(column).isdecimal():
            index = int(column) - 1
        elif not named:
            raise ArgumentError(
                f"The columns of {self.source!r} have no names; give the number of that of the "
                f"tags, counted from 1. Received: {column!r}."
            )
        elif column not in CONLLU:
            raise ArgumentError(
                f"CoNLL-U has no column {column!r}; {did_you_mean(str(column), CONLLU)}."
            )
        else:
            index = CONLLU.index(str(column))
        if columns == 1 and self.tags:
            raise CorpusError(
                f"{self._at(row)} has 1 column, where a token and its tag were expected, with a "
                f"tab between."
            )
        last = columns - (self.tags or named)
        if not (2 if named else 1) <= index <= last:
            raise CorpusError(
                f"{self._at(row)} has {counted(columns, 'column')}, where the tag is expected in "
                f"column {index + 1}; name its column with --tag-column (column=)."
            )
        return index

    def _is_comment(self, line: str, fields: list[str], begun: bool) -> bool:
        """Return whether a line is a comment; elsewhere than in CoNLL-U # may be a token."""
        if line[0] != "#" or self.layout.conllu:
            return line[0] == "#"
        return (
            line.startswith("# ")
            and not begun
            and ("=" in line or len(fields) != self.layout.columns)
        )

    def _tag(self, fields: list[str], row: int) -> str:
        tag = fields[self.layout.tag]
        if not tag or (tag == "_" and self.layout.conllu and CONLLU[self.layout.tag] != "feats"):
            raise CorpusError(
                f"{self._at(row)} has no tag in column {self.layout.tag + 1}; tag it, or name "
                f"another column with --tag-column (column=)."
            )
        return tag

    def _wrong_columns(self, line: str, found: int, row: int) -> CorpusError:
        conllu, columns = self.layout.conllu, self.layout.columns
        expected = f"{columns}, as in row {self.first_row}, were expected"
        hint = "a token may have a space in it, or a column be missing"
        if conllu:
            expected = "10 with tabs between them were expected, as CoNLL-U has"
            if len(_FIELD.findall(line)) == columns:
                hint = "its columns have spaces between them, which must be tabs"
        return CorpusError(
            f"{self._at(row)} has {counted(found, 'column')}, where {expected}: {hint}."
        )

    def _wrong_number(self, text: str, before: int, row: int) -> CorpusError:
        hint = "; a blank line may be missing between sentences" if text == "1" else ""
        return CorpusError(
            f"{self._at(row)} has the id {text!r}, where {before + 1}, or a range such as 1-2, was "
            f"expected{hint}."
        )

    def _at(self, row: int) -> str:
        return f"Row {row} of {self.source!r}"


def _starts(line: str) -> bool:
    return re.match(rf"[ \t]*{DOCUMENT_START}([ \t]|$)", line) is not None
