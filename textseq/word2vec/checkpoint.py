"""The state of a training of word vectors on disk, after each epoch.

One file, `word2vec.safetensors`, written under another name and renamed, so that it is always
complete. It is resumed only with the same settings and the same text; on one thread, to the same
bytes as without an interruption.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.files.atomic import atomic_file
from textseq.files.checkpoints import check_fingerprint, make_folder
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors

FILE = "word2vec.safetensors"

DIGESTS = {name: f"is of another {name}" for name in ("text", "vocabulary", "init")}
"""What to say where a SHA-256 in the fingerprint differs."""

NamedArrays = Mapping[str, npt.NDArray[np.float32]]


def has_checkpoint(folder: StrPath) -> bool:
    """Return whether a folder holds a checkpoint."""
    return (Path(folder) / FILE).exists()


def save(folder: StrPath, weights: NamedArrays, fingerprint: Mapping[str, Any], epoch: int) -> None:
    """Write the weights after an epoch; the fingerprint is that of the settings and the text."""
    from safetensors.numpy import save_file

    header = {"fingerprint": json.dumps(dict(fingerprint)), "epoch": str(epoch)}
    arrays = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    with atomic_file(make_folder(folder) / FILE, force=True) as temporary:
        save_file(arrays, temporary, header)


def resume(folder: StrPath, weights: NamedArrays, fingerprint: Mapping[str, Any]) -> int:
    """Read a checkpoint, if there is one, into the weights; return after how many epochs it is."""
    from safetensors import safe_open

    path = Path(folder) / FILE
    if not has_checkpoint(folder):
        return 0
    with (
        wrap_read_errors(f"The checkpoint '{path}'", remedy="delete it to start again"),
        safe_open(path, "numpy") as file,
    ):
        header = file.metadata() or {}
        epoch = int(header["epoch"])
        if epoch < 1:
            raise ArgumentError(f"its epoch is {epoch}")
        check_fingerprint(path, json.loads(header["fingerprint"]), fingerprint, DIGESTS)
        for name, array in weights.items():
            # The shape in the header is checked before anything is read.
            found = tuple(file.get_slice(name).get_shape())
            if found != array.shape:
                raise ArgumentError(f"its {name!r} is of shape {found}, not {array.shape}")
            array[...] = file.get_tensor(name)
            if not np.isfinite(array).all():
                raise ArgumentError(f"its {name!r} holds values that are not finite")
    return epoch
