"""Batches of sequences with or without labels, as files hold them, and what they must satisfy."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.sequences.sequences import Sequences

Labels = Sequence[str] | None
LabelledBatch = tuple[Sequences, list[str] | None]
WriteBatch = Callable[[Sequences, Labels], None]

LARGEST_ID = 2**31 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def split_batch(
    sequences: Sequences, labels: Sequence[str] | None, size: int
) -> Iterator[tuple[Sequences, Any]]:
    """Yield batches of at most `size` documents."""
    for start in range(0, len(sequences), size):
        part = slice(start, start + size)
        yield sequences[part], None if labels is None else labels[part]


def join_batches(batches: Iterable[tuple[Sequences, Labels]]) -> LabelledBatch:
    """Return all documents of batches, and their labels if they have any."""
    batches = list(batches)
    labels = [label for _, labels in batches for label in labels or ()]
    labelled = any(labels is not None for _, labels in batches)
    return Sequences.concatenate(part for part, _ in batches), labels if labelled else None


def check_labels(labels: Sequence[str], documents: int) -> None:
    """Raise an error unless there is a string for each document."""
    if len(labels) != documents:
        raise ArgumentError(
            f"Expected a label for each document. Received {documents} documents and "
            f"{len(labels)} labels."
        )
    try:
        distinct = dict.fromkeys(labels)  # a few, mostly
    except TypeError:  # something like a list
        distinct = labels  # type: ignore[assignment]
    for label in distinct:
        if not is_label(label):
            raise ArgumentError(f"A label must be a string. Received: {label!r}.")


def check_read(sequences: Sequences, labels: Any, path: Path) -> None:
    """Raise an error where what a file holds is not ids, with a label for each document or none."""
    if sequences.ids.min(initial=0) < 0:
        raise ArtifactError(f"'{path}' holds the id {sequences.ids.min()}; ids are 0 or more.")
    if labels is None:
        return
    if not isinstance(labels, list) or not all(map(is_label, labels)):
        raise ArtifactError(f"The labels of '{path}' must be strings, one for each document.")
    if len(labels) != len(sequences):
        raise ArtifactError(f"'{path}' holds {len(labels)} labels for {len(sequences)} documents.")


def missing_labels(source: StrPath) -> ArtifactError:
    """Return the error for ids without labels, where those are needed."""
    return ArtifactError(
        f"The ids '{source}' have no labels; tokenize texts that have labels, with "
        f"`textseq tokenize --label-column`."
    )


def is_label(label: object) -> bool:
    """Return whether a label is a string that can be written as UTF-8: no half of a surrogate."""
    return isinstance(label, str) and not _SURROGATE.search(label)
