"""Plain text, a document per line, and fastText's `__label__x text` lines.

A line ends with a line feed, which may be missing at the end of the file; `ByteStream` turns other
line ends into line feeds. A block of lines becomes an Arrow array in a few passes over its bytes,
without an object for each line.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from textseq.corpus.columns import LABEL, TEXT, check_utf8, missing_labels, refuse_columns
from textseq.corpus.kept import KeptColumn
from textseq.corpus.label_lists import distinct_labels, holds_lists, list_of, split_labels
from textseq.corpus.readers.line_parts import LinePartsReader
from textseq.corpus.readers.reader import Options
from textseq.corpus.source import Source

FASTTEXT_LABEL = "__label__"

# As fastText itself reads it: a word of the line, wherever it stands.
_LABEL_WORD = rf"(?:^|[ \t]+){FASTTEXT_LABEL}(?P<label>[^ \t]+)"
_TRIED_LINES = 20  # how many lines are looked at to recognize the format


class LinesReader(LinePartsReader):
    """A file whose rows are lines, without columns."""

    format_name: ClassVar[str]

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        refuse_columns(source.name, self.format_name, options)
        source.head()
        self._keep(options)

    def _lines(self) -> Iterator[tuple[pa.StringArray, int]]:
        """Yield the lines of each block, and the row number of the first."""
        row = 1

        def next_row() -> int:
            return self._row_number(row)

        with self._open() as stream:
            for block in stream.blocks_of_lines(self._block_size, next_row):
                lines = split_lines(block)
                check_utf8(lines, range(row, row + len(lines)), self._place)
                yield lines, row
                row += len(lines)


class TextReader(LinesReader):
    """Plain text: a document per line; a blank line is an empty document."""

    format_name = "text"
    columns = [TEXT]  # noqa: RUF012
    has_labels = False

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of texts for each block."""
        for texts, row in self._lines():
            columns = {TEXT: texts}
            yield pa.record_batch(
                columns | self._kept_columns(columns, range(row, row + len(texts)))
            )


class FastTextReader(LinesReader):
    """Lines of a text and one `__label__x` or several, anywhere; blank lines are skipped."""

    format_name = "fasttext"
    extensions = (".ft",)
    columns = [LABEL, TEXT]  # noqa: RUF012

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        self.has_labels = options.labels is not False
        self._separator = options.label_separator
        lines = whole_lines(source.head())
        several = any(len(re.findall(_LABEL_WORD.encode(), line)) > 1 for line in lines)
        self.multilabel = self.has_labels and (several or self._separator is not None)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:  # noqa: ARG003
        """Return whether the first line starts with a label, or each of the first lines has one.

        A single line may also end with its label; elsewhere it may be a text about the format.
        """
        prefix, space = FASTTEXT_LABEL.encode(), b"[ \t]"
        lines = [line.strip() for line in whole_lines(head)[:_TRIED_LINES] if line.strip()]
        if lines and re.match(prefix + rb"\S", lines[0]):
            return True
        place = space + prefix + rb"\S+" + (b"" if len(lines) > 1 else b"$")
        return bool(lines) and all(re.search(place, b" " + line) for line in lines)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of texts, and of labels if they are read, for each block."""
        for lines, first_row in self._lines():
            kept = pc.binary_length(pc.ascii_trim_whitespace(lines)).cast(pa.bool_())
            texts = pc.replace_substring_regex(lines, _LABEL_WORD, "")
            columns = {TEXT: pc.ascii_ltrim(texts, " \t")}
            columns |= self._kept_lines(columns[TEXT], lines, first_row)
            if self.has_labels:
                columns[LABEL] = self._labels(lines)
                kept = self._labelled(lines, columns[LABEL], kept, first_row)
            columns = {name: column.filter(kept) for name, column in columns.items()}
            if not len(columns[TEXT]):
                continue
            if self.has_labels:
                self.missing.warn_of_labels(columns[LABEL])
            yield pa.record_batch(columns)

    def _typed(self, column: KeptColumn) -> KeptColumn:
        return replace(column, as_json=column.at == self.columns.index(LABEL))

    def _kept_lines(
        self, texts: pa.StringArray, lines: pa.StringArray, first_row: int
    ) -> dict[str, pa.StructArray]:
        """Return what is kept of each line: a label as it is, several as a list."""
        labels = self._labels(lines).to_pylist() if self._kept else ()
        as_json = [None if label is None else json.dumps(label) for label in labels]
        arrays = {TEXT: texts, LABEL: pa.array(as_json, pa.string())}
        return self._kept_columns(arrays, range(first_row, first_row + len(lines)))

    def _labels(self, lines: pa.StringArray) -> pa.Array:
        """Return the label of each line, or lists of labels where there may be several."""
        first = pc.extract_regex(lines, _LABEL_WORD).field("label")
        count = pc.count_substring_regex(lines, _LABEL_WORD).to_numpy()
        alone, several = np.flatnonzero(count == 1), np.flatnonzero(count > 1)
        if not self.multilabel and not len(several):
            return first
        words = pc.split_pattern_regex(lines.take(pa.array(several)), "[ \t]+")
        is_label = pc.match_substring_regex(words.flatten(), f"^{FASTTEXT_LABEL}.")
        found = pc.utf8_slice_codeunits(words.flatten().filter(is_label), len(FASTTEXT_LABEL))
        parents = several[pc.list_parent_indices(words).filter(is_label).to_numpy()]
        parents = np.concatenate([alone, parents])
        labels = pa.concat_arrays([first.take(pa.array(alone)), found])
        order = np.argsort(parents, kind="stable")
        lists = list_of(parents[order], labels.take(pa.array(order)), len(lines))
        if self._separator is not None:
            lists = split_labels(pc.binary_join(lists, self._separator), self._separator)
        return distinct_labels(lists)

    def _labelled(
        self, lines: pa.StringArray, labels: pa.Array, kept: pa.BooleanArray, first_row: int
    ) -> pa.BooleanArray:
        """Return which rows to keep: those with a label."""
        is_list = holds_lists(labels.type)
        lacking = pc.equal(pc.list_value_length(labels), 0) if is_list else missing_labels(labels)
        missing = pc.and_(kept, lacking)
        if not pc.any(missing).as_py():
            return kept
        rows = range(first_row, first_row + len(lines))
        with_label = self.missing.keep(
            missing,
            rows,
            lambda i: (
                f"{self._place(rows[i])} has no label: expected a word that begins with "
                f"{FASTTEXT_LABEL}, as in each line of the fasttext format; if the file is plain "
                f"text, say --format text; {self.missing.advice(LABEL)}."
            ),
        )
        return pc.and_(kept, with_label)


def whole_lines(head: bytes) -> list[bytes]:
    """Return the whole lines of the first bytes of a file, and the last one if they are blank."""
    *lines, last = head.split(b"\n")
    return lines if any(line.strip() for line in lines) else [*lines, last]


def split_lines(block: bytes) -> pa.StringArray:
    """Return the lines of a block, each with its line feed, as strings not checked to be UTF-8."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    # Without the line feeds, each end moves by the number of line feeds before it.
    offsets = np.zeros(len(ends) + 1, np.int32)
    offsets[1:] = ends - np.arange(len(ends))
    texts = block.translate(None, b"\n")
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(texts))
