"""Sequences as NumPy's .npz: the arrays `ids` and `offsets` of `Sequences`, and `labels`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.safe_load import safe_load
from textseq.sequences.labelled import (
    LabelledBatch,
    Labels,
    WriteBatch,
    checked_ids,
    checked_labels,
    split_batch,
)
from textseq.sequences.sequences import Sequences


@contextlib.contextmanager
def open_writer(path: Path) -> Iterator[WriteBatch]:
    """Yield a function that keeps a batch; the file is written at the end."""
    parts: list[Sequences] = []
    all_labels: list[str] | None = None

    def write(sequences: Sequences, labels: Labels) -> None:
        nonlocal all_labels
        parts.append(sequences)
        if labels is not None:
            all_labels = all_labels or []
            all_labels += labels

    yield write
    whole = Sequences.concatenate(parts)
    arrays: dict[str, npt.NDArray[Any]] = {"ids": whole.ids, "offsets": whole.offsets}
    if all_labels is not None:
        arrays["labels"] = np.array(all_labels, dtype=np.str_)
        if arrays["labels"].tolist() != all_labels:
            raise ArgumentError("A label that ends in NUL cannot be kept in .npz; use .parquet.")
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def read_batches(path: Path, size: int) -> Iterator[LabelledBatch]:
    """Yield the documents of a file in batches of at most `size`."""
    arrays = safe_load(path)
    if not {"ids", "offsets"} <= arrays.keys():
        raise ArtifactError(
            f"'{path}' does not hold the arrays ids and offsets of sequences; it has "
            f"{', '.join(arrays) or 'none'}."
        )
    try:
        sequences = checked_ids(Sequences(arrays["ids"], arrays["offsets"]), path)
    except ArgumentError as error:
        raise ArtifactError(f"'{path}' is damaged: {error}") from error
    labels = checked_labels(arrays["labels"].tolist(), path) if "labels" in arrays else None
    if labels is not None and len(labels) != len(sequences):
        raise ArtifactError(f"'{path}' holds {len(labels)} labels for {len(sequences)} documents.")
    yield from split_batch(sequences, labels, size)


def holds_ids(path: Path) -> bool:  # noqa: ARG001
    """Return True: no text comes as .npz."""
    return True
