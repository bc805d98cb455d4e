"""Sequences: the token ids of many documents of different lengths, in two flat arrays.

`ids` holds the ids of all documents, `offsets` where each document begins: the layout of an Arrow
list array, with two allocations for any number of documents.
"""

from __future__ import annotations

import array
import contextlib
import gc
import itertools
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as AbstractSequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.compute.integers import as_integer
from textseq.compute.threads import ordered_map
from textseq.errors import ArgumentError
from textseq.sequences.arguments import as_array

Ids = npt.NDArray[np.int32]

_AT_ONCE = 1 << 13  # ids that become Python integers at a time, so that they stay in the cache


class Sequences(AbstractSequence[Ids]):
    """The token ids of `len(self)` documents of any lengths.

    Behaves as a list of int32 arrays: `sequences[3]` is the fourth document's ids (a view),
    `sequences[2:5]` and `sequences[[0, 7]]` are `Sequences` again.

    Attributes:
        ids: The ids of all documents: int32, shape (tokens,).
        offsets: Document i is `ids[offsets[i]:offsets[i + 1]]`: int64, shape (documents + 1,).

    Example:
        >>> from textseq import Sequences
        >>> sequences = Sequences.from_lists([[7, 8], [], [9, 10, 11]])
        >>> sequences
        Sequences(3 documents, 5 tokens)
        >>> sequences[2]
        array([ 9, 10, 11], dtype=int32)
        >>> sequences[1:].to_lists()
        [[], [9, 10, 11]]
    """

    __slots__ = ("ids", "offsets")

    def __init__(self, ids: npt.ArrayLike, offsets: npt.ArrayLike) -> None:
        self.ids = _integers(ids, np.dtype(np.int32), "ids")
        self.offsets = _integers(offsets, np.dtype(np.int64), "offsets")
        if (
            self.ids.ndim != 1
            or self.offsets.ndim != 1
            or not len(self.offsets)
            or self.offsets[0] != 0
            or self.offsets[-1] != len(self.ids)
            or np.any(np.diff(self.offsets) < 0)
        ):
            raise ArgumentError(
                "`offsets` must be one-dimensional, start at 0, never decrease, and end at the "
                f"number of ids. Received: {self.offsets!r} for {self.ids.size} ids."
            )

    @classmethod
    def from_lists(cls, lists: Iterable[Iterable[int]]) -> Sequences:
        """Return the sequences of lists of ids, one per document."""
        if not hasattr(lists, "__iter__"):
            raise ArgumentError(f"Expected a list of lists of ids. Received: {lists!r}.")
        ids, ends = array.array("i"), [0]
        for document, row in enumerate(lists):
            try:
                # Unlike NumPy, array.array refuses floats and strings.
                ids.fromlist(row if isinstance(row, list) else list(row))
            except (OverflowError, TypeError) as error:
                raise ArgumentError(
                    f"Document {document} must hold integers of 32 bits. Received: {str(row)[:60]}."
                ) from error
            ends.append(len(ids))
        return cls(np.frombuffer(ids, dtype=np.int32), ends)

    @classmethod
    def from_arrow(cls, lists: pa.ListArray | pa.ChunkedArray) -> Sequences:
        """Return the sequences of an Arrow list array; one chunk of int32 is not copied."""
        if isinstance(lists, pa.ChunkedArray):
            return cls.concatenate([cls.from_arrow(chunk) for chunk in lists.chunks])
        is_list = pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)
        if not (is_list and pa.types.is_integer(lists.type.value_type)):
            raise ArgumentError(f"Expected an Arrow list of integers. Received: {lists.type}.")
        ids, offsets = lists.flatten(), lists.offsets.to_numpy()
        if lists.null_count or ids.null_count:
            raise ArgumentError(
                "Expected lists of ids without nulls; an empty document is an empty list."
            )
        try:
            return cls(ids.cast(pa.int32()).to_numpy(), offsets - offsets[0])
        except pa.ArrowInvalid as error:
            raise ArgumentError(f"Expected ids of 32 bits: {error}.") from error

    @classmethod
    def concatenate(cls, parts: Iterable[Sequences]) -> Sequences:
        """Return the documents of several sequences in one."""
        parts = list(parts)
        if len(parts) == 1:
            return parts[0]
        offsets = _offsets(np.concatenate([np.zeros(0, np.int64), *(p.lengths for p in parts)]))
        ids = np.empty(offsets[-1], np.int32)
        ends = itertools.accumulate(len(part.ids) for part in parts)

        def copy(part: Sequences, end: int) -> None:
            ids[end - len(part.ids) : end] = part.ids

        # On several threads, since allocating the new memory takes the time.
        for _ in ordered_map(lambda pair: copy(*pair), zip(parts, ends, strict=True)):
            pass
        return cls(ids, offsets)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The number of tokens in each document: int64, shape (documents,)."""
        return np.diff(self.offsets)

    def to_lists(self) -> list[list[int]]:
        """Return plain lists of Python integers, as Keras's `texts_to_sequences` does."""
        lists: list[list[int]] = []
        integers = None
        if len(self.ids) and 0 <= self.ids.min() <= self.ids.max() < len(self.ids):
            # Lists that share integers are faster to create, and smaller.
            integers = np.arange(self.ids.max() + 1).astype(object)
        documents = max(1, _AT_ONCE * len(self) // max(1, len(self.ids)))
        with _no_collection():
            for start in range(0, len(self), documents):
                bounds = self.offsets[start : start + documents + 1]
                ids = self.ids[bounds[0] : bounds[-1]]
                flat = (ids if integers is None else integers.take(ids)).tolist()
                lists += [flat[i:j] for i, j in itertools.pairwise((bounds - bounds[0]).tolist())]
        return lists

    def to_arrow(self) -> pa.ListArray:
        """Return an Arrow `list<int32>` array over the same ids."""
        if len(self.ids) > np.iinfo(np.int32).max:
            raise ArgumentError(
                f"An Arrow list array holds at most 2,147,483,647 tokens; these sequences have "
                f"{len(self.ids):,}. Convert a slice at a time."
            )
        return pa.ListArray.from_arrays(self.offsets.astype(np.int32), self.ids)

    def truncate(self, maxlen: int, truncating: str = "pre") -> Sequences:
        """Return sequences truncated to `maxlen` tokens at the start ("pre") or end ("post")."""
        check_sides("pre", truncating)
        lengths = self.lengths
        longest = int(lengths.max(initial=0))
        width = padded_width(maxlen, lengths)
        if longest <= width:
            return self
        kept = np.minimum(lengths, width)
        starts = self.offsets[:-1] + (lengths - kept if truncating == "pre" else 0)
        some = kept > 0
        # 1 where tokens begin to be kept, -1 where they end; a byte each, since there are many.
        change = np.zeros(len(self.ids) + 1, np.int8)
        change[starts[some]] += 1
        change[(starts + kept)[some]] -= 1
        is_kept = np.cumsum(change[:-1], dtype=np.int8).view(np.bool_)
        return Sequences(self.ids[is_kept], _offsets(kept))

    def pad(
        self,
        maxlen: int | None = None,
        *,
        padding: str = "pre",
        truncating: str = "pre",
        value: int = 0,
    ) -> Ids:
        """Return the padded ids: int32, shape (documents, maxlen). See `pad_sequences`."""
        check_sides(padding, truncating)
        value = as_integer(value, "value", at_least=-(2**31))
        if value >= 2**31:
            raise ArgumentError(f"`value` must be below 2**31, as ids are. Received: {value}.")
        width = padded_width(maxlen, self.lengths)
        lengths = self.lengths
        kept = np.minimum(lengths, width)
        starts = self.offsets[:-1] + (lengths - kept if truncating == "pre" else 0)
        columns = width - kept if padding == "pre" else np.zeros_like(kept)
        out = np.zeros((len(self), width), dtype=np.int32)  # new memory is zero already
        if value:
            out.fill(value)
        if len(self.ids) == kept.sum():  # nothing is truncated
            moved = np.arange(len(self)) * width + columns - self.offsets[:-1]
            out.ravel()[np.arange(len(self.ids)) + np.repeat(moved, lengths)] = self.ids
            return out
        places = zip(starts.tolist(), kept.tolist(), columns.tolist(), strict=True)
        for row, (start, count, column) in zip(out, places, strict=True):
            row[column : column + count] = self.ids[start : start + count]
        return out

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> Ids: ...
    @overload
    def __getitem__(self, index: slice | AbstractSequence[int] | npt.NDArray[Any]) -> Sequences: ...
    def __getitem__(self, index: Any) -> Ids | Sequences:
        if isinstance(index, int | np.integer):
            where = int(index) + len(self) if index < 0 else int(index)
            if not 0 <= where < len(self):
                raise IndexError(f"Document {index} is outside these {len(self)} documents.")
            return self.ids[self.offsets[where] : self.offsets[where + 1]]
        if isinstance(index, slice) and index.step in (None, 1):
            start, stop, _ = index.indices(len(self))
            bounds = self.offsets[start : max(start, stop) + 1]
            return Sequences(self.ids[bounds[0] : bounds[-1]], bounds - bounds[0])
        starts, ends = self.offsets[:-1][index], self.offsets[1:][index]
        # As fast as with an index of each token, which would take six times the memory of the ids.
        parts = [self.ids[i:j] for i, j in zip(starts.tolist(), ends.tolist(), strict=True)]
        return Sequences(np.concatenate([self.ids[:0], *parts]), _offsets(ends - starts))

    def __iter__(self) -> Iterator[Ids]:
        return (self.ids[start:end] for start, end in itertools.pairwise(self.offsets.tolist()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequences):
            return NotImplemented
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.ids, other.ids)

    __hash__ = None  # type: ignore[assignment]  # the arrays can be written to

    def __repr__(self) -> str:
        return f"Sequences({len(self):,} documents, {len(self.ids):,} tokens)"


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Disable garbage collection, which would search many new lists of integers for cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _integers(values: npt.ArrayLike, dtype: np.dtype[Any], name: str) -> npt.NDArray[Any]:
    """Return values as an array of an integer type, or raise an error where one does not fit."""
    given = as_array(values, name)
    if given.size and given.dtype != dtype:
        limits = np.iinfo(dtype)
        if given.dtype.kind not in "iu" or given.min() < limits.min or given.max() > limits.max:
            raise ArgumentError(
                f"`{name}` must be integers of {limits.bits} bits. Received: {given!r}."
            )
    return np.ascontiguousarray(given, dtype=dtype)


def _offsets(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where documents of these lengths begin, and where the last ends."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def padded_width(maxlen: int | None, lengths: npt.NDArray[np.int64]) -> int:
    """Return `maxlen`, or the largest length where it is None."""
    if maxlen is None:
        return int(lengths.max(initial=0))
    return as_integer(maxlen, "maxlen", at_least=0, note=", or None")


def check_sides(padding: str, truncating: str) -> None:
    """Raise an error where a side is neither "pre" nor "post"."""
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ArgumentError(f"`{name}` must be 'pre' or 'post'. Received: {side!r}.")
