"""The ids of a labelled corpus, batch by batch, so that a corpus of any size passes through."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from textseq.corpus.columns import LABEL, TEXT

if TYPE_CHECKING:
    import pyarrow as pa

    from textseq.sequences.sequences import Sequences
    from textseq.tokenizer.tokenizer import Tokenizer


def encode_corpus(
    tokenizer: Tokenizer, batches: Iterable[pa.RecordBatch], *, read_ahead: bool = True
) -> Iterator[tuple[Sequences, list[str] | None]]:
    """Yield the ids of `Corpus.batches` in parts, each with the labels of its documents, if any.

    Args:
        tokenizer: A fitted one.
        batches: The columns of the corpus.
        read_ahead: Whether to read and encode several batches at a time, which is faster. If
            false, the ids of a batch are yielded before the next one is read, as a pipe needs.
    """
    if not read_ahead:
        for batch in batches:
            yield tokenizer.encode(batch.column(TEXT)), _labels(batch)
        return
    waiting: deque[str] = deque()  # labels of batches that were read and are not encoded yet
    labelled = False

    def texts() -> Iterator[pa.Array]:
        nonlocal labelled
        for batch in batches:
            labels = _labels(batch)
            labelled = labels is not None
            waiting.extend(labels or ())
            yield batch.column(TEXT)

    for sequences in tokenizer.encode_batches(texts()):
        labels = [waiting.popleft() for _ in range(len(sequences))] if labelled else None
        yield sequences, labels


def _labels(batch: pa.RecordBatch) -> list[str] | None:
    return batch.column(LABEL).to_pylist() if LABEL in batch.schema.names else None
