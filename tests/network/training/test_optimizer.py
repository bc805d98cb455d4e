from __future__ import annotations

import keras
import numpy as np
import pytest

from textseq.network.training.adam_kernels import gather
from textseq.network.training.optimizer import LazyAdam

ROWS, DIMENSION, DENSE = 6, 3, 4
RANDOM = np.random.default_rng(0)


def numbers(*shape):
    return RANDOM.normal(size=shape).astype("float32")


@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_with_every_row_touched_it_equals_keras(clip_norm):
    dense, table = numbers(DENSE), numbers(ROWS, DIMENSION)
    ours = LazyAdam(dense, table, momentum=0.9, clip_norm=clip_norm)
    theirs = [keras.Variable(dense), keras.Variable(table[1:])]
    adam = keras.optimizers.Adam(0.01, global_clipnorm=clip_norm, use_ema=True, ema_momentum=0.9)
    adam.build(theirs)
    rows = np.arange(1, ROWS, dtype=np.int32).reshape(1, -1, 1)
    for _ in range(5):
        by_dense, by_vectors = numbers(DENSE), numbers(1, ROWS - 1, DIMENSION)
        ours.update(0.01, by_dense, rows, by_vectors)
        adam.apply([by_dense, by_vectors[0]], theirs)
    np.testing.assert_allclose(ours.dense.values[0], theirs[0], atol=1e-6)
    np.testing.assert_allclose(ours.table.values[1:], theirs[1], atol=1e-6)
    np.testing.assert_array_equal(ours.table.values[0], table[0])
    average, averages = ours.averaged()
    for got, want in zip(
        [average, averages[1:]], adam._model_variables_moving_average, strict=True
    ):
        np.testing.assert_allclose(got, want, atol=1e-6)


def test_the_lazy_average_equals_one_that_is_followed_in_each_step():
    ours = LazyAdam(numbers(DENSE), numbers(ROWS, DIMENSION), momentum=0.8)
    expected = None
    for step in range(12):
        rows = RANDOM.integers(0, ROWS, size=(1, 2, 2)).astype(np.int32)
        ours.update(0.1, numbers(DENSE), rows, numbers(1, 2, DIMENSION))
        now = ours.table.values
        expected = now.copy() if step == 0 else 0.8 * expected + 0.2 * now
    np.testing.assert_allclose(ours.averaged()[1], expected, atol=1e-5)


def test_rows_are_summed_and_so_are_their_gradients():
    ours = LazyAdam(numbers(DENSE), numbers(ROWS, DIMENSION))
    rows = np.array([[[2, 5], [2, 0], [0, 0]]], np.int32)
    table = ours.table.values
    vectors = np.empty((1, 3, DIMENSION), np.float32)
    gather(ours.table.rows, rows, vectors)
    expected = [table[2] + table[5], table[2], np.zeros(DIMENSION)]
    np.testing.assert_allclose(vectors[0], expected, atol=1e-6)
    by = numbers(1, 3, DIMENSION)
    for _ in range(2):  # what one call leaves behind does not disturb the next
        touched, sums = ours._rows_gradient(rows, by)
        assert touched.tolist() == [2, 5]
        np.testing.assert_allclose(sums, [by[0, 0] + by[0, 1], by[0, 0]], atol=1e-6)


def test_untouched_rows_rest():
    ours = LazyAdam(numbers(DENSE), numbers(ROWS, DIMENSION))
    before = ours.table.values.copy()
    for _ in range(3):
        ours.update(0.1, numbers(DENSE), np.array([[[3]]], np.int32), numbers(1, 1, DIMENSION))
    moved = (ours.table.values != before).any(axis=1)
    assert np.flatnonzero(moved).tolist() == [3]


def test_a_frozen_table_stays_and_the_rest_moves():
    ours = LazyAdam(numbers(DENSE), None, clip_norm=1.0)
    before = ours.dense.values.copy()
    ours.update(0.1, numbers(DENSE))
    assert (ours.dense.values != before).all()
    assert ours.averaged()[1] is None
