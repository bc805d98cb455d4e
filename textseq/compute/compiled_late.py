"""Loops that are compiled when they are first called, so that importing them does not load Numba.

Such a function stands beside plain Python, as a cell's recurrence does beside its definition in
Keras. It may call no compiled function but those of this file.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled_late(function: Function) -> Function:
    """Compile a function as `compiled` does, on its first call."""

    @functools.cache
    def machine_code() -> Callable[..., Any]:
        from textseq.compute.compiled import compiled

        _teach_tanh()
        _teach_add_product()
        return compiled(function)

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return machine_code()(*args)

    return cast(Function, call)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent; in compiled code with vector instructions, for float32.

    There it is Eigen's quotient of polynomials (`ptanh_float`), within 3e-7 of the exact value.
    """
    return math.tanh(x)


def add_product(vector: Any, matrix: Any, out: Any) -> None:
    """Add the product of a vector, (n,), and a matrix, (n, m), to `out`; for compiled code.

    For one vector this takes less time than a call of the matrix library, and it needs no SciPy,
    which Numba's own product does.
    """
    out += vector @ matrix


# Of x, x^3 ... x^13 over those of 1, x^2 ... x^6, the highest first; beyond the limit, tanh is 1.
_LIMIT = 7.90531110763549805
_ABOVE = (
    -2.76076847742355e-16,
    2.00018790482477e-13,
    -8.60467152213735e-11,
    5.12229709037114e-08,
    1.48572235717979e-05,
    6.37261928875436e-04,
    4.89352455891786e-03,
)
_BELOW = (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)


@functools.cache
def _teach_tanh() -> None:
    """Tell Numba what `tanh` compiles to."""
    import numba
    import numpy as np
    from numba.extending import overload

    limit = np.float32(_LIMIT)
    a0, a1, a2, a3, a4, a5, a6 = map(np.float32, _ABOVE)
    b0, b1, b2, b3 = map(np.float32, _BELOW)

    def rational(x: Any) -> Any:
        x = min(max(x, -limit), limit)
        s = x * x
        above = ((((((a0 * s + a1) * s + a2) * s + a3) * s + a4) * s + a5) * s + a6) * x
        return above / (((b0 * s + b1) * s + b2) * s + b3)

    def exact(x: Any) -> Any:
        return math.tanh(x)

    @overload(tanh, inline="always")
    def of_type(x: Any) -> Any:
        return rational if x == numba.float32 else exact


@functools.cache
def _teach_add_product() -> None:
    """Tell Numba what `add_product` compiles to."""
    from numba.extending import overload

    def add(vector: Any, matrix: Any, out: Any) -> None:
        whole = len(vector) // 4 * 4
        for k in range(0, whole, 4):  # four rows at a time, so that `out` is read a fourth as often
            v0, v1, v2, v3 = vector[k], vector[k + 1], vector[k + 2], vector[k + 3]
            m0, m1, m2, m3 = matrix[k], matrix[k + 1], matrix[k + 2], matrix[k + 3]
            for j in range(len(out)):
                out[j] += v0 * m0[j] + v1 * m1[j] + v2 * m2[j] + v3 * m3[j]
        for k in range(whole, len(vector)):
            for j in range(len(out)):
                out[j] += vector[k] * matrix[k, j]

    overload(add_product)(lambda vector, matrix, out: add)  # noqa: ARG005
