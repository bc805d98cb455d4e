from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from textseq.tasks.intervals import Interval, folds_interval, t_quantile, wilson_interval


@given(st.integers(1, 100_000), st.floats(0, 1))
def test_the_interval_of_an_accuracy_is_that_of_scipy(total, share):
    right = round(share * total)
    expected = stats.binomtest(right, total).proportion_ci(method="wilson")
    found = wilson_interval(right, total)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= found.low <= right / total <= found.high <= 1


def test_an_accuracy_of_no_texts_may_be_anything():
    assert wilson_interval(0, 0) == (0, 1)
    assert str(Interval(0.5, 1)) == "50.0% to 100.0%"


@pytest.mark.parametrize("freedom", [*range(1, 30), 99, 1_000])
def test_quantiles_of_t_are_those_of_scipy(freedom):
    assert t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=2e-3)


def test_the_interval_of_folds_holds_the_mean_and_wilsons():
    random = np.random.default_rng(0)
    for folds in range(2, 12):
        right = random.integers(60, 100, folds)
        total = 100 * folds
        found = folds_interval((right / 100).tolist(), int(right.sum()), total)
        narrow = wilson_interval(int(right.sum()), total)
        assert 0 <= found.low <= narrow.low < narrow.high <= found.high <= 1


def test_folds_of_a_coin_are_as_sure_as_they_claim():
    """Where accuracies scatter by chance alone, nine in ten intervals and more hold the truth."""
    random = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        right = random.binomial(60, 0.8, 5)
        found = folds_interval((right / 60).tolist(), int(right.sum()), 300)
        held += found.low <= 0.8 <= found.high
    assert held / 400 > 0.94
