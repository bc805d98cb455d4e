"""Numbers of any type that mean an integer are one; what means none is named."""

import numpy as np
import pytest

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError


@pytest.mark.parametrize("kind", [int, float, np.int8, np.int64, np.uint16, np.float32, np.float64])
def test_whole_numbers(kind):
    number = as_integer(kind(7), "n", at_least=0)
    assert (number, type(number)) == (7, int)
    assert as_integer(10**400, "n", at_least=0) == 10**400


@pytest.mark.parametrize("value", [1.5, True, np.True_, "7", None, [7], np.array([7]), 1j, b"7"])
def test_what_is_no_integer(value):
    with pytest.raises(ArgumentError, match=r"`n` must be an integer, or None\. Received: "):
        as_integer(value, "n", at_least=0, note=", or None")


@pytest.mark.parametrize("value", [0, -1, -1.0, float("nan"), float("inf"), -float("inf")])
def test_what_is_out_of_range(value):
    with pytest.raises(ArgumentError, match=rf"`n` must be 1 or more\. Received: {value}"):
        as_integer(value, "n", at_least=1)
