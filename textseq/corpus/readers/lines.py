"""A text a line, and fastText's `__label__x text` lines.

Lines end with a line feed, or a carriage return and a line feed; nothing else ends one, but
a carriage return before the end of the file belongs to a line feed cut off. A block
of lines becomes an Arrow array in a few passes over its bytes, without an object for each line.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from textseq.corpus.columns import LABEL, TEXT, check_utf8, refuse_columns
from textseq.corpus.formats import FASTTEXT_LABEL
from textseq.corpus.options import Options
from textseq.corpus.source import Source
from textseq.errors import CorpusError

_LONGEST = (1 << 31) - 1  # what the 32-bit offsets of an Arrow string array can count
_FASTTEXT = rf"^{FASTTEXT_LABEL}(?P<label>[^ \t]+)(?:[ \t]+(?P<text>(?s:.*)))?$"


class TextReader:
    """Plain text: a document a line, a blank line being an empty one."""

    has_labels = False

    def __init__(self, source: Source, options: Options) -> None:
        refuse_columns(source.name, "text", options)
        source.head()
        self.columns = [TEXT]
        self._source = source
        self._block_size = options.block_size

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield a batch of texts for each block."""
        for texts, _ in _checked_lines(self._source, self._block_size):
            yield pa.record_batch([texts], names=[TEXT])


class FastTextReader:
    """Lines of one `__label__x` and a text; blank lines are skipped."""

    has_labels = True

    def __init__(self, source: Source, options: Options) -> None:
        refuse_columns(source.name, "fasttext", options)
        source.head()
        self.columns = [LABEL, TEXT]
        self._source = source
        self._block_size = options.block_size

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
                "has several labels, where one was expected: for now textseq gives a text one "
                "label; keep one of them",
            )
            if len(kept):
                yield pa.record_batch([texts, kept.field("label")], names=[TEXT, LABEL])

    def _refuse(self, wrong: pa.BooleanArray, first_row: int, complaint: str) -> None:
        """Raise an error for the first row that is wrong, if any."""
        i = pc.index(wrong, value=True).as_py()
        if i >= 0:
            raise CorpusError(f"Row {first_row + i} of {self._source.name!r} {complaint}.")


def split_lines(block: bytes) -> pa.StringArray:
    r"""Return the lines of a block as an Arrow array of strings that are not checked to be UTF-8.

    Args:
        block: Bytes whose every line is ended by a line feed.

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
    # Taking the line feeds out moves each end by the number of those before it.
    offsets = np.zeros(len(ends) + 1, np.int32)
    offsets[1:] = ends - np.arange(len(ends))
    texts = block.translate(None, b"\n")
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(texts))


def _checked_lines(source: Source, block_size: int) -> Iterator[tuple[pa.StringArray, int]]:
    """Yield the lines of each block, and the row that its first one is."""
    row = 1
    with source.open() as stream:
        for block in stream.blocks_of_lines(block_size):
            lines = split_lines(block)
            first_row = row
            check_utf8(lines, lambda i, first=first_row: f"Row {first + i} of {source.name!r}")  # type: ignore[misc]
            yield lines, first_row
            row += len(lines)
