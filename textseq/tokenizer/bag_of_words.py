"""Documents as rows of word weights: the four modes of Keras's `sequences_to_matrix`.

With c the count of a word in a document of n tokens, D documents fitted and d of them holding it:

    binary  1
    count   c
    freq    c / n
    tfidf   (1 + ln c) * ln(1 + D / (1 + d))
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.sequences.sequences import Sequences

MODES = ("binary", "count", "freq", "tfidf")


def document_matrix(
    sequences: Sequences,
    width: int,
    mode: str,
    *,
    document_count: int = 0,
    index_docs: Mapping[int, int] | None = None,
) -> npt.NDArray[np.float64]:
    """Return the weights of the ids of each document, shape (documents, width).

    Args:
        sequences: The documents; ids at or beyond `width` are left out, as in Keras.
        width: Number of columns, one per id, the reserved 0 among them.
        mode: One of `MODES`.
        document_count: Documents fitted, for `"tfidf"`.
        index_docs: For each id, the number of fitted documents that hold it, for `"tfidf"`.
    """
    if mode not in MODES:
        raise ArgumentError(f"`mode` must be one of {', '.join(MODES)}. Received: {mode!r}.")
    if mode == "tfidf" and not document_count:
        raise ArgumentError("Mode 'tfidf' needs a tokenizer fitted on documents; fit it first.")
    size = max(1, len(sequences)) * width * np.dtype(np.float64).itemsize
    try:
        if size > sys.maxsize:
            raise MemoryError  # NumPy's own error does not mention memory
        return _weights(sequences, width, mode, document_count, index_docs or {})
    except MemoryError as error:
        raise ArgumentError(
            f"A matrix of {len(sequences):,} documents by {width:,} values takes "
            f"{size / 1024**3:,.1f} GiB, where it was expected to fit in memory; set `num_words` "
            f"to fewer words, or give fewer documents at a time."
        ) from error


def _weights(
    sequences: Sequences, width: int, mode: str, document_count: int, index_docs: Mapping[int, int]
) -> npt.NDArray[np.float64]:
    documents = np.repeat(np.arange(len(sequences)), sequences.lengths)
    inside = (sequences.ids >= 0) & (sequences.ids < width)
    counts = np.zeros((len(sequences), width))
    np.add.at(counts, (documents[inside], sequences.ids[inside]), 1)
    if mode == "count":
        return counts
    present = counts > 0
    if mode == "binary":
        return present.astype(np.float64)
    if mode == "freq":
        return counts / np.maximum(sequences.lengths, 1)[:, None]
    holding = np.zeros(width)
    for word_id, number in index_docs.items():
        if 0 <= word_id < width:
            holding[word_id] = number
    idf = np.log(1 + document_count / (1 + holding))
    logs = np.log(counts, out=np.zeros_like(counts), where=present)
    return np.where(present, (1 + logs) * idf, 0.0)
