"""Texts in any form a caller may have: strings, Arrow strings, a corpus, tokens, ids."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.corpus.corpus import Corpus
from textseq.errors import ArgumentError
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.tokenizer import Tokenizer

Texts: TypeAlias = "Iterable[str] | Iterable[list[str]] | pa.ChunkedArray | Sequences"
"""What a caller may give as texts: documents as strings or as tokens, Arrow strings, or ids."""

CheckedTexts: TypeAlias = "pa.ChunkedArray | list[Any] | Sequences"
"""What `check_texts` makes of them: Arrow strings, or a list where some documents are tokens."""


def check_texts(texts: Any) -> CheckedTexts:
    """Return texts as Arrow strings; lists of tokens, and ids, as they are.

    Raises:
        ArgumentError: One bare string was given.
    """
    if isinstance(texts, str | bytes):
        raise ArgumentError(
            f"`X` must be a list of texts. Received one {type(texts).__name__}; write [text]."
        )
    if isinstance(texts, Sequences | pa.ChunkedArray):
        return texts
    if isinstance(texts, Corpus):
        return pa.chunked_array(texts.text_arrays(), pa.string())
    if isinstance(texts, pa.Array):
        return pa.chunked_array([texts])
    documents = list(texts)
    if not all(isinstance(document, str) for document in documents):
        return documents  # tokens; or something that the tokenizer will refuse with its position
    try:
        return pa.chunked_array(pa.array(documents, pa.string()))
    except UnicodeEncodeError:
        return documents


def select_texts(texts: CheckedTexts, which: npt.NDArray[np.int64]) -> CheckedTexts:
    """Return some of the texts, in the order of their positions."""
    if isinstance(texts, Sequences):
        return texts[which]
    if isinstance(texts, pa.ChunkedArray):
        return texts.take(pa.array(which))
    return [texts[i] for i in which.tolist()]


def iterate_strings(texts: CheckedTexts) -> Iterable[str]:
    """Return an iterator over texts as Python strings, tokens joined by spaces."""
    if isinstance(texts, pa.ChunkedArray):
        return itertools.chain.from_iterable(
            batch.column(0).to_pylist()
            for batch in pa.table({"text": texts}).to_batches(max_chunksize=1_000)
        )
    return (text if isinstance(text, str) else " ".join(map(str, text)) for text in texts)


def encode(tokenizer: Tokenizer, texts: Any, vocabulary: int) -> Sequences:
    """Return texts as ids; ids that are given are checked.

    Args:
        tokenizer: A fitted one.
        texts: Texts, or the ids of texts.
        vocabulary: Number of ids, the reserved 0 included.

    Raises:
        ArgumentError: An id is 0, which is padding, or beyond the vocabulary.
    """
    if not isinstance(texts, Sequences):
        return tokenizer.encode(texts)
    if len(texts.ids) and not 0 < texts.ids.min() <= texts.ids.max() < vocabulary:
        raise ArgumentError(
            f"The ids go from {texts.ids.min()} to {texts.ids.max()}, where the tokenizer has "
            f"1 to {vocabulary - 1}; give the tokenizer that made them, and no padding."
        )
    return texts
