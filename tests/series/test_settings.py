"""Settings of networks on time series."""

import pytest

from textseq.errors import ArgumentError
from textseq.series.settings import ForecastSettings, SeriesSettings


def test_a_step_is_a_fourteenth_of_the_window():
    assert [ForecastSettings(window=w).rows_per_step for w in (5, 20, 28, 336)] == [1, 1, 2, 24]
    assert ForecastSettings(window=336, patch=48).rows_per_step == 48


@pytest.mark.parametrize(
    ("windows", "epochs", "patience"), [(100_000, 12, 3), (1_600, 32, 4), (100, 60, 7), (0, 60, 7)]
)
def test_few_windows_are_passed_over_more_often(windows, epochs, patience):
    found = ForecastSettings().for_windows(windows)
    assert (found.epochs, found.patience) == (epochs, patience)


def test_epochs_that_are_given_stay():
    given = ForecastSettings(epochs=5)
    assert given.for_windows(10) is given


def test_names_are_checked():
    with pytest.raises(ArgumentError, match="`pooling` must be one of attention, last"):
        SeriesSettings(pooling="sum")
    with pytest.raises(ArgumentError, match="`input_dropout` must be from 0 to below 1"):
        SeriesSettings(input_dropout=1)
