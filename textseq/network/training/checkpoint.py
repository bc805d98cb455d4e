"""The state of a training on disk, from which it resumes.

One file, `checkpoint.safetensors`, replaced in one step, so that it is always complete: the arrays,
and in its header, as JSON, the scalars and the fingerprint. Nothing in it can run code. A training
resumes only with the same settings and the same data.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from textseq.errors import ArgumentError
from textseq.files.atomic import atomic_file
from textseq.files.checkpoints import check_fingerprint, make_folder
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.network.arrays import AnyArray, FloatArray, is_finite
from textseq.network.training.batches import Data
from textseq.network.training.optimizer import LazyAdam

History = dict[str, list[float]]

FILE = "checkpoint.safetensors"

DIGESTS = {name: f"is of other data ({name})" for name in ("training texts", "validation texts")}
"""What to say where a SHA-256 differs."""

_SCALARS = ("epoch", "history", "best_score", "waited", "finished")


@dataclass
class State:
    """Everything that training changes, which is what a checkpoint holds."""

    optimizer: LazyAdam  # the weights, Adam's moments, and the moving average
    fixed: list[AnyArray]  # what else the network holds, such as the state of its random numbers
    epoch: int = 0  # number of finished epochs
    history: History = field(default_factory=dict)
    best: dict[str, FloatArray] = field(default_factory=dict)  # the weights of the best epoch
    best_score: float = -math.inf  # its validation metric
    waited: int = 0  # number of epochs since
    finished: bool = False


def data_digests(training: Data, validation: Data | None) -> dict[str, str]:
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


def resume(
    folder: Path, state: State, expected: dict[str, Any], shapes: Mapping[str, tuple[int, ...]]
) -> bool:
    """Read the state that `save` wrote, if there is one, and return whether there was.

    `shapes` are those of the network's weights.
    """
    from safetensors import safe_open

    path = folder / FILE
    if not path.exists():
        return False
    with wrap_read_errors(f"The checkpoint '{path}'", remedy="delete it to start over"):
        with safe_open(path, "numpy") as file:
            header = file.metadata() or {}
            check_fingerprint(path, json.loads(header["origin"]), expected, DIGESTS)
            scalars = json.loads(header["figures"])
            _check_scalars(scalars)
            for name, array in _arrays(state):
                read = file.get_tensor(name)
                _check_array(name, read, array.shape, array.dtype)
                if name.endswith(".last") and not 0 <= read.min() <= read.max() <= scalars["step"]:
                    raise ArgumentError(f"its {name!r} holds steps that were not taken")
                array[...] = read
            state.best = {
                name.removeprefix("best."): file.get_tensor(name)
                for name in file.keys()  # noqa: SIM118  (it is no mapping)
                if name.startswith("best.")
            }
        if state.best and state.best.keys() != shapes.keys():
            raise ArgumentError("its best weights are those of another network")
        for name, best in state.best.items():
            _check_array(f"best.{name}", best, shapes[name], np.dtype(np.float32))
        state.optimizer.step = scalars["step"]
        for name in _SCALARS:
            setattr(state, name, scalars[name])
    return True


def _check_scalars(scalars: Mapping[str, Any]) -> None:
    counts = {name: scalars[name] for name in ("epoch", "step", "waited")}
    whole = all(type(count) is int and 0 <= count < 2**31 for count in counts.values())
    if not whole or not counts["epoch"] or not counts["step"]:  # it is saved after an epoch
        raise ArgumentError(f"its epoch, step and waited must be counts; they are {counts}")
    history = scalars["history"]
    if not isinstance(history, dict) or not all(
        isinstance(values, list)
        and len(values) == counts["epoch"]
        and all(isinstance(value, int | float) for value in values)
        for values in history.values()
    ):
        raise ArgumentError("its history must hold a number for each epoch")
    if type(scalars["best_score"]) not in (int, float) or type(scalars["finished"]) is not bool:
        raise ArgumentError("its best_score must be a number, and finished true or false")


def _check_array(name: str, array: AnyArray, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if (array.shape, array.dtype) != (shape, dtype):
        raise ArgumentError(
            f"its {name!r} is of shape {array.shape} and {array.dtype}, where {shape} and {dtype} "
            f"was expected"
        )
    if dtype.kind == "f" and not is_finite(array):
        raise ArgumentError(f"its {name!r} holds values that are not finite")


def _arrays(state: State) -> Iterator[tuple[str, AnyArray]]:
    """Yield the arrays of the state by name, to be read or written."""
    for name, table in (("dense", state.optimizer.dense), ("table", state.optimizer.table)):
        for part, array in ({} if table is None else table._asdict()).items():
            yield f"{name}.{part}", array
    for i, array in enumerate(state.fixed):
        yield f"fixed.{i}", array


def _sum(examples: Data | None) -> str:
    digest = hashlib.sha256()
    if examples is not None:
        for array in examples.arrays:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
