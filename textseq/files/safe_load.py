"""Reading files that may be damaged or malicious, with one error for whatever is wrong."""

import contextlib
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt

from textseq.errors import ArgumentError, ArtifactError, TextseqError


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


def load_array(path: Path) -> npt.NDArray[Any]:
    """Return the array of an .npy file, without unpickling it."""
    with path.open("rb") as file:
        _check_size(path, file, "array", path.stat().st_size)
        array = np.load(file, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise ArtifactError(f"'{path}' holds several arrays, where an .npy of one was expected.")
    return array


def _check_sizes(path: Path) -> None:
    """Raise an error where an array claims more than its member holds, before it is allocated."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                _check_size(path, file, repr(member.filename), member.file_size)


def _check_size(path: Path, file: IO[bytes], name: str, size: int) -> None:
    """Check what the header of an array claims, if it is one; the file is at its start again."""
    is_array = file.read(len(npy.MAGIC_PREFIX)) == npy.MAGIC_PREFIX
    file.seek(0)
    if not is_array:
        return
    first = npy.read_magic(file) == (1, 0)
    shape, _, dtype = (npy.read_array_header_1_0 if first else npy.read_array_header_2_0)(file)
    file.seek(0)
    if max(1, math.prod(shape)) * dtype.itemsize > size:
        raise ArtifactError(
            f"'{path}' is damaged: its {name} claims an array of shape {shape} and type {dtype}, "
            f"which {size:,} bytes cannot hold."
        )


@contextlib.contextmanager
def wrap_read_errors(
    what: str,
    fails: str = "cannot be read",
    *,
    remedy: str = "",
    kind: type[TextseqError] = ArtifactError,
) -> Iterator[None]:
    """Raise one error in place of whatever goes wrong while a file of the user's is read.

    Every reader of a file runs in it, since what a decoder raises on damaged bytes is listed
    nowhere: NumPy, Arrow, zlib, lzma, safetensors and json have raised two dozen types so far.

    Args:
        what: What the message begins with, such as "The ids 'a.npz'".
        fails: What follows it, before a colon and the reason.
        remedy: What to do, as the end of the sentence.
        kind: The type of the error.
    """
    try:
        yield
    except BaseException as error:
        # In an artifact, an ArgumentError is of a value that it holds, not of the user's argument.
        of_value = kind is ArtifactError and isinstance(error, ArgumentError)
        ours = isinstance(error, TextseqError) and not of_value
        # A panic of code in Rust is no Exception either, unlike these three.
        if ours or isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        reason, advice = _reason_of(error)
        then = f"; {remedy or advice}" if remedy or advice else ""
        raise kind(f"{what} {fails}: {reason.rstrip('.')}{then}.") from error


def _reason_of(error: BaseException) -> tuple[str, str]:
    """Return in words why a file could not be read, and what to do about it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror, ""
    if isinstance(error, ArgumentError):
        return str(error), ""
    return f"it is damaged, or not what it seems ({_in_words(error)})", "make or copy it again"


def _in_words(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text" if error.encoding == "utf-8" else str(error)
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
