"""Functions that compiled loops may call, and that Python runs as they are.

In loops of `compiled_late` they are vector instructions: see `vector_kernels`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent; compiled for float32, within 5e-7 of the exact value."""
    return math.tanh(x)


def multiply(a: Any, b: Any, out: Any) -> None:
    """Write the product of two matrices to `out`, which has its shape already.

    Compiled, it is for small ones, and for those with one long side: it has no threads.
    """
    np.matmul(a, b, out=out)
