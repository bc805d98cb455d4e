"""Series are packed as they are: other series, other lengths and padding change nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.errors import ArgumentError
from textseq.series.data import Scaler, SeriesData, as_series


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 4), st.booleans(), st.data()
)
def test_steps_are_the_rows_of_each_series(sizes, patch, anchored, data):
    random = np.random.default_rng(0)
    series = [random.normal(size=(n, 2)).astype("float32") for n in sizes]
    which = np.array(data.draw(st.permutations(range(len(sizes)))))
    packed = SeriesData.of(series, np.zeros(len(sizes)), patch=patch, anchored=anchored)
    x, starts, order = packed.pack(which)
    assert sorted(order) == sorted(which)
    steps = packed.lengths[order]
    assert [*steps] == sorted(steps, reverse=True)
    for place, i in enumerate(order):
        found = np.concatenate(
            [x[starts[t] + place].reshape(patch, 2) for t in range(steps[place])]
        )
        missing = len(found) - sizes[i]
        assert 0 <= missing < patch
        expected = np.concatenate([series[i][:1].repeat(missing, axis=0), series[i]])
        np.testing.assert_array_equal(found, expected - anchored * series[i][-1])


def test_what_is_read_as_series():
    assert [each.shape for each in as_series(np.zeros((2, 3, 4)), single=True)] == [(3, 4)] * 2
    assert [each.shape for each in as_series(np.zeros((3, 4)), single=True)] == [(3, 4)]
    assert [each.shape for each in as_series([1, 2, 3], single=True)] == [(3, 1)]
    assert [each.shape for each in as_series(np.zeros((3, 4)), single=False)] == [(4, 1)] * 3
    assert [each.shape for each in as_series([[1, 2], [3]], single=False)] == [(2, 1), (1, 1)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 2], r"`X` must be time series: .*shape \(2,\)"),
        ("text", "`X` must be time series"),
        ([[[1, 2]], [[1]]], r"X\[1\] has 1, and X\[0\] 2"),
        ([[[1]], [[1], [np.nan]]], r"`X\[1\]` must be numbers, and row 1, column 0 is nan"),
        ([[1], []], r"`X\[1\]` must be one time series"),
    ],
)
def test_what_is_none_is_refused(values, message):
    with pytest.raises(ArgumentError, match=message):
        as_series(values, single=False)


def test_the_scaler_is_that_of_the_rows_it_was_fitted_to():
    rows = np.random.default_rng(0).normal(5, 3, size=(100, 2)) * [1, 0] + [1e6, 7]
    scaler = Scaler.fit([rows[:30], rows[30:]])
    np.testing.assert_allclose(scaler.mean, rows.mean(axis=0), rtol=1e-6)
    scaled = scaler.apply(rows)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 0], atol=1e-4)
    np.testing.assert_allclose(scaled[:, 1], 0, atol=1e-6)
