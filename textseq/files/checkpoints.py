"""Fingerprints of checkpoints: a training continues only with its own settings and data.

The fingerprint of a training, which its checkpoints store, holds its settings and the SHA-256 of
its data.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath


def make_folder(folder: StrPath) -> Path:
    """Create the folder for checkpoints; call it before long work."""
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(
            f"The folder '{path}' for checkpoints cannot be created: {error.strerror}; "
            f"name another."
        ) from error
    return path


def check_fingerprint(
    path: Path, found: Mapping[str, Any], expected: Mapping[str, Any], digests: Mapping[str, str]
) -> None:
    """Raise an error that names the first difference between two fingerprints.

    `found` is stored in the checkpoint, `expected` is of the training that is asked for, and
    `digests` has what to say, by name, where a SHA-256 differs.
    """
    plain = json.loads(json.dumps(dict(expected), default=str))
    for name in sorted({*found, *plain}):
        before, now = found.get(name), plain.get(name)
        if before != now:
            how = f"was made with {name} {before!r}, where {now!r} is asked for now"
            raise ArtifactError(
                f"The checkpoint '{path}' {digests.get(name, how)}; repeat the command as it was, "
                f"or name another folder."
            )
