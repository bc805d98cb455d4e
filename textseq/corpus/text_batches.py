"""Texts, in whatever collection they come, as a stream of batches that a tokenizer works on.

A batch is an Arrow array of strings, or a list of documents that are lists of tokens. What is
neither is an error here, which says the position of the document.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from textseq.errors import ArgumentError

Document: TypeAlias = str | list[str]
TextBatch: TypeAlias = "pa.Array | list[list[str]]"
Texts: TypeAlias = "Iterable[Document] | Iterable[pa.Array] | pa.Array | pa.ChunkedArray"

FIRST_BATCH = 1024
"""Documents in the first batch of a list; the next are larger until they hold `BATCH_BYTES`."""

BATCH_BYTES = 1 << 22


def text_batches(texts: Any) -> Iterator[TextBatch]:
    """Yield the documents of a collection, in order, as batches; none is empty.

    Args:
        texts: A list, a generator, a `Corpus`, an Arrow array, a stream of them, or anything that
            hands out Arrow data as pandas and Polars columns do.

    Raises:
        ArgumentError: It is a single string, whose characters would be taken for documents; it
            cannot be iterated over; or a document is neither a string nor a list of tokens.
    """
    stream = _iterator(texts)
    position, size = 0, FIRST_BATCH
    for first in stream:
        if isinstance(first, pa.Array):
            for array in _slices(first):
                yield _string_array(array, position)
                position += len(array)
            continue
        documents = [first, *itertools.islice(stream, size - 1)]
        held = 0
        for batch in _batches_of_list(documents, position):
            yield batch
            held += size_of(batch)
        position += len(documents)
        if held < BATCH_BYTES // 2:
            size *= 2


def documents(texts: Any) -> Iterator[Document]:
    """Yield the documents of `text_batches` one by one, none before it is asked for."""
    position = 0
    for item in _iterator(texts):
        if isinstance(item, pa.Array):
            for array in _slices(item):
                yield from _string_array(array, position).to_pylist()
                position += len(array)
        else:
            yield _checked(item, position)
            position += 1


def peek(stream: Iterator[TextBatch], limit: int) -> tuple[bool, Iterator[TextBatch]]:
    """Return whether a stream holds `limit` bytes or more, and the whole stream."""
    seen: list[TextBatch] = []
    size = 0
    for batch in stream:
        seen.append(batch)
        size += size_of(batch)
        if size >= limit:
            return True, itertools.chain(seen, stream)
    return False, iter(seen)


def documents_of(batch: TextBatch) -> Sequence[Document]:
    """Return the documents of a batch as Python objects."""
    documents: Sequence[Document] = batch.to_pylist() if isinstance(batch, pa.Array) else batch
    return documents


def size_of(batch: TextBatch) -> int:
    """Return about how many bytes a batch of strings holds, or how many tokens."""
    return int(batch.nbytes) if isinstance(batch, pa.Array) else sum(map(len, batch))


def _iterator(texts: Any) -> Iterator[Any]:
    """Return an iterator over documents, or over Arrow arrays of them."""
    if isinstance(texts, str | bytes):
        raise ArgumentError(
            f"`texts` must be a list of documents. Received one {type(texts).__name__}, whose "
            f"characters would be taken for documents; write [text]."
        )
    if hasattr(texts, "text_arrays"):  # a Corpus; importing the readers for that is not worth it
        return iter(texts.text_arrays())
    if isinstance(texts, pa.Array):
        return iter([texts])
    if isinstance(texts, pa.ChunkedArray) or hasattr(texts, "__arrow_c_stream__"):
        return iter(pa.chunked_array(texts).chunks)
    try:
        return iter(texts)
    except TypeError:
        raise ArgumentError(
            f"`texts` must be a list of documents. Received: {texts!r} of type "
            f"{type(texts).__name__}."
        ) from None


def _slices(array: pa.Array) -> Iterator[pa.Array]:
    """Yield slices of about `BATCH_BYTES`, which share the array's memory."""
    size = array.nbytes
    if pa.types.is_dictionary(array.type) and pa.types.is_string(array.type.value_type):
        size = pc.sum(pc.binary_length(array.dictionary).take(array.indices)).as_py() or 0
    length = max(1, len(array) * BATCH_BYTES // max(1, size))
    for start in range(0, len(array), length):
        yield array[start : start + length]


def _batches_of_list(documents: list[Any], position: int) -> Iterator[TextBatch]:
    """Yield the runs of strings and of token lists in a list of documents."""
    if set(map(type, documents)) == {str}:
        yield _array_of(documents, position)
        return
    for is_text, run in itertools.groupby(documents, key=lambda item: isinstance(item, str)):
        batch = list(run)
        yield _array_of(batch, position) if is_text else _all_checked(batch, position)
        position += len(batch)


def _array_of(texts: list[str], position: int) -> pa.Array:
    try:
        # Arrow's own allocator keeps giving memory back to the system, which stops all threads.
        return pa.array(texts, pa.large_string(), memory_pool=pa.system_memory_pool())
    except UnicodeEncodeError:
        _all_checked(texts, position)
        raise


def _all_checked(batch: list[Any], position: int) -> list[Any]:
    for i, document in enumerate(batch, position):
        _checked(document, i)
    return batch


def _checked(document: Any, position: int) -> Document:
    """Return a document if it is one: a string without half surrogate pairs, or a token list."""
    if isinstance(document, str):
        try:
            document.encode()
        except UnicodeEncodeError as error:
            raise ArgumentError(
                f"Document {position} of `texts` holds {document[error.start]!r}, half of a "
                f"surrogate pair, which is no character; read the text with errors='replace', or "
                f"remove it."
            ) from None
        return document
    if isinstance(document, list) and all(isinstance(token, str) for token in document):
        return document
    raise ArgumentError(
        f"Document {position} of `texts` must be a string or a list of tokens. "
        f"Received: {document!r} of type {type(document).__name__}."
    )


def _string_array(array: pa.Array, position: int) -> pa.Array:
    """Return an Arrow array of any type that holds strings as one of strings, checked."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_string_view(array.type):
        array = array.cast(pa.large_string())
    is_text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
    if not is_text and len(array) != array.null_count:
        raise ArgumentError(f"`texts` must be strings. Received an Arrow array of {array.type}.")
    if array.null_count:
        null = position + array.is_null().to_pylist().index(True)
        raise ArgumentError(
            f"Document {null} of `texts` is null, where a string was expected; fill it with ''."
        )
    try:
        array.validate(full=True)
    except pa.ArrowInvalid as error:
        raise ArgumentError(f"`texts` must be valid Arrow strings: {error}") from error
    return array
