"""Windows are views, in order of time, within groups; gaps and missing values are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.errors import ArgumentError
from textseq.sequences import windows
from textseq.sequences.time_windows import check_times

HOURS = np.arange("2026-01-01T00", "2026-01-02T00", dtype="datetime64[h]")


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(1, 3),
)
def test_windows_are_the_rows_of_each_group(sizes, window, horizon, stride):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    values = np.stack([np.arange(len(groups)), groups], axis=1)
    expected = [
        i
        for k, size in enumerate(sizes)
        for i in range(sum(sizes[:k]), sum(sizes[: k + 1]) - window - horizon + 1, stride)
    ]
    if not expected:
        with pytest.raises(ArgumentError, match="the longest group has"):
            windows(values, window, horizon, stride=stride, groups=groups)
        return
    x, y, rows = windows(values, window, horizon, stride=stride, groups=groups, target=0)
    assert [i - window for i in rows] == expected
    np.testing.assert_array_equal(x[:, :, 0], np.array(expected)[:, None] + np.arange(window))
    np.testing.assert_array_equal(y, rows[:, None] + np.arange(horizon))
    assert (x[:, :, 1] == x[:, :1, 1]).all()


def test_nothing_is_copied():
    values = np.random.default_rng(0).normal(size=(100, 3))
    x, y, _ = windows(values, 10, 5, stride=2, target=1)
    assert np.shares_memory(x, values)
    assert np.shares_memory(y, values)


def test_targets_are_columns():
    values = np.arange(12).reshape(6, 2)
    assert windows(values, 3, 2).y.shape == (2, 2, 2)
    assert windows(values, 3, 2, target=-1).y.tolist() == [[7, 9], [9, 11]]
    assert windows(values, 3, 2, target=[1]).y.shape == (2, 2, 1)
    with pytest.raises(ArgumentError, match="a column from 0 to 1. Received: 2"):
        windows(values, 3, target=2)


@given(st.integers(1, 5), st.integers(1, 4), st.lists(st.integers(1, 29), max_size=3).map(sorted))
def test_parts_have_no_target_in_common(window, horizon, cuts):
    whole = windows(range(30), window, horizon)
    cuts = [cut for cut in cuts if cut > window]
    parts = whole.split(*cuts)
    bounds = [0, *cuts, 30]
    for part, start, end in zip(parts, bounds, bounds[1:], strict=False):
        rows = [i for i in whole.rows if start <= i and i + horizon <= end]
        assert part.rows.tolist() == rows
        assert part.y[:, :, 0].tolist() == [[*range(i, i + horizon)] for i in rows]


def test_the_cuts_rise():
    with pytest.raises(ArgumentError, match=r"must rise, up to the last of them, 9.*\(7, 5\)"):
        windows(range(9), 2).split(7, 5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 2, None, 4], "row 2, column 0 is None; fill it in"),
        ([[1, 2], [3, np.inf]], "row 1, column 1 is inf"),
        ([[1, "2"], [3, "x"]], "row 1, column 1 is x"),
        (np.zeros((2, 2, 2)), r"one time series.*shape \(2, 2, 2\)"),
        ([], "one time series"),
        ([[1], [1, 2]], "`values` must be an array: its rows differ in length"),
    ],
)
def test_what_is_missing_is_refused_with_its_row(values, message):
    with pytest.raises(ArgumentError, match=message):
        windows(values, 1)


def test_strings_of_digits_are_numbers():
    assert windows(["1", "2.5"], 1).y.tolist() == [[[2.5]]]


def test_times_rise_by_one_step():
    assert len(windows(np.arange(24), 3, times=HOURS).x) == 21
    assert len(windows(np.arange(24), 3, times=HOURS.astype(int) * 5).x) == 21
    months = np.arange("2025-01", "2026-01", dtype="datetime64[M]").astype("datetime64[D]")
    assert len(windows(np.arange(12), 3, times=months + 14).x) == 9


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (
            np.delete(HOURS, 7),
            "Row 7 of `times`, 2026-01-01 08:00:00, .*step of 1 hour on.*06:00:00; fill",
        ),
        (np.insert(HOURS, 7, HOURS[6]), "Row 7 .*is not later than.*sort the rows by time"),
        (HOURS[::-1], "Row 1 .*is not later than"),
        (HOURS.astype(str), "must be dates of NumPy's"),
        (np.array([1.0, 2.0, 3.5, 4.5]), "Row 2 of `times`, 3.5"),
    ],
)
def test_a_gap_in_time_is_refused_with_its_row(times, message):
    with pytest.raises(ArgumentError, match=message):
        windows(np.arange(len(times)), 2, times=times)


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ("7D", "7 days"),
        ("1h", "1 hour"),
        ("90m", "90 minutes"),
        ("24h", "1 day"),
        ("5ms", "5000 microseconds"),
    ],
)
def test_steps_are_shown_in_words(step, shown):
    count, unit = int("".join(filter(str.isdigit, step))), step.lstrip("0123456789")
    times = np.datetime64("2026-01-01", "us") + np.array([0, 1, 2, 4]) * np.timedelta64(count, unit)
    with pytest.raises(ArgumentError, match=f"Row 3 .*at the usual step of {shown}"):
        check_times(times)


def test_following_the_advice_on_a_gap_works():
    times = np.delete(HOURS, 7)
    parts = np.cumsum(np.r_[0, np.diff(times) != np.diff(HOURS)[0]])
    assert len(windows(np.arange(23), 3, groups=parts, times=times).x) == 4 + 13


def test_times_of_groups_are_each_their_own():
    groups = np.repeat(["a", "b"], 24)
    assert len(windows(np.arange(48), 3, groups=groups, times=np.tile(HOURS, 2)).x) == 42


def test_groups_are_in_one_piece():
    with pytest.raises(ArgumentError, match="Row 4 goes on with the group a.*sort the rows"):
        windows(np.arange(6), 1, groups=[*"aabbab"])
    with pytest.raises(ArgumentError, match="an entry for each of 3 rows"):
        windows(np.arange(3), 1, groups=["a"])
