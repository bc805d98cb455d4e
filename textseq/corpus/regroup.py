"""Rows in larger groups than a reader yields them: a model labels many at once in less time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from textseq.corpus.label_lists import unify_labels

ROWS = 4_096
"""Rows of a group, at least: labelling IMDB's reviews takes 14 % more processor time in a reader's
batches, of about 800 reviews, and no less in larger groups."""

BYTES = 1 << 26
"""A group of so many bytes is full, however few rows it has."""


def regroup(batches: Iterable[pa.RecordBatch], rows: int = ROWS) -> Iterator[pa.Table]:
    """Yield the rows of batches in tables of `rows` or more, but for the last one.

    Example:
        >>> import pyarrow as pa
        >>> from textseq.corpus.regroup import regroup
        >>> batch = pa.record_batch({"text": ["a", "b"]})
        >>> [len(table) for table in regroup([batch] * 5, rows=4)]
        [4, 4, 2]
    """
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(map(len, group)) >= rows or sum(one.nbytes for one in group) >= BYTES:
            yield pa.Table.from_batches(unify_labels(group))
            group = []
    if group:
        yield pa.Table.from_batches(unify_labels(group))
