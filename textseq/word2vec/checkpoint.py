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

from textseq.errors import ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.checkpoints import check_fingerprint, make_folder
from textseq.files.paths import StrPath

FILE = "word2vec.safetensors"

DIGESTS = {name: f"is of another {name}" for name in ("text", "vocabulary", "init")}
"""What to say where the SHA-256 in an origin is another."""

Matrix = npt.NDArray[np.float32]


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
            check_fingerprint(path, json.loads(header["origin"]), origin, DIGESTS)
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
