from __future__ import annotations

import subprocess
import sys

import numpy as np

from textseq.compute.compiled_late import compiled_late, tanh


@compiled_late
def map_tanh(values, out):
    """Write the tanh of each value to `out`."""
    for i in range(len(values)):
        out[i] = tanh(values[i])


def test_tanh_is_close_everywhere_and_exact_in_double_precision():
    values = np.linspace(-12, 12, 100_001)
    found = np.empty_like(values)
    map_tanh(values, found)
    np.testing.assert_allclose(found, np.tanh(values), atol=1e-15)
    single = np.empty(len(values), np.float32)
    map_tanh(values.astype("float32"), single)
    np.testing.assert_allclose(single, np.tanh(values), atol=5e-7)
    assert np.abs(single).max() <= 1


def test_tanh_lets_nothing_that_is_no_number_pass_unseen():
    found = np.empty(3, np.float32)
    map_tanh(np.array([np.nan, np.inf, -np.inf], np.float32), found)
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], [1, -1], atol=5e-7)


def test_numba_is_loaded_by_the_first_call_only():
    program = (
        "import sys; from textseq.network.cells.lstm import forward;"
        "print('numba' in sys.modules, forward.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "forward"], done.stderr
