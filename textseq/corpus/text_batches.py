"""Texts, in whatever collection they come, as a stream of batches that a tokenizer works on.

A batch is an Arrow array of strings, or a list of documents, each a string or a list of tokens.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from textseq.corpus.corpus import Corpus
from textseq.errors import ArgumentError

Document: TypeAlias = str | list[str]
Batch: TypeAlias = "pa.Array | Sequence[Document]"
Texts: TypeAlias = "Iterable[Document] | Iterable[pa.Array] | pa.Array | pa.ChunkedArray"

FIRST_BATCH = 1024
"""Documents in the first batch of a list; the next are larger until they hold `BATCH_BYTES`."""

BATCH_BYTES = 1 << 22


def batches(texts: Any, at_once: int = FIRST_BATCH) -> Iterator[Batch]:
    """Yield the documents of a collection, in order, as batches; none is empty.

    Args:
        texts: A list, a generator, a `Corpus`, an Arrow array, a stream of them, or anything that
            hands out Arrow data as pandas and Polars columns do.
        at_once: How many documents the first batch of a list has; 1 for one after another.

    Raises:
        ArgumentError: It is a single string, whose characters would be taken for documents; or
            nothing that can be passed through.

    Example:
        >>> from textseq.corpus.text_batches import batches
        >>> list(batches(["high enough", ["a", "token", "list"]]))
        [['high enough', ['a', 'token', 'list']]]
    """
    if isinstance(texts, str | bytes):
        raise ArgumentError(
            f"`texts` must be a list of documents. Received one {type(texts).__name__}, whose "
            f"characters would be taken for documents; write [text]."
        )
    if isinstance(texts, Corpus):
        texts = texts.text_arrays()
    if isinstance(texts, pa.Array):
        yield from _pieces(texts)
    elif isinstance(texts, pa.ChunkedArray) or hasattr(texts, "__arrow_c_stream__"):
        for chunk in pa.chunked_array(texts).chunks:
            yield from _pieces(chunk)
    else:
        yield from _gathered(_iterator(texts), at_once)


def _iterator(texts: Any) -> Iterator[Any]:
    try:
        return iter(texts)
    except TypeError:
        raise ArgumentError(
            f"`texts` must be a list of documents. Received: {texts!r} of type "
            f"{type(texts).__name__}."
        ) from None


def _gathered(documents: Iterator[Any], size: int) -> Iterator[Batch]:
    """Yield lists of documents, or Arrow arrays where these are what comes."""
    for first in documents:
        if isinstance(first, pa.Array):
            yield from _pieces(first)
            continue
        batch = [first, *itertools.islice(documents, size - 1)]
        yield batch
        if size > 1 and size_of(batch) < BATCH_BYTES // 2:
            size *= 2


def _pieces(array: pa.Array) -> Iterator[pa.Array]:
    """Cut an array into pieces of about `BATCH_BYTES`, which share its memory."""
    documents = max(1, len(array) * BATCH_BYTES // max(1, array.nbytes))
    for start in range(0, len(array), documents):
        yield array[start : start + documents]


def size_of(batch: Batch) -> int:
    """Return about how many bytes a batch holds: for lists, characters.

    Example:
        >>> from textseq.corpus.text_batches import size_of
        >>> size_of(["high", ["a", "b"]])
        6
    """
    if isinstance(batch, pa.Array):
        return int(batch.nbytes)
    try:
        return sum(map(len, batch))
    except TypeError:  # a document that is none will be told of where it is used
        return 0


def peeked(stream: Iterator[Batch], limit: int) -> tuple[bool, Iterator[Batch]]:
    """Return whether a stream holds `limit` bytes or more, and the whole of it again.

    Example:
        >>> from textseq.corpus.text_batches import batches, peeked
        >>> peeked(batches(["high", "enough"]), limit=11)[0]
        False
    """
    seen: list[Batch] = []
    size = 0
    for batch in stream:
        seen.append(batch)
        size += size_of(batch)
        if size >= limit:
            return True, itertools.chain(seen, stream)
    return False, iter(seen)


def as_arrow(batch: Batch, first: int) -> pa.Array | None:
    """Return a batch as an Arrow array of strings, or None if some documents are no strings.

    Args:
        batch: Documents.
        first: The number of the first document, for messages.

    Raises:
        ArgumentError: A document is null, or not Unicode text: it holds half a surrogate pair.

    Example:
        >>> from textseq.corpus.text_batches import as_arrow
        >>> as_arrow(["high", "enough"], 0).type
        DataType(string)
        >>> as_arrow(["high", ["enough"]], 0)
    """
    if isinstance(batch, pa.Array):
        return _strings(batch, first)
    try:
        # Arrow's own allocator keeps giving memory back to the system, which stops all threads.
        array = pa.array(batch, memory_pool=pa.system_memory_pool())
    except UnicodeEncodeError:
        for position, document in enumerate(batch, first):
            if isinstance(document, str):
                check_text(document, position)
        return None  # half a surrogate pair in a token
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    if isinstance(array, pa.ChunkedArray):  # more than 2 GiB
        array = array.cast(pa.large_string()).combine_chunks() if _is_text(array.type) else array
    return array if _is_text(array.type) and not array.null_count else None


class Strings:
    """The leading batches of a stream that `as_arrow` can convert, up to one that it cannot.

    Attributes:
        documents: How many documents have been passed through.
        rest: After that, the batches that are left.

    Example:
        >>> from textseq.corpus.text_batches import Strings
        >>> strings = Strings(iter([["high"], [["a", "list"]]]))
        >>> list(strings), list(strings.rest)
        ([['high']], [[['a', 'list']]])
    """

    def __init__(self, stream: Iterator[Batch]) -> None:
        self.documents = 0
        self.rest = stream

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.rest:
            # Plain strings are left for whoever works on the batch, on a thread, to convert.
            plain = isinstance(batch, list) and set(map(type, batch)) == {str}
            strings = batch if plain else as_arrow(batch, self.documents)
            if strings is None:
                self.rest = itertools.chain([batch], self.rest)
                return
            self.documents += len(batch)
            yield strings


def check_text(document: str, position: int) -> None:
    r"""Raise an error if a string holds half a surrogate pair, which no UTF-8 can hold.

    Example:
        >>> from textseq.corpus.text_batches import check_text
        >>> check_text("so far \ud83d", 3)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: Document 3 of `texts` holds '\ud83d', half of a surrogate ...
    """
    try:
        document.encode()
    except UnicodeEncodeError as error:
        raise ArgumentError(
            f"Document {position} of `texts` holds {document[error.start]!r}, half of a surrogate "
            f"pair, which is no character; read the text with errors='replace', or remove it."
        ) from None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _strings(array: pa.Array, first: int) -> pa.Array:
    """Return an Arrow array of any type that holds strings as one of strings, checked."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_string_view(array.type):
        array = array.cast(pa.large_string())
    if not _is_text(array.type) and len(array) != array.null_count:
        raise ArgumentError(f"`texts` must be strings. Received an Arrow array of {array.type}.")
    if array.null_count:
        null = first + array.is_null().to_pylist().index(True)
        raise ArgumentError(
            f"Document {null} of `texts` is null, where a string was expected; fill it with ''."
        )
    try:
        array.validate(full=True)
    except pa.ArrowInvalid as error:
        raise ArgumentError(f"`texts` must be sound Arrow strings: {error}") from error
    return array
