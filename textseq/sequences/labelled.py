"""Batches of sequences with or without labels, as files hold them, and what they must satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from textseq.errors import ArgumentError, ArtifactError
from textseq.sequences.sequences import Sequences

Labels = Sequence[str] | None
LabelledBatch = tuple[Sequences, list[str] | None]
WriteBatch = Callable[[Sequences, Labels], None]

LARGEST_ID = 2**31 - 1


def split_batch(
    sequences: Sequences, labels: Sequence[str] | None, size: int
) -> Iterator[tuple[Sequences, Any]]:
    """Yield batches of at most `size` documents."""
    for start in range(0, len(sequences), size):
        part = slice(start, start + size)
        yield sequences[part], None if labels is None else labels[part]


def check_labels(labels: Sequence[str], documents: int) -> None:
    """Raise an error unless there is a string for each document.

    Raises:
        ArgumentError: Too many or too few labels, or one that is no string.
    """
    if len(labels) != documents:
        raise ArgumentError(
            f"Expected a label for each document. Received {documents} documents and "
            f"{len(labels)} labels."
        )
    for label in labels:
        if not is_label(label):
            raise ArgumentError(f"A label must be a string. Received: {label!r}.")


def is_label(label: object) -> bool:
    """Return whether a label is a string that can be written as UTF-8: no half of a surrogate."""
    return isinstance(label, str) and not any(
        "\ud800" <= character <= "\udfff" for character in label
    )


def checked_ids(sequences: Sequences, path: Path) -> Sequences:
    """Return the sequences of a file, or raise an error where an id is negative."""
    if sequences.ids.min(initial=0) < 0:
        raise ArtifactError(f"'{path}' holds the id {sequences.ids.min()}; ids are 0 or more.")
    return sequences


def checked_labels(labels: Any, path: Path) -> list[str]:
    """Return the labels of a file, or raise an error where one is no string."""
    if not isinstance(labels, list) or not all(map(is_label, labels)):
        raise ArtifactError(f"The labels of '{path}' must be strings, one for each document.")
    return labels
