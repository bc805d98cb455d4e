"""The state of a training of word vectors on disk, after each epoch.

One file, `word2vec.safetensors`, written under another name and renamed, so that it is always
whole: the weights, and in its header, as JSON, how many epochs are through and what the training is
of. Nothing in it can run code. It is continued only with the same settings and the same text; then,
on one thread, to the same bytes as if nothing had broken it off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError, ArtifactError
from textseq.files import StrPath, atomic_file

FILE = "word2vec.safetensors"

Matrix = npt.NDArray[np.float32]


def make_folder(folder: StrPath) -> Path:
    """Make the folder that checkpoints will be written to; call it before long work.

    Raises:
        ArgumentError: It cannot be made.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(
            f"The folder '{path}' for checkpoints cannot be made: {error.strerror}; name another."
        ) from error
    return path


def has_checkpoint(folder: StrPath) -> bool:
    """Return whether a training can go on from what is in a folder.

    Example:
        >>> from textseq.word2vec.checkpoint import has_checkpoint
        >>> has_checkpoint("no/such/folder")
        False
    """
    return (Path(folder) / FILE).exists()


def save(
    folder: StrPath, weights: Mapping[str, Matrix], epoch: int, origin: Mapping[str, Any]
) -> None:
    """Write the weights after an epoch; `origin` says of which settings and text.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from textseq.word2vec import checkpoint
        >>> folder, weights = tempfile.mkdtemp(), {"vectors": np.ones((2, 3), np.float32)}
        >>> checkpoint.save(folder, weights, 4, {"window": 5})
        >>> weights["vectors"][:] = 0
        >>> checkpoint.resume(folder, weights, {"window": 5}), weights["vectors"].sum()
        (4, np.float32(6.0))
    """
    from safetensors.numpy import save_file

    path = make_folder(folder)
    header = {"origin": json.dumps(dict(origin)), "epoch": str(epoch)}
    arrays = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    with atomic_file(path / FILE, force=True) as temporary:
        save_file(arrays, temporary, header)


def resume(folder: StrPath, weights: Mapping[str, Matrix], origin: Mapping[str, Any]) -> int:
    """Read what `save` wrote there into the weights, and return how many epochs are through.

    0 if there is nothing.

    Raises:
        ArtifactError: The file is damaged, or of other settings or text.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(folder) / FILE
    if not has_checkpoint(folder):
        return 0
    try:
        with safe_open(path, "numpy") as file:
            header = file.metadata() or {}
            epoch = int(header["epoch"])
            _refuse_other(path, json.loads(header["origin"]), origin)
            for name, array in weights.items():
                # The shape in the header is looked at before anything is read.
                found = tuple(file.get_slice(name).get_shape())
                if found != array.shape:
                    raise ValueError(f"its {name!r} is of shape {found}, not {array.shape}")
                array[...] = file.get_tensor(name)
    except ArtifactError:
        raise
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtifactError(
            f"The checkpoint '{path}' cannot be read: {error}; delete it to start anew."
        ) from error
    return epoch


def _refuse_other(path: Path, found: Mapping[str, Any], origin: Mapping[str, Any]) -> None:
    """Raise an error that names the first thing in which a checkpoint is of another training."""
    wanted = json.loads(json.dumps(dict(origin)))
    for name in sorted({*found, *wanted}):
        was, is_now = found.get(name), wanted.get(name)
        if was == is_now:
            continue
        how = f"was made with {name} {was!r}, where {is_now!r} is asked for now"
        raise ArtifactError(
            f"The checkpoint '{path}' {f'is of another {name}' if name in DIGESTS else how}; "
            f"repeat the command as it was, or name another folder."
        )


DIGESTS = ("text", "vocabulary", "init")
"""What an origin holds a SHA-256 of."""
