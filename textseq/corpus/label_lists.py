"""Several labels for a text: a column of `list<string>`, where others have a column of strings.

A reader yields lists where labels are split by a separator, where its column holds lists, and where
a line has several labels. The first list may come late in a source, after batches of strings. So
before batches are joined, strings become lists of one; see `unify_labels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LABEL_LIST = pa.list_(pa.string())

_FALSE_TRUE = ({"0", "1"}, {"false", "true"})
_SEPARATORS = ",;|"  # that are looked for in labels
_LISTS = (
    pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list,
    pa.types.is_list_view, pa.types.is_large_list_view,
)  # fmt: skip


def holds_lists(kind: pa.DataType) -> bool:
    """Return whether a type is one of lists."""
    return any(is_kind(kind) for is_kind in _LISTS)


def split_labels(strings: pa.StringArray, separator: str) -> pa.ListArray:
    """Return the labels in each string, without blanks around them; null stays null.

    The brackets and quotes of a printed list, as pandas writes one to CSV, are no part of a label.

    Example:
        >>> import pyarrow as pa
        >>> from textseq.corpus.label_lists import split_labels
        >>> split_labels(pa.array(["joy, love", "", "['joy']", None]), ",").to_pylist()
        [['joy', 'love'], [''], ['joy'], None]
    """
    trimmed = pc.utf8_trim_whitespace(strings)
    printed = _are_printed_lists(trimmed)
    inner = pc.if_else(printed, pc.utf8_slice_codeunits(trimmed, 1, -1), trimmed)
    lists = pc.split_pattern(inner, separator)
    labels = pc.utf8_trim_whitespace(lists.flatten())
    quoted = printed.take(pc.list_parent_indices(lists))
    labels = pc.if_else(quoted, pc.utf8_trim(labels, "'\""), labels)
    return pa.ListArray.from_arrays(lists.offsets, labels, mask=lists.is_null())


def distinct_labels(lists: pa.ListArray) -> pa.ListArray:
    """Return lists of strings without repetitions, nulls and blank ones; a null list stays null.

    Example:
        >>> import pyarrow as pa
        >>> from textseq.corpus.label_lists import distinct_labels
        >>> distinct_labels(pa.array([["joy", "", "joy"], [], None])).to_pylist()
        [['joy'], [], None]
    """
    words = lists.flatten()
    has_text = pc.binary_length(pc.utf8_trim_whitespace(words)).fill_null(0).cast(pa.bool_())
    labels = words.filter(has_text)
    parents = pc.list_parent_indices(lists).filter(has_text).to_numpy()
    coded = labels.dictionary_encode()
    keys = parents * max(1, len(coded.dictionary)) + coded.indices.to_numpy()
    kept = np.sort(np.unique(keys, return_index=True)[1])
    missing = lists.is_null() if lists.null_count else None
    return list_of(parents[kept], labels.take(pa.array(kept)), len(lists), missing)


def list_of(
    parents: Any, items: pa.Array, length: int, missing: pa.BooleanArray | None = None
) -> pa.ListArray:
    """Return the lists that items are in.

    Args:
        parents: The position of the list that each item is in, ascending: shape (items,).
        items: The items, in order.
        length: The number of lists.
        missing: Which of them are null.
    """
    offsets = np.searchsorted(parents, np.arange(length + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), items, mask=missing)


def is_indicator(labels: pa.ListArray) -> bool:
    """Return whether lists of strings say of each label whether it applies, and do not name it.

    They do if they hold nothing but 0 and 1, or true and false, and one holds more than two.
    """
    sizes = pc.list_value_length(labels)
    return (pc.max(sizes).as_py() or 0) > len(_FALSE_TRUE[0]) and any(
        words.issuperset(labels.flatten().unique().to_pylist()) for words in _FALSE_TRUE
    )


def as_lists(labels: pa.Array) -> pa.ListArray:
    """Return labels as lists: of one, where they are strings."""
    if holds_lists(labels.type):
        return labels
    return pa.ListArray.from_arrays(pa.array(np.arange(len(labels) + 1, dtype=np.int32)), labels)


def unify_labels(batches: Sequence[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Return batches whose labels are all lists where those of some are, so that they join.

    Example:
        >>> import pyarrow as pa
        >>> from textseq.corpus.label_lists import unify_labels
        >>> one, several = pa.record_batch({"label": ["a"]}), pa.record_batch({"label": [["b"]]})
        >>> [batch["label"].to_pylist() for batch in unify_labels([one, several])]
        [[['a']], [['b']]]
    """
    return [*map(with_lists, batches)] if any(map(has_lists, batches)) else list(batches)


def has_lists(batch: pa.RecordBatch) -> bool:
    """Return whether the labels of a batch are lists."""
    return "label" in batch.schema.names and holds_lists(batch.schema.field("label").type)


def with_lists(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose labels are lists."""
    at = batch.schema.get_field_index("label")
    labels = as_lists(batch.column(at))
    return batch.set_column(at, pa.field("label", LABEL_LIST), labels)


def find_joined_label(labels: Sequence[str]) -> tuple[str, str] | None:
    """Return a label that looks like several, and what separates them; None where none does.

    A label looks like several if each part of it is a label by itself too, or if it is a printed
    list.
    """
    known = set(labels)
    for label in labels:
        if len(label) > 1 and label[0] + label[-1] == "[]":
            return label, ","
        for separator in _SEPARATORS:
            parts = [part.strip() for part in label.split(separator)]
            if len(parts) > 1 and all(parts) and known.issuperset(parts):
                return label, separator
    return None


def _are_printed_lists(strings: pa.StringArray) -> pa.BooleanArray:
    """Return which strings begin and end with the brackets of a list."""
    return pc.and_(pc.starts_with(strings, "["), pc.ends_with(strings, "]"))
