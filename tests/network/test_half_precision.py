import numpy as np

from textseq.compute.compiled import compiled
from textseq.network.half_precision import as_bits, widened


@compiled
def widen_all(numbers, out):
    for i in range(len(numbers)):
        out[i] = widened(numbers[i])


def test_every_finite_half_is_widened_as_numpy_does():
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves)]
    out = np.empty(len(halves), np.float32)
    widen_all(as_bits(halves), out)
    np.testing.assert_array_equal(out.view(np.uint32), halves.astype(np.float32).view(np.uint32))


def test_a_float32_stays_as_it_is():
    numbers = np.array([0.1, -3e38], np.float32)
    out = np.empty(2, np.float32)
    widen_all(as_bits(numbers), out)
    np.testing.assert_array_equal(out, numbers)
