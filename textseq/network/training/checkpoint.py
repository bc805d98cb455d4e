"""The state of a training on disk, from which it resumes.

One file, `checkpoint.safetensors`, written under a temporary name and renamed, so that it is always
complete: the arrays, and in its header, as JSON, the scalars and the fingerprint. Nothing in it can
run code. A training resumes only with the same settings and the same data.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from textseq.errors import ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.checkpoints import check_fingerprint, make_folder
from textseq.files.paths import StrPath
from textseq.network.arrays import AnyArray, FloatArray
from textseq.network.training.batches import Examples
from textseq.network.training.optimizer import LazyAdam

History = dict[str, list[float]]

FILE = "checkpoint.safetensors"

DIGESTS = {name: f"is of other data ({name})" for name in ("training texts", "validation texts")}
"""What to say where a SHA-256 differs."""

_SCALARS = ("epoch", "history", "best_score", "waited", "finished")


@dataclass
class State:
    """Everything that training changes, which is what a checkpoint holds.

    Args:
        optimizer: The weights, Adam's moments, and the moving average.
        fixed: What else the network holds, such as the state of its random numbers.
        epoch: Number of finished epochs.
        history: What `train` returns.
        best: The weights of the best epoch by name; empty before the first.
        best_score: Its validation metric.
        waited: Number of epochs since.
        finished: Whether training is over.
    """

    optimizer: LazyAdam
    fixed: list[AnyArray]
    epoch: int = 0
    history: History = field(default_factory=dict)
    best: dict[str, FloatArray] = field(default_factory=dict)
    best_score: float = -math.inf
    waited: int = 0
    finished: bool = False


def data_digests(training: Examples, validation: Examples | None) -> dict[str, str]:
    """Return the SHA-256 of the training data and that of the validation data."""
    return {"training texts": _sum(training), "validation texts": _sum(validation)}


def has_checkpoint(folder: StrPath) -> bool:
    """Return whether a training can resume from a folder."""
    return (Path(folder) / FILE).exists()


def save(folder: Path, state: State, fingerprint: dict[str, Any]) -> None:
    """Write the state and the fingerprint of the training."""
    from safetensors.numpy import save_file

    make_folder(folder)
    scalars = {name: getattr(state, name) for name in _SCALARS} | {"step": state.optimizer.step}
    header = {"origin": json.dumps(fingerprint, default=str), "figures": json.dumps(scalars)}
    arrays = dict(_arrays(state)) | {f"best.{name}": array for name, array in state.best.items()}
    with atomic_file(folder / FILE, force=True) as temporary:
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, temporary, header)


def resume(folder: Path, state: State, expected: dict[str, Any]) -> bool:
    """Read the state that `save` wrote, if there is one, and return whether there was.

    Raises:
        ArtifactError: The file is damaged, or of other settings or data.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / FILE
    if not path.exists():
        return False
    try:
        with safe_open(path, "numpy") as file:
            header = file.metadata() or {}
            check_fingerprint(path, json.loads(header["origin"]), expected, DIGESTS)
            scalars = json.loads(header["figures"])
            for name, array in _arrays(state):
                array[...] = _like(array, file.get_tensor(name), name)
            state.best = {
                name.removeprefix("best."): file.get_tensor(name)
                for name in file.keys()  # noqa: SIM118  (it is no mapping)
                if name.startswith("best.")
            }
        state.optimizer.step = scalars["step"]
        for name in _SCALARS:
            setattr(state, name, scalars[name])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, ArtifactError):
            raise
        raise ArtifactError(
            f"The checkpoint '{path}' cannot be read: {error}; delete it to start over."
        ) from error
    return True


def _arrays(state: State) -> Iterator[tuple[str, AnyArray]]:
    """Yield the arrays of the state by name, to be read or written."""
    tables = {"dense": state.optimizer.dense, "table": state.optimizer.table}
    for name, table in tables.items():
        if table is not None:
            for part in ("values", "first", "second", "average", "last"):
                yield f"{name}.{part}", getattr(table, part)
    for i, array in enumerate(state.fixed):
        yield f"fixed.{i}", array


def _like(own: AnyArray, read: AnyArray, name: str) -> AnyArray:
    if (own.shape, own.dtype) != (read.shape, read.dtype):
        raise ValueError(f"its {name!r} is of shape {read.shape}, where {own.shape} was expected")
    return read


def _sum(examples: Examples | None) -> str:
    digest = hashlib.sha256()
    if examples is not None:
        sequences, targets, weights = examples
        for array in (sequences.ids, sequences.offsets, targets, weights):
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
