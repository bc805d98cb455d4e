"""Reading float16 in compiled loops, for which Numba has no such type.

NumPy converts one number at a time; this loop is vectorized and takes about a fiftieth of its time.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from textseq.network.arrays import AnyArray

_SIGN, _REST = 0x8000, 0x7FFF
_REBASE = np.float32(2.0 ** (127 - 15))
"""The exponent of a float32 is stored plus 127, that of a float16 plus 15."""


def as_bits(table: AnyArray) -> AnyArray:
    """Return a float16 array as its bits, uint16, and any other as it is, for `widened`.

    Example:
        >>> import numpy as np
        >>> from textseq.network.half_precision import as_bits
        >>> as_bits(np.array([1, -2], "float16"))
        array([15360, 49152], dtype=uint16)
    """
    return table.view(np.uint16) if table.dtype == np.float16 else table


def widened(number: Any) -> Any:
    """Return an element of `as_bits` as float32, in compiled loops; it must be finite."""
    raise NotImplementedError


@numba.extending.overload(widened, inline="always")
def _widened(number: Any) -> Any:
    def widen(number: Any) -> Any:
        # All bits but the sign go 13 places up, which is right but for the exponent's base, also
        # where the exponent is 0.
        magnitude = np.int32((number & _REST) << 13).view(np.float32) * _REBASE
        return -magnitude if number & _SIGN else magnitude

    def keep(number: Any) -> Any:
        return np.float32(number)

    return widen if number == numba.uint16 else keep
