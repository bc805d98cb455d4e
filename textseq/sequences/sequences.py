"""Sequences: the token ids of many documents, ragged, in two flat arrays.

`ids` holds every document's ids one after another, `offsets` where each begins: the layout of an
Arrow list array, which a million documents share two allocations in. `pad_sequences` makes of them
the rectangle that a neural network reads.
"""

from __future__ import annotations

import array
import contextlib
import gc
import itertools
import math
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as AbstractSequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.compute.threads import ordered_map
from textseq.errors import ArgumentError

Ids = npt.NDArray[np.int32]

_AT_ONCE = 1 << 13  # ids that become Python integers in one go, in the processor's nearest memory


class Sequences(AbstractSequence[Ids]):
    """Token ids of `len(self)` documents of any lengths.

    Behaves as a list of int32 arrays: `sequences[3]` is the fourth document's ids (a view),
    `sequences[2:5]` and `sequences[[0, 7]]` are `Sequences` again.

    Attributes:
        ids: All ids, end to end: int32, shape (tokens,).
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
                "`offsets` must be one-dimensional, start at 0, never fall, and end at the number "
                f"of ids. Received: {self.offsets!r} for {self.ids.size} ids."
            )

    @classmethod
    def from_lists(cls, lists: Iterable[Iterable[int]]) -> Sequences:
        """Gather lists of ids, one per document.

        Raises:
            ArgumentError: An id is not an integer of 32 bits; the message says which document.

        Example:
            >>> from textseq import Sequences
            >>> Sequences.from_lists([[1, 2], [3]]).offsets
            array([0, 2, 3])
        """
        ids, ends = array.array("i"), [0]
        for document, row in enumerate(lists):
            try:
                # Unlike NumPy, an array.array takes no fraction and no text for an integer.
                ids.fromlist(row if isinstance(row, list) else list(row))
            except (OverflowError, TypeError) as error:
                raise ArgumentError(
                    f"Document {document} holds something other than integers of 32 bits: "
                    f"{str(row)[:60]}."
                ) from error
            ends.append(len(ids))
        return cls(np.frombuffer(ids, dtype=np.int32), ends)

    @classmethod
    def from_arrow(cls, lists: pa.ListArray | pa.ChunkedArray) -> Sequences:
        """View an Arrow list array of int32 as sequences, without a copy where it is one chunk.

        Example:
            >>> import pyarrow as pa
            >>> from textseq import Sequences
            >>> Sequences.from_arrow(pa.array([[1, 2], [3]], pa.list_(pa.int32()))).to_lists()
            [[1, 2], [3]]
        """
        if isinstance(lists, pa.ChunkedArray):
            return cls.concatenate([cls.from_arrow(chunk) for chunk in lists.chunks])
        is_list = pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)
        if not (is_list and pa.types.is_integer(lists.type.value_type)):
            raise ArgumentError(f"Expected an Arrow list of integers. Received: {lists.type}.")
        ids, offsets = lists.flatten(), lists.offsets.to_numpy()
        if lists.null_count or ids.null_count:
            raise ArgumentError(
                "Expected lists of ids without nulls; an empty text is an empty list."
            )
        try:
            return cls(ids.cast(pa.int32()).to_numpy(), offsets - offsets[0])
        except pa.ArrowInvalid as error:
            raise ArgumentError(f"Expected ids of 32 bits: {error}.") from error

    @classmethod
    def concatenate(cls, parts: Iterable[Sequences]) -> Sequences:
        """Join sequences end to end.

        Example:
            >>> from textseq import Sequences
            >>> one = Sequences.from_lists([[1, 2]])
            >>> Sequences.concatenate([one, one]).to_lists()
            [[1, 2], [1, 2]]
        """
        parts = list(parts)
        lengths = [part.lengths for part in parts]
        offsets = np.zeros(sum(map(len, parts)) + 1, dtype=np.int64)
        if parts:
            np.cumsum(np.concatenate(lengths), out=offsets[1:])
        ids = np.empty(offsets[-1], np.int32)
        ends = itertools.accumulate(len(part.ids) for part in parts)

        def copy(part: Sequences, end: int) -> None:
            ids[end - len(part.ids) : end] = part.ids

        # On several threads, since what takes the time is the new memory.
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
        numbers = self._shared_integers()
        documents = max(1, _AT_ONCE * len(self) // max(1, len(self.ids)))
        with _no_collection():
            for start in range(0, len(self), documents):
                bounds = self.offsets[start : start + documents + 1]
                ids = self.ids[bounds[0] : bounds[-1]]
                flat = (ids if numbers is None else numbers.take(ids)).tolist()
                lists += [flat[i:j] for i, j in itertools.pairwise((bounds - bounds[0]).tolist())]
        return lists

    def _shared_integers(self) -> npt.NDArray[np.object_] | None:
        """Return the integers from 0 to the largest id, or None if there are fewer ids than those.

        An integer that all lists share takes no time to make, and no room.
        """
        if not len(self.ids) or self.ids.min() < 0 or self.ids.max() >= len(self.ids):
            return None
        return np.arange(self.ids.max() + 1).astype(object)

    def to_arrow(self) -> pa.ListArray:
        """Return an Arrow `list<int32>` array over the same ids."""
        if len(self.ids) > np.iinfo(np.int32).max:
            raise ArgumentError(
                f"An Arrow list array holds at most 2,147,483,647 tokens; these sequences have "
                f"{len(self.ids):,}. Convert a slice at a time."
            )
        return pa.ListArray.from_arrays(self.offsets.astype(np.int32), self.ids)

    def truncate(self, maxlen: int, truncating: str = "pre") -> Sequences:
        """Return the sequences cut to `maxlen` tokens, `"pre"` from the front, `"post"` behind.

        Example:
            >>> from textseq import Sequences
            >>> Sequences.from_lists([[1, 2, 3], [4]]).truncate(2).to_lists()
            [[2, 3], [4]]
        """
        _check_sides("pre", truncating)
        lengths = self.lengths
        longest = int(lengths.max(initial=0))
        kept = np.minimum(lengths, min(_width(maxlen, lengths), longest))
        if np.array_equal(kept, lengths):
            return self
        skipped = lengths - kept if truncating == "pre" else np.zeros_like(lengths)
        # Positions within the documents tell, in flat order, which tokens stay.
        position = np.arange(len(self.ids)) - np.repeat(self.offsets[:-1], lengths)
        first, last = np.repeat(skipped, lengths), np.repeat(skipped + kept, lengths)
        offsets = np.zeros_like(self.offsets)
        np.cumsum(kept, out=offsets[1:])
        return Sequences(self.ids[(position >= first) & (position < last)], offsets)

    def pad(
        self,
        maxlen: int | None = None,
        *,
        padding: str = "pre",
        truncating: str = "pre",
        value: int = 0,
    ) -> Ids:
        """Return the ids as a rectangle: int32, shape (documents, maxlen). See `pad_sequences`.

        Example:
            >>> from textseq import Sequences
            >>> Sequences.from_lists([[1], [2, 3]]).pad(padding="post")
            array([[1, 0],
                   [2, 3]], dtype=int32)
        """
        _check_sides(padding, truncating)
        width = _width(maxlen, self.lengths)
        lengths = self.lengths
        kept = np.minimum(lengths, width)
        starts = self.offsets[:-1] + (lengths - kept if truncating == "pre" else 0)
        columns = width - kept if padding == "pre" else np.zeros_like(kept)
        # New memory is zero as it comes, and is not written twice.
        out = (
            np.full((len(self), width), value, dtype=np.int32)
            if value
            else np.zeros((len(self), width), dtype=np.int32)
        )
        if len(self.ids) == kept.sum():  # and nothing is cut
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
        return self._take(np.arange(len(self))[index])

    def _take(self, documents: npt.NDArray[np.int64]) -> Sequences:
        lengths = self.lengths[documents]
        offsets = np.zeros(len(documents) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        shift = np.repeat(self.offsets[:-1][documents] - offsets[:-1], lengths)
        return Sequences(self.ids[np.arange(offsets[-1]) + shift], offsets)

    def __iter__(self) -> Iterator[Ids]:
        return (self.ids[start:end] for start, end in itertools.pairwise(self.offsets.tolist()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequences):
            return NotImplemented
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.ids, other.ids)

    __hash__ = None  # type: ignore[assignment]  # the arrays can be written to

    def __repr__(self) -> str:
        return f"Sequences({len(self):,} documents, {len(self.ids):,} tokens)"


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: npt.DTypeLike = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float | str = 0.0,
) -> npt.NDArray[Any]:
    """Make a rectangle of sequences of different lengths, with Keras's arguments and results.

    Args:
        sequences: `Sequences`, or a list of sequences; their elements are numbers, strings, or
            arrays of one common shape.
        maxlen: The width; None for the longest sequence.
        dtype: The result's; `object` for strings of any length.
        padding: `"pre"` or `"post"`: the side on which a short sequence is filled up.
        truncating: `"pre"` or `"post"`: the side from which a long sequence loses elements.
        value: What fills.

    Returns:
        An array of shape (documents, maxlen, *element shape).

    Raises:
        ArgumentError: An unknown side, a document that is no sequence, or elements of two shapes.

    Example:
        >>> from textseq import pad_sequences
        >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
        array([[0, 1],
               [2, 3],
               [5, 6]], dtype=int32)
    """
    _check_sides(padding, truncating)
    _check_fill(dtype, value)
    if isinstance(sequences, Sequences) and np.dtype(dtype) == np.int32 and _is_id(value):
        return sequences.pad(maxlen, padding=padding, truncating=truncating, value=int(value))
    if not hasattr(sequences, "__len__"):
        raise ArgumentError(
            f"`sequences` must be a list of sequences. Received: {type(sequences).__name__}."
        )
    rows = list(sequences)
    lengths = np.array([_length(row, i) for i, row in enumerate(rows)], dtype=np.int64)
    width = _width(maxlen, lengths)
    element = next((np.asarray(row).shape[1:] for row in rows if len(row)), ())
    out = np.full((len(rows), width, *element), value, dtype=dtype)
    kept = np.minimum(lengths, width)
    cut = []
    for i in np.flatnonzero(kept).tolist():
        start = max(0, len(rows[i]) - width) if truncating == "pre" else 0
        row = np.asarray(rows[i][start : start + width], dtype)
        if row.shape[1:] != element:
            raise ArgumentError(
                f"Document {i} of `sequences` has elements of shape {row.shape[1:]}, where the "
                f"first document's have {element}; all must have one shape."
            )
        cut.append(row)
    if cut:
        out[_filled(kept, width, padding)] = np.concatenate(cut)
    return out


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector from looking for cycles in many new lists of numbers, which have none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _integers(values: npt.ArrayLike, dtype: np.dtype[Any], name: str) -> npt.NDArray[Any]:
    """Return values as an array of an integer type, none of them rounded or wrapped around."""
    given = np.asarray(values)
    if given.size and given.dtype != dtype:
        limits = np.iinfo(dtype)
        if given.dtype.kind not in "iu" or given.min() < limits.min or given.max() > limits.max:
            raise ArgumentError(
                f"`{name}` must be integers of {limits.bits} bits. Received: {given!r}."
            )
    return np.ascontiguousarray(given, dtype=dtype)


def _is_id(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < 2**31 and int(value) == value


def _filled(lengths: npt.NDArray[np.int64], width: int, padding: str) -> npt.NDArray[np.bool_]:
    """Return which cells hold tokens and not padding: bool, shape (documents, width)."""
    column = np.arange(width)
    if padding == "post":
        return column < lengths[:, None]
    return column >= width - lengths[:, None]


def _width(maxlen: int | None, lengths: npt.NDArray[np.int64]) -> int:
    if maxlen is None:
        return int(lengths.max(initial=0))
    if not 0 <= maxlen < math.inf:
        raise ArgumentError(f"`maxlen` must be 0 or more, or None. Received: {maxlen}.")
    return int(maxlen)


def _length(row: Any, document: int) -> int:
    try:
        return len(row)
    except TypeError:
        raise ArgumentError(
            f"`sequences` must be a list of sequences; document {document} is {row!r} of type "
            f"{type(row).__name__}."
        ) from None


def _check_sides(padding: str, truncating: str) -> None:
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ArgumentError(f"`{name}` must be 'pre' or 'post'. Received: {side!r}.")


def _check_fill(dtype: npt.DTypeLike, value: float | str) -> None:
    if isinstance(value, str) and np.dtype(dtype).kind not in "OUS":
        raise ArgumentError(
            f"`value` is the string {value!r}, which `dtype` {dtype!r} cannot hold; "
            f"give dtype=object for strings of any length."
        )
