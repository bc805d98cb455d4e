"""The ids of a corpus, batch by batch, so that a corpus of any size passes through."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from textseq.corpus.columns import LABEL, TEXT

if TYPE_CHECKING:
    import pyarrow as pa

    from textseq.sequences.sequences import Sequences
    from textseq.tokenizer.tokenizer import Tokenizer


def encode_corpus(
    tokenizer: Tokenizer, batches: Iterable[pa.RecordBatch], *, read_ahead: bool = True
) -> Iterator[tuple[Sequences, list[Any] | None]]:
    """Yield the ids of `Corpus.batches` in parts, each with the labels of its documents, if any.

    A label is a string, or a list of strings where a text may have several.

    Args:
        tokenizer: A fitted one.
        batches: The columns of the corpus.
        read_ahead: Whether to read and encode several batches at a time, which is faster. If
            false, the ids of a batch are yielded before the next one is read, as a pipe needs.
    """
    if read_ahead:
        encoded = encode_rows(tokenizer, batches)
    else:
        encoded = ((tokenizer.encode(batch.column(TEXT)), batch) for batch in batches)
    for sequences, rows in encoded:
        labelled = LABEL in rows.schema.names
        yield sequences, rows.column(LABEL).to_pylist() if labelled else None


def encode_rows(
    tokenizer: Tokenizer, batches: Iterable[pa.RecordBatch], column: str = TEXT
) -> Iterator[tuple[Sequences, pa.RecordBatch]]:
    """Yield the ids of the texts in a column, in parts, each with the rows that it is of.

    Args:
        tokenizer: A fitted one.
        batches: Rows, in batches of any size.
        column: The name of the column.
    """
    waiting: deque[pa.RecordBatch] = deque()  # rows that were read and are not encoded yet

    def texts() -> Iterator[pa.Array]:
        for batch in batches:
            if len(batch):
                waiting.append(batch)
            yield batch.column(column)

    for sequences in tokenizer.encode_batches(texts()):
        start = 0
        while start < len(sequences):
            first = waiting.popleft()
            rows = first.slice(0, len(sequences) - start)
            if len(rows) < len(first):
                waiting.appendleft(first.slice(len(rows)))
            yield sequences[start : start + len(rows)], rows
            start += len(rows)
