"""Reading files that may be damaged, or made to do harm: one error for all that can be wrong."""

from __future__ import annotations

import contextlib
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.errors import ArtifactError

_UNREADABLE = (
    OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, MemoryError, RuntimeError,
    SyntaxError, SystemError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
    pa.ArrowException,
)  # fmt: skip
"""What NumPy, zipfile and Arrow raise on damaged files."""


def arrays_of(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an .npz file, and never unpickle one."""
    with path.open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        if isinstance(arrays, np.ndarray):
            raise ArtifactError(f"'{path}' holds one array, where an .npz of several was expected.")
        with arrays:
            members = dict(arrays)
    for name, array in members.items():
        if not isinstance(array, np.ndarray):
            raise ArtifactError(f"'{path}' is unsound: its member {name!r} is no NumPy array.")
    return members


@contextlib.contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn the many errors of damaged files into one.

    Args:
        what: Begins the message, such as "The ids 'a.npz'".

    Raises:
        ArtifactError: The block failed.

    Example:
        >>> from textseq.untrusted import reading
        >>> with reading("The ids 'a.npz'"):
        ...     raise EOFError("no data left")
        Traceback (most recent call last):
        textseq.errors.ArtifactError: The ids 'a.npz' cannot be read: no data left.
    """
    try:
        yield
    except ArtifactError:
        raise
    except _UNREADABLE as error:
        reason = (
            getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        )
        raise ArtifactError(f"{what} cannot be read: {reason.rstrip('.')}.") from error
