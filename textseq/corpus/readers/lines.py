"""Plain text, a document per line, and fastText's `__label__x text` lines.

A line ends with a line feed, or with a carriage return and a line feed; at the end of the file the
line feed may be missing. A block of lines becomes an Arrow array in a few passes over its bytes,
without an object for each line.
"""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from textseq.corpus.columns import LABEL, TEXT, check_utf8, refuse_columns
from textseq.corpus.readers.reader import Options, Reader
from textseq.corpus.source import Source
from textseq.errors import CorpusError

FASTTEXT_LABEL = "__label__"

_LONGEST = (1 << 31) - 1  # what the 32-bit offsets of an Arrow string array can count
_FASTTEXT = rf"^{FASTTEXT_LABEL}(?P<label>[^ \t]+)(?:[ \t]+(?P<text>(?s:.*)))?$"


class LinesReader(Reader):
    """A file whose rows are lines, without columns."""

    format_name: ClassVar[str]

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        refuse_columns(source.name, self.format_name, options)
        source.head()

    def _lines(self) -> Iterator[tuple[pa.StringArray, int]]:
        """Yield the lines of each block, and the row number of the first."""
        row = 1
        with self._source.open() as stream:
            for block in stream.blocks_of_lines(self._block_size):
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
        return (pa.record_batch({TEXT: texts}) for texts, _ in self._lines())


class FastTextReader(LinesReader):
    """Lines of one `__label__x` and a text; blank lines are skipped."""

    format_name = "fasttext"
    extensions = (".ft",)
    columns = [LABEL, TEXT]  # noqa: RUF012
    has_labels = True

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:  # noqa: ARG003
        """Return whether the first line that is not blank begins with `__label__`."""
        first = next((line for line in head.split(b"\n") if line.strip()), b"")
        return first.startswith(FASTTEXT_LABEL.encode())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of texts and labels for each block."""
        for lines, first_row in self._lines():
            pairs = pc.extract_regex(lines, _FASTTEXT)
            blank = pc.equal(pc.ascii_trim_whitespace(lines), "")
            self._refuse(
                pc.and_not(pairs.is_null(), blank),
                first_row,
                f"does not begin with {FASTTEXT_LABEL} and a label, as each line of the "
                f"fasttext format does; if it is plain text, say --format text",
            )
            self._refuse(
                pc.match_substring_regex(lines, rf"[ \t]{FASTTEXT_LABEL}"),
                first_row,
                "has several labels, where one was expected: for now textseq reads one label per "
                "text; keep one of them",
            )
            kept = pairs.filter(pc.invert(blank))
            if len(kept):
                yield pa.record_batch({TEXT: kept.field("text"), LABEL: kept.field("label")})

    def _refuse(self, wrong: pa.BooleanArray, first_row: int, complaint: str) -> None:
        """Raise an error for the first row that is wrong, if any."""
        i = pc.index(wrong, value=True).as_py()
        if i >= 0:
            raise CorpusError(f"{self._place(first_row + i)} {complaint}.")


def split_lines(block: bytes) -> pa.StringArray:
    """Return the lines of a block, each with its line feed, as strings not checked to be UTF-8."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    if len(block) > _LONGEST:
        raise CorpusError("A line is longer than 2 GiB, which no Arrow string can be.")
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    # Without the line feeds, each end moves by the number of line feeds before it.
    offsets = np.zeros(len(ends) + 1, np.int32)
    offsets[1:] = ends - np.arange(len(ends))
    texts = block.translate(None, b"\n")
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(texts))
