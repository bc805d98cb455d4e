"""Arguments that count something: what numbers, of Python or NumPy, mean an integer."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from textseq.errors import ArgumentError


def as_integer(value: Any, name: str, *, at_least: int, note: str = "") -> int:
    """Return an argument as a Python integer: 1000, `np.int64(1000)` and 1000.0 are the same.

    Args:
        value: What was given.
        name: The argument's name.
        at_least: The smallest value allowed.
        note: What else is allowed, or why; it follows what is expected in the message.

    Raises:
        ArgumentError: It is no whole number, a bool, or too small.

    Example:
        >>> from textseq.compute.integers import as_integer
        >>> as_integer(1000.0, "num_words", at_least=0)
        1000
    """
    finite = isinstance(value, Real) and (isinstance(value, Integral) or math.isfinite(value))
    whole = finite and value == int(value) and not isinstance(value, bool)
    if not whole and (finite or not isinstance(value, Real)):
        raise ArgumentError(f"`{name}` must be an integer{note}. Received: {value!r}.")
    if not whole or value < at_least:
        raise ArgumentError(f"`{name}` must be {at_least} or more{note}. Received: {value!r}.")
    return int(value)
