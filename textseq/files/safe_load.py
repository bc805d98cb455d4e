"""Reading files that may be damaged or malicious, with one error for whatever is wrong."""

import contextlib
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt
import pyarrow as pa

from textseq.errors import ArtifactError

_UNREADABLE = (  # the errors of NumPy, zipfile and Arrow on damaged files
    OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, MemoryError, RuntimeError,
    SyntaxError, SystemError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
    pa.ArrowException,
)  # fmt: skip


def safe_load(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an .npz file, without unpickling any."""
    _check_sizes(path)
    with path.open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        if isinstance(arrays, np.ndarray):
            raise ArtifactError(f"'{path}' holds one array, where an .npz of several was expected.")
        with arrays:
            members = dict(arrays)
    for name, array in members.items():
        if not isinstance(array, np.ndarray):
            raise ArtifactError(f"'{path}' is damaged: its member {name!r} is no NumPy array.")
    return members


def _check_sizes(path: Path) -> None:
    """Raise an error where an array claims more than its member holds, before it is allocated."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                if file.read(len(npy.MAGIC_PREFIX)) != npy.MAGIC_PREFIX:
                    continue
                file.seek(0)
                first = npy.read_magic(file) == (1, 0)
                read_header = npy.read_array_header_1_0 if first else npy.read_array_header_2_0
                shape, _, dtype = read_header(file)
                if max(1, math.prod(shape)) * dtype.itemsize > member.file_size:
                    raise ArtifactError(
                        f"'{path}' is damaged: its {member.filename!r} claims an array of shape "
                        f"{shape} and type {dtype}, which {member.file_size:,} bytes cannot hold."
                    )


@contextlib.contextmanager
def wrap_read_errors(what: str) -> Iterator[None]:
    """Raise ArtifactError, which begins with `what`, in place of the errors of damaged files."""
    try:
        yield
    except ArtifactError:
        raise
    except _UNREADABLE as error:
        reason = (
            getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        )
        raise ArtifactError(f"{what} cannot be read: {reason.rstrip('.')}.") from error
