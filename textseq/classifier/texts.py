"""Texts in any form a caller may have: strings, Arrow strings, a corpus, tokens, ids."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from textseq.corpus.text_batches import documents_of, text_batches
from textseq.errors import ArgumentError
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.open_encoding import encode_open
from textseq.tokenizer.tokenizer import Tokenizer

Texts: TypeAlias = "Iterable[str] | Iterable[list[str]] | pa.ChunkedArray | Sequences"
"""What a caller may give as texts: documents as strings or as tokens, Arrow strings, or ids."""

CheckedTexts: TypeAlias = "pa.ChunkedArray | list[Any] | Sequences"
"""What `check_texts` makes of them: Arrow strings, or a list where some documents are tokens."""


def check_texts(texts: Any) -> CheckedTexts:
    """Return texts as Arrow strings; lists of tokens, and ids, as they are.

    Raises:
        ArgumentError: One bare string was given, a table, or a document is neither a string nor a
            list of tokens; the message has its position.
    """
    if isinstance(texts, Sequences):
        return texts
    refuse_tables(texts)
    batches = list(text_batches(texts))
    strings = [batch for batch in batches if isinstance(batch, pa.Array)]
    if len(strings) < len(batches):
        return [document for batch in batches for document in documents_of(batch)]
    if len({array.type for array in strings}) != 1:  # none, or large and small ones
        return pa.chunked_array(
            [array.cast(pa.large_string()) for array in strings], pa.large_string()
        )
    return pa.chunked_array(strings)


def refuse_tables(texts: Any) -> None:
    """Raise an error where what should be a list of texts is one text, a table or a matrix.

    Iterated over, they would give something else than texts: characters, names of columns, rows.
    """
    received = ""
    if isinstance(texts, str | bytes):
        received = f"one {type(texts).__name__}; write [text]"
    elif isinstance(texts, Mapping):
        received = f"a {type(texts).__name__}; give its values as a list"
    elif isinstance(texts, set | frozenset):
        received = f"a {type(texts).__name__}, which has no order; give a list"
    elif hasattr(texts, "columns"):
        names = [str(name) for name in getattr(texts, "column_names", texts.columns)]
        received = f"a table of the columns {', '.join(names[:5])}; give the one with the texts, "
        received += f"such as X[{(names or ['text'])[0]!r}]"
    elif len(shape := getattr(texts, "shape", (0,))) != 1:
        received = f"an array of shape {tuple(shape)}; "
        if getattr(texts, "dtype", None) is not None and texts.dtype.kind in "iu":
            received += (
                "ids go in without padding, as Sequences.from_lists(ids), with the `tokenizer` "
                "that made them"
            )
        else:
            received += "give one dimension, such as X[:, 0]"
    if received:
        raise ArgumentError(f"`X` must be a list of texts. Received {received}.")


def select_texts(texts: CheckedTexts, which: npt.NDArray[np.int64]) -> CheckedTexts:
    """Return some of the texts, in the order of their positions."""
    if isinstance(texts, Sequences):
        return texts[which]
    if isinstance(texts, pa.ChunkedArray):
        return texts.take(pa.array(which))
    return [texts[i] for i in which.tolist()]


def count_shared(texts: CheckedTexts, others: CheckedTexts) -> int:
    """Return how many of `others` are among `texts`; 0 where one is ids and the other is not."""
    if isinstance(texts, pa.ChunkedArray) and isinstance(others, pa.ChunkedArray):
        strings = texts.cast(pa.large_string())
        found = pc.is_in(others.cast(pa.large_string()), value_set=strings)
        return int(pc.sum(found).as_py() or 0)
    if isinstance(texts, Sequences) != isinstance(others, Sequences):
        return 0
    known = set(map(_key, _items(texts)))
    return sum(_key(other) in known for other in _items(others))


def _items(texts: CheckedTexts) -> Iterable[Any]:
    return texts.to_pylist() if isinstance(texts, pa.ChunkedArray) else texts


def _key(text: Any) -> Any:
    """Return what is equal for equal texts: of a string itself, of ids their bytes."""
    if isinstance(text, np.ndarray):
        return text.tobytes()
    return text if isinstance(text, str) else tuple(text)


def iterate_strings(texts: CheckedTexts) -> Iterable[str]:
    """Return an iterator over texts as Python strings, tokens joined by spaces."""
    if isinstance(texts, pa.ChunkedArray):
        return itertools.chain.from_iterable(
            batch.column(0).to_pylist()
            for batch in pa.table({"text": texts}).to_batches(max_chunksize=1_000)
        )
    return (text if isinstance(text, str) else " ".join(map(str, text)) for text in texts)


def encode(
    tokenizer: Tokenizer, texts: Any, vocabulary: int, *, unknown: bool = False
) -> Sequences:
    """Return texts as ids; ids that are given are checked.

    Args:
        tokenizer: A fitted one.
        texts: Texts, or the ids of texts.
        vocabulary: Number of ids, the reserved 0 included.
        unknown: Whether words without an id are wanted too: the result is then `OpenSequences`,
            unless ids are given.

    Raises:
        ArgumentError: An id is 0, which is padding, or beyond the vocabulary.
    """
    if not isinstance(texts, Sequences):
        if unknown:
            return encode_open(tokenizer, check_texts(texts))
        refuse_tables(texts)
        return tokenizer.encode(texts)
    if len(texts.ids) and not 0 < texts.ids.min() <= texts.ids.max() < vocabulary:
        raise ArgumentError(
            f"The ids go from {texts.ids.min()} to {texts.ids.max()}, where the tokenizer has "
            f"1 to {vocabulary - 1}; give the tokenizer that made them, and no padding."
        )
    return texts
