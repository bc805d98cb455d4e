"""What a checkpoint is of, its settings and data by name: no other training goes on from it.

Both trainings, of word vectors and of classifiers, keep such an origin in their checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import StrPath


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


def refuse_other(
    path: Path, found: Mapping[str, Any], origin: Mapping[str, Any], digests: Mapping[str, str]
) -> None:
    """Raise an error that names the first thing in which a checkpoint is of another training.

    Args:
        path: The checkpoint.
        found: Its origin.
        origin: The origin of the training that is asked for.
        digests: What to say where one of the SHA-256s in an origin, by its name, is another.

    Raises:
        ArtifactError: They differ.

    Example:
        >>> from pathlib import Path
        >>> from textseq.files.checkpoints import refuse_other
        >>> refuse_other(Path("state"), {"window": 5}, {"window": 3}, {})
        Traceback (most recent call last):
        textseq.errors.ArtifactError: The checkpoint 'state' was made with window 5, where 3 is ...
    """
    wanted = json.loads(json.dumps(dict(origin), default=str))
    for name in sorted({*found, *wanted}):
        was, is_now = found.get(name), wanted.get(name)
        if was == is_now:
            continue
        how = digests.get(name, f"was made with {name} {was!r}, where {is_now!r} is asked for now")
        raise ArtifactError(
            f"The checkpoint '{path}' {how}; repeat the command as it was, or name another folder."
        )
