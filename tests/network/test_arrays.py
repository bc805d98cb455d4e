import numpy as np
import pytest

from textseq.network import arrays
from textseq.network.arrays import is_finite


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("where", [0, 6, 11])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_one_number_that_is_not_finite_is_found(monkeypatch, dtype, where, value):
    monkeypatch.setattr(arrays, "_PART", 5)
    array = np.full(12, np.finfo(dtype).min, dtype).reshape(3, 4)
    assert is_finite(array)
    assert is_finite(array.T)
    array.flat[where] = value
    assert not is_finite(array)
    assert not is_finite(array.T)


def test_no_number_at_all_is_finite():
    assert is_finite(np.empty((0, 3), "float16"))
    assert is_finite(np.empty((0, 3), "float32"))
