"""Large tables of a safetensors file, read some rows at a time.

The library maps a file into memory, and what has been read of it stays there until the file is
closed; a table that is read whole is there twice. Read in pieces, each by a file that is opened
anew, it is there once, and may go straight to where its rows belong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

LARGE = 1 << 22
"""Bytes from which on a table is read in pieces, and of a piece."""


@dataclass(frozen=True)
class LargeTable:
    """A table in a file.

    Args:
        path: Of the file.
        name: Of the table.
        shape: (rows, columns).
        dtype: Of its numbers.
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def ndim(self) -> int:
        """The number of axes, as an array tells it."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of numbers, as an array tells it."""
        return math.prod(self.shape)

    def parts(self) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """Yield the number of a row, and that row and some more."""
        from safetensors import safe_open

        step = max(1, LARGE // max(1, self.shape[1] * self.dtype.itemsize))
        for start in range(0, self.shape[0], step):
            with safe_open(self.path, "numpy") as file:
                end = min(start + step, self.shape[0])
                yield start, file.get_slice(self.name)[start:end]

    def whole(self) -> npt.NDArray[Any]:
        """Return the table as an array."""
        out = np.empty(self.shape, self.dtype)
        for start, part in self.parts():
            out[start : start + len(part)] = part
        return out


def tables_in(path: Path) -> dict[str, npt.NDArray[Any] | LargeTable]:
    """Return all arrays of a file by name, the large tables among them not yet read.

    Raises:
        OSError: The file cannot be read.
        SafetensorError: It is no such file.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from pathlib import Path
        >>> from safetensors.numpy import save_file
        >>> from textseq.classifier.large_tables import tables_in
        >>> path = Path(tempfile.mkdtemp()) / "weights.safetensors"
        >>> save_file({"bias": np.zeros(3, "float32")}, path)
        >>> tables_in(path)
        {'bias': array([0., 0., 0.], dtype=float32)}
    """
    from safetensors import safe_open

    found: dict[str, npt.NDArray[Any] | LargeTable] = {}
    with safe_open(path, "numpy") as file:
        for name in file.keys():  # noqa: SIM118  (it is no mapping)
            one = file.get_slice(name)
            shape = tuple(one.get_shape())
            dtype = _DTYPES.get(one.get_dtype())
            if len(shape) == 2 and dtype and math.prod(shape) * dtype.itemsize >= LARGE:
                found[name] = LargeTable(path, name, shape, dtype)
            else:
                found[name] = file.get_tensor(name)
    return found


_DTYPES: dict[str, np.dtype[Any]] = {"F16": np.dtype(np.float16), "F32": np.dtype(np.float32)}
"""The types of numbers that large tables have, by safetensors's names."""
