"""Sequences as JSON lines: `{"ids": [7, 8], "label": "x"}`, or without the label, per document.

Where documents may have several labels, `label` is a list.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from textseq.errors import ArtifactError
from textseq.sequences.labelled import (
    LARGEST_ID,
    Label,
    LabelledBatch,
    Labels,
    WriteBatch,
    as_one_kind,
    is_label_or_list,
)
from textseq.sequences.sequences import Sequences


@contextlib.contextmanager
def open_writer(path: Path) -> Iterator[WriteBatch]:
    """Yield a function that writes a batch to a new file."""
    with path.open("w", encoding="utf-8") as file:
        yield partial(write_json_lines, file)


def write_json_lines(file: IO[str], sequences: Sequences, labels: Labels = None) -> None:
    """Write a line of JSON for each document."""
    for i, ids in enumerate(sequences.to_lists()):
        line = {"ids": ids} if labels is None else {"ids": ids, "label": labels[i]}
        file.write(json.dumps(line) + "\n")


def read_batches(path: Path, size: int) -> Iterator[LabelledBatch]:
    """Yield the documents of a file in batches of at most `size`."""
    with path.open("rb") as file:
        yield from read_json_lines(file, f"'{path}'", size)


def read_json_lines(lines: Iterable[bytes], name: str, size: int) -> Iterator[LabelledBatch]:
    """Yield the documents of lines in batches of at most `size`, skipping blank lines.

    The first line decides whether there are labels; `name` is their source's name in messages.
    """
    rows: list[list[int]] = []
    labels: list[Label] = []
    labelled: bool | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        ids, label = _parse(line, f"Line {number:,} of {name}")
        if labelled not in (None, label is not None):
            raise ArtifactError(
                f"Line {number:,} of {name} has {'no' if labelled else 'a'} label, where the "
                f"lines before it have {'one' if labelled else 'none'}."
            )
        labelled = label is not None
        rows.append(ids)
        if label is not None:
            labels.append(label)
        if len(rows) == size:
            yield Sequences.from_lists(rows), as_one_kind(labels) if labelled else None
            rows, labels = [], []
    if rows:
        yield Sequences.from_lists(rows), as_one_kind(labels) if labelled else None


def holds_ids(path: Path) -> bool:
    """Return whether the first line of a file holds ids."""
    with path.open("rb") as file, contextlib.suppress(ValueError, RecursionError):
        first = json.loads(next((line for line in file if line.strip()), b""))
        return isinstance(first.get("ids") if isinstance(first, dict) else first, list)
    return False


def _parse(line: bytes, place: str) -> tuple[list[int], Label | None]:
    """Return the ids of a line, and its label if it has one."""
    received = f"Received: {line.decode('utf-8', 'replace').strip()[:60]!r}."
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise ArtifactError(
            f'{place} is not JSON; expected {{"ids": [7, 8]}}. {received}'
        ) from error
    row = value if isinstance(value, dict) else {"ids": value}
    ids, label = row.get("ids"), row.get("label")
    if not isinstance(ids, list) or not all(type(i) is int and 0 <= i <= LARGEST_ID for i in ids):
        raise ArtifactError(
            f'{place} must hold {{"ids": [7, 8]}}, integers from 0 to {LARGEST_ID:,}. {received}'
        )
    if not (label is None or is_label_or_list(label)):
        raise ArtifactError(
            f"{place} must have a string, or a list of strings, as its label. Received: {label!r}."
        )
    return ids, label
