"""Forecasting: the past decides, the rows after it choose, and the future moves nothing."""

import numpy as np
import pytest

from textseq.errors import ArgumentError
from textseq.series import SequenceForecaster
from textseq.series.data import SeriesData, as_series
from textseq.series.fit import _best_share, _cuts, evaluate, fit_forecaster
from textseq.series.settings import ForecastSettings

TINY = {"units": 4, "epochs": 2, "networks": 1}


def test_the_future_does_not_move_the_past(wave):
    """Scaler, ridge and networks see training rows only, and forecasts the rows before them."""
    changed = wave.copy()
    changed[240:] = changed[240:] * 50 - 1000  # the validation rows
    settings = ForecastSettings(window=20, horizon=5, **TINY)
    one, other = (fit_forecaster(settings, [rows]).model for rows in (wave, changed))
    np.testing.assert_array_equal(one.scaler.mean, other.scaler.mean)
    np.testing.assert_array_equal(one.scaler.deviation, other.scaler.deviation)
    assert one.about["scale"] == other.about["scale"]


def test_networks_are_those_of_the_training_rows(wave, monkeypatch):
    """With all epochs of equal rank, validation rows only choose."""
    equal = {"loss": 0.0, "mse": 0.0}
    monkeypatch.setattr("textseq.series.trainable.SeriesTrainable.validate", lambda *_: equal)
    changed = wave.copy()
    changed[240:] += 5
    settings = ForecastSettings(window=20, horizon=5, **TINY)
    one, other = (fit_forecaster(settings, [rows]).model for rows in (wave, changed))
    for name, weight in one.networks[0].weights.items():
        np.testing.assert_array_equal(weight, other.networks[0].weights[name])


def test_a_forecast_depends_on_its_window_only(forecaster, wave):
    changed = wave.copy()
    changed[:-20] = 0
    np.testing.assert_array_equal(forecaster.predict(wave), forecaster.predict(changed))
    many = forecaster.predict([wave, wave[:100], wave[:77]])
    assert many.shape == (3, 5)
    for found, rows in zip(many, (wave, wave[:100], wave[:77]), strict=True):
        np.testing.assert_allclose(forecaster.predict(rows)[0], found, atol=1e-4)


def test_a_wave_is_forecast(wave):
    """Better than both naive forecasts."""
    settings = {"window": 42, "horizon": 7, "season": 21, "epochs": 10, "networks": 1}
    scores = SequenceForecaster(**settings).fit(wave[:250]).evaluate(wave, first=250)
    assert scores["textseq"]["mase"] < 0.9
    assert scores["textseq"]["mse"] < scores["seasonal naive"]["mse"] < scores["persistence"]["mse"]


def test_what_is_evaluated_is_what_predict_returns(forecaster, wave):
    found = evaluate(forecaster.model_, as_series(wave, single=True), [250])
    assert found.rows.tolist() == [*range(250, 296)]
    for place in (0, 17, 45):
        row = found.rows[place]
        np.testing.assert_allclose(found.truth[place], wave[row : row + 5, 0], rtol=1e-4)
        forecast = forecaster.predict(wave[:row])[0]
        np.testing.assert_allclose(found.forecasts["textseq"][place], forecast, rtol=1e-4)
        last = np.full(5, wave[row - 1, 0])
        np.testing.assert_allclose(found.forecasts["persistence"][place], last, rtol=1e-4)
        season = wave[row - 20 : row - 15, 0]  # of 21 rows, the window has 20
        np.testing.assert_allclose(found.forecasts["seasonal naive"][place], season, rtol=1e-4)


def test_the_share_is_the_mean_of_what_is_best_in_parts_of_the_time():
    truth = np.repeat([0.0, 1.0, 0.25, 7.0], 5)[:, None]
    data = SeriesData(np.zeros((1, 1)), np.zeros(20), np.zeros(20), truth)
    networks, ridge = np.ones((20, 1), "float32"), np.zeros((20, 1), "float32")
    assert _best_share(networks, ridge, data) == (0 + 1 + 0.25 + 1) / 4
    assert _best_share(ridge, ridge, data) == 1


def test_several_series_are_learned_together(wave):
    forecaster = SequenceForecaster(window=20, horizon=5, **TINY)
    forecaster.fit([wave[:150], wave[150:], wave[:90] * 2])
    assert forecaster.predict([wave[:30], wave[:40]]).shape == (2, 5)
    scores = forecaster.evaluate([wave[:50], wave[:25]], first=20)
    assert set(scores) == {"persistence", "ridge", "networks", "textseq"}


def test_parts_of_a_series_are_split_by_time(wave):
    """The last rows of a series validate, not the last ones of each part."""
    settings = ForecastSettings(window=20, horizon=5, **TINY)
    parts = [wave[:100], wave[100:230], wave[230:270], wave[270:]]
    assert _cuts(parts, ["a"] * 4, settings) == [100, 130, 10, 0]
    assert _cuts(parts, [*"aabb"], settings) == [100, 84, 40, 16]
    one, other = wave.copy(), wave.copy()
    other[240:] += 100
    models = [
        fit_forecaster(settings, [x[:100], x[100:260], x[260:]], names=["a"] * 3).model
        for x in (one, other)
    ]
    np.testing.assert_array_equal(models[0].scaler.mean, models[1].scaler.mean)


def test_networks_alone(wave):
    forecaster = SequenceForecaster(window=20, horizon=2, ridge=False, **TINY).fit(wave)
    assert set(forecaster.validation_) == {"persistence", "textseq"}
    assert forecaster.model_.ridge is None


def test_seeds_repeat(wave):
    settings = {"window": 20, "horizon": 2, "target": 1, "ridge": False, **TINY}
    one, same, other = (
        SequenceForecaster(seed=seed, **settings).fit(wave).predict(wave) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("settings", "rows", "message"),
    [
        ({"window": 400}, 300, "no window of 400 rows and a horizon of 5 before the validation"),
        ({"window": 20, "validation_fraction": 0.99}, 300, "before the validation rows"),
        ({"window": 20, "target": 2}, 300, "`target` must be a column from 0 to 1. Received: 2"),
        ({"window": 0}, 300, "`window` must be 1 or more"),
        ({"validation_fraction": 0}, 300, "`validation_fraction` must be from 0.01 to below 1"),
        ({"cell": "rnn"}, 300, "`cell` must be one of"),
        ({"pooling": "first"}, 300, "`pooling` must be one of"),
    ],
)
def test_what_cannot_be_learned_is_refused(settings, rows, message, wave):
    with pytest.raises(ArgumentError, match=message):
        SequenceForecaster(**{"horizon": 5, **TINY, **settings}).fit(wave[:rows])


def test_histories_that_are_too_short_or_other_are_refused(forecaster, wave):
    with pytest.raises(ArgumentError, match=r"the last 20 rows, and X\[1\] has 19"):
        forecaster.predict([wave, wave[:19]])
    with pytest.raises(ArgumentError, match="the 2 features.*Received: 1"):
        forecaster.predict(wave[:, 0])
    with pytest.raises(ArgumentError, match="nothing to evaluate.*need 25 rows.*has 24"):
        forecaster.evaluate(wave[:24])
