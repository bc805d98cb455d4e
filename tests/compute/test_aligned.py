import numpy as np
import pytest
import tensorflow as tf

from textseq.compute.aligned import ALIGNMENT, aligned, is_aligned


@pytest.mark.parametrize("shape", [(1,), (3, 5), (16, 33, 100)])
def test_begins_where_it_should(shape):
    array = aligned(shape)
    assert array.shape == shape
    assert array.ctypes.data % ALIGNMENT == 0
    assert is_aligned(array)


def test_tensorflow_reads_it_where_it_is():
    array = aligned((2, 3))
    array[:] = 1
    tensor = tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    array[1, 2] = 7
    assert tensor.numpy()[1, 2] == 7


@pytest.mark.parametrize(
    "array",
    [
        aligned((4, 32))[:, 1:],
        aligned((4, 4)).T,
        aligned((4, 4))[1:, :],
        np.zeros(4),
        np.zeros(4, np.int32),
        [1.0],
        np.broadcast_to(aligned((1, 16)), (4, 16)),
    ],
)
def test_others_are_not(array):
    assert not is_aligned(array)
