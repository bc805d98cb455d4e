"""Plain text, a document per line, and fastText's `__label__x text` lines.

A line ends with a line feed, or with a carriage return and a line feed; at the end of the file the
line feed may be missing. A block of lines becomes an Arrow array in a few passes over its bytes,
without an object for each line.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from textseq.corpus.columns import LABEL, TEXT, check_utf8, refuse_columns
from textseq.corpus.options import Options
from textseq.corpus.readers.reader import Reader
from textseq.corpus.source import Source
from textseq.errors import CorpusError

FASTTEXT_LABEL = "__label__"

_LONGEST = (1 << 31) - 1  # what the 32-bit offsets of an Arrow string array can count
_FASTTEXT = rf"^{FASTTEXT_LABEL}(?P<label>[^ \t]+)(?:[ \t]+(?P<text>(?s:.*)))?$"


class TextReader(Reader):
    """Plain text: a document per line; a blank line is an empty document."""

    columns = [TEXT]  # noqa: RUF012
    has_labels = False

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        refuse_columns(source.name, "text", options)
        source.head()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of texts for each block."""
        for texts, _ in _checked_lines(self._source, self._block_size):
            yield pa.record_batch([texts], names=[TEXT])


class FastTextReader(Reader):
    """Lines of one `__label__x` and a text; blank lines are skipped."""

    extensions = (".ft",)
    columns = [LABEL, TEXT]  # noqa: RUF012
    has_labels = True

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        refuse_columns(source.name, "fasttext", options)
        source.head()

    @classmethod
    def sniff(cls, name: str, head: bytes) -> bool:  # noqa: ARG003
        """Return whether the first line that is not blank begins with `__label__`."""
        first = next((line for line in head.split(b"\n") if line.strip()), b"")
        return first.startswith(FASTTEXT_LABEL.encode())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of texts and labels for each block."""
        for lines, first_row in _checked_lines(self._source, self._block_size):
            pairs = pc.extract_regex(lines, _FASTTEXT)
            blank = pc.equal(pc.ascii_trim_whitespace(lines), "")
            self._refuse(
                pc.and_not(pairs.is_null(), blank),
                first_row,
                f"does not begin with {FASTTEXT_LABEL} and a label, as each line of the "
                f"fasttext format does; if it is plain text, say --format text",
            )
            kept = pairs.filter(pc.invert(blank))
            texts = kept.field("text")
            self._refuse(
                pc.match_substring_regex(lines, rf"[ \t]{FASTTEXT_LABEL}"),
                first_row,
                "has several labels, where one was expected: for now textseq reads one label per "
                "text; keep one of them",
            )
            if len(kept):
                yield pa.record_batch([texts, kept.field("label")], names=[TEXT, LABEL])

    def _refuse(self, wrong: pa.BooleanArray, first_row: int, complaint: str) -> None:
        """Raise an error for the first row that is wrong, if any."""
        i = pc.index(wrong, value=True).as_py()
        if i >= 0:
            raise CorpusError(f"{self._place(first_row + i)} {complaint}.")


def split_lines(block: bytes) -> pa.StringArray:
    r"""Return the lines of a block as an Arrow array of strings, not checked to be UTF-8.

    Args:
        block: Lines, each with its line feed.

    Raises:
        CorpusError: A line is longer than 2 GiB.

    Example:
        >>> from textseq.corpus.readers.lines import split_lines
        >>> split_lines(b"ain't no mountain\n\nhigh enough\r\n").to_pylist()
        ["ain't no mountain", '', 'high enough']
    """
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


def _checked_lines(source: Source, block_size: int) -> Iterator[tuple[pa.StringArray, int]]:
    """Yield the lines of each block, and the row number of the first."""
    row = 1
    with source.open() as stream:
        for block in stream.blocks_of_lines(block_size):
            lines = split_lines(block)
            first_row = row
            check_utf8(lines, lambda i, first=first_row: f"Row {first + i} of {source.name!r}")  # type: ignore[misc]
            yield lines, first_row
            row += len(lines)
