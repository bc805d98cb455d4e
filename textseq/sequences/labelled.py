"""Batches of sequences with or without labels, as files hold them, and what they must satisfy.

A document has a label, or a list of labels where documents may have several. What shows that may
come late, so that batches of strings come before those of lists.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.sequences.sequences import Sequences

Label = str | list[str]  # a list where a text may have several
Labels = Sequence[Label] | None
LabelledBatch = tuple[Sequences, list[Any] | None]
WriteBatch = Callable[[Sequences, Labels], None]

LARGEST_ID = 2**31 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def split_batch(sequences: Sequences, labels: Labels, size: int) -> Iterator[tuple[Sequences, Any]]:
    """Yield batches of at most `size` documents."""
    for start in range(0, len(sequences), size):
        part = slice(start, start + size)
        yield sequences[part], None if labels is None else labels[part]


def join_batches(batches: Iterable[tuple[Sequences, Labels]]) -> LabelledBatch:
    """Return all documents of batches, and their labels if they have any."""
    batches = list(batches)
    labels = as_one_kind([label for _, labels in batches for label in labels or ()])
    labelled = any(labels is not None for _, labels in batches)
    return Sequences.concatenate(part for part, _ in batches), labels if labelled else None


def are_lists(labels: Sequence[Label]) -> bool:
    """Return whether a document may have several labels: whether any of them is a list."""
    return any(isinstance(label, list) for label in labels)


def as_lists(labels: Sequence[Label]) -> list[list[str]]:
    """Return labels as lists: of one, where they are strings."""
    return [label if isinstance(label, list) else [label] for label in labels]


def as_one_kind(labels: Sequence[Label]) -> list[Any]:
    """Return labels as they are, or all as lists where some are.

    Example:
        >>> from textseq.sequences.labelled import as_one_kind
        >>> as_one_kind(["a", ["b", "c"]])
        [['a'], ['b', 'c']]
    """
    return as_lists(labels) if are_lists(labels) else list(labels)


def check_labels(labels: Sequence[Label], documents: int) -> None:
    """Raise an error unless there is a string, or a list of strings, for each document."""
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
        if not is_label_or_list(label):
            raise ArgumentError(
                f"A label must be a string, or a list of strings. Received: {label!r}."
            )


def check_read(sequences: Sequences, labels: Any, path: Path) -> None:
    """Raise an error where what a file holds is not ids, with a label for each document or none."""
    if sequences.ids.min(initial=0) < 0:
        raise ArtifactError(f"'{path}' holds the id {sequences.ids.min()}; ids are 0 or more.")
    if labels is None:
        return
    if not isinstance(labels, list) or not all(map(is_label_or_list, labels)):
        raise ArtifactError(
            f"The labels of '{path}' must be strings, or lists of strings, one for each document."
        )
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


def is_label_or_list(label: object) -> bool:
    """Return whether a label is one, or a list of labels."""
    return all(map(is_label, label)) if isinstance(label, list) else is_label(label)
