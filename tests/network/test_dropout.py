"""Dropout: how much, where, and whether one step's mask tells anything of the next one's."""

import numpy as np
import pytest

from textseq.network.dropout import Dropout

ONES = np.ones((64, 50, 40), np.float32)


def mask(layer):
    return layer(ONES, training=True).numpy() == 0


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.9])
def test_the_share_that_is_dropped_and_what_is_left(rate):
    layer = Dropout(rate, seed=1)
    out = layer(ONES, training=True).numpy()
    assert set(np.unique(out)) == {np.float32(0), np.float32(1) / np.float32(1 - rate)}
    # Five standard deviations of that many draws.
    assert abs((out == 0).mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / out.size)


def test_outside_training_and_without_a_rate_nothing_is_dropped():
    assert Dropout(0.5)(ONES, training=False) is not None
    np.testing.assert_array_equal(Dropout(0.5)(ONES, training=False), ONES)
    np.testing.assert_array_equal(Dropout(0.0)(ONES, training=True), ONES)


def test_masks_of_two_steps_and_of_neighbours_are_not_correlated():
    layer = Dropout(0.5, seed=3)
    first, second = mask(layer), mask(layer)
    pairs = [
        (first, second),
        (first[:, :, 1:], first[:, :, :-1]),
        (first[:, 1:], first[:, :-1]),
        (first[1:], first[:-1]),
    ]
    for one, other in pairs:
        correlation = np.corrcoef(one.ravel(), other.ravel())[0, 1]
        assert abs(correlation) < 5 / np.sqrt(one.size)


def test_the_seed_repeats_it():
    np.testing.assert_array_equal(mask(Dropout(0.3, seed=7)), mask(Dropout(0.3, seed=7)))
    assert (mask(Dropout(0.3, seed=7)) != mask(Dropout(0.3, seed=8))).any()
