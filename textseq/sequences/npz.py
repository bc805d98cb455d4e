"""Sequences as NumPy's .npz: the arrays `ids` and `offsets` of `Sequences`, and `labels`.

Where documents may have several labels, those of document i are
`labels[label_offsets[i]:label_offsets[i + 1]]`.
"""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.safe_load import safe_load
from textseq.sequences.labelled import Labels, WriteBatch, are_lists, join_batches
from textseq.sequences.sequences import Sequences


@contextlib.contextmanager
def open_writer(path: Path) -> Iterator[WriteBatch]:
    """Yield a function that keeps a batch; the file is written at the end."""
    batches: list[tuple[Sequences, Labels]] = []
    yield lambda sequences, labels: batches.append((sequences, labels))
    sequences, labels = join_batches(batches)
    arrays: dict[str, npt.NDArray[Any]] = {"ids": sequences.ids, "offsets": sequences.offsets}
    if labels is not None:
        if are_lists(labels):
            arrays["label_offsets"] = np.cumsum([0, *map(len, labels)])
            labels = [*itertools.chain.from_iterable(labels)]
        arrays["labels"] = np.array(labels, dtype=np.str_)
        if arrays["labels"].tolist() != labels:
            raise ArgumentError("A label that ends in NUL cannot be kept in .npz; use .parquet.")
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def read_batches(path: Path, size: int) -> Iterator[tuple[Sequences, Any]]:  # noqa: ARG001
    """Yield all documents of a file in one batch, since an array is decompressed as a whole."""
    arrays = safe_load(path)
    if not {"ids", "offsets"} <= arrays.keys():
        raise ArtifactError(
            f"'{path}' does not hold the arrays ids and offsets of sequences; it has "
            f"{', '.join(arrays) or 'none'}."
        )
    try:
        sequences = Sequences(arrays["ids"], arrays["offsets"])
    except ArgumentError as error:
        raise ArtifactError(f"'{path}' is damaged: {error}") from error
    labels = None
    if "labels" in arrays:  # an array of other shapes would give lists, or no list
        labels = arrays["labels"].tolist() if arrays["labels"].ndim == 1 else ()
    if "label_offsets" in arrays:
        labels = _lists(labels, arrays["label_offsets"], path)
    yield sequences, labels


def _lists(labels: Any, offsets: npt.NDArray[Any], path: Path) -> list[list[str]]:
    """Return the labels of each document."""
    is_whole = isinstance(labels, list) and offsets.ndim == 1 and offsets.dtype.kind in "iu"
    ends = offsets.tolist() if is_whole else []
    if not ends or ends[0] != 0 or ends[-1] != len(labels) or sorted(ends) != ends:
        raise ArtifactError(f"'{path}' is damaged: its labels and label_offsets do not match.")
    return [labels[start:end] for start, end in itertools.pairwise(ends)]


def holds_ids(path: Path) -> bool:  # noqa: ARG001
    """Return True: no text comes as .npz."""
    return True
