"""The forecasts to beat, and the errors by which."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge as SklearnRidge

from textseq.series import baselines
from textseq.series.baselines import Ridge, forecast_scores, season_error, seasonal_naive
from textseq.series.data import SeriesData


def windows(count, window=6, horizon=3):
    random = np.random.default_rng(count)
    table = random.normal(size=(count + window + horizon, 2)).astype("float32")
    begins = np.arange(count)
    targets = table[begins[:, None] + np.arange(window, window + horizon), 0]
    return SeriesData(table, begins, np.full(count, window), targets, 4, anchored=True)


def test_ridge_is_that_of_scikit_learn(monkeypatch):
    monkeypatch.setattr(baselines, "ALPHAS", (7.0,))
    monkeypatch.setattr(baselines, "_PART", 13)
    data, other = windows(50), windows(40)
    ridge = Ridge.fit(data, other)

    def flat(data):
        rows = data.begins[:, None] + np.arange(6)
        x = data.table[rows] - data.table[data.begins + 5][:, None]
        return x.reshape(len(x), -1)

    expected = SklearnRidge(alpha=7.0).fit(flat(data), data.targets).predict(flat(other))
    np.testing.assert_allclose(ridge.predict(other), expected, atol=1e-5)


def test_the_penalty_is_the_best_on_the_validation_windows():
    noise, other = windows(60), windows(400)
    weak, strong = (_error(noise, other, alpha) for alpha in (1.0, 1e5))
    chosen = np.square(Ridge.fit(noise, other).predict(other) - other.targets).mean()
    assert chosen <= min(weak, strong)


def _error(data, other, alpha):
    before, baselines.ALPHAS = baselines.ALPHAS, (alpha,)
    try:
        return np.square(Ridge.fit(data, other).predict(other) - other.targets).mean()
    finally:
        baselines.ALPHAS = before


def test_naive_forecasts_repeat():
    history = np.array([[1, 2, 3], [4, 5, 6]])
    assert seasonal_naive(history, 2).tolist() == [[3, 3], [6, 6]]
    assert seasonal_naive(history, 3, season=2).tolist() == [[2, 3, 2], [5, 6, 5]]
    assert seasonal_naive(history, 2, season=9).tolist() == [[1, 2], [4, 5]]


def test_mase_is_one_for_the_naive_forecast_in_training():
    values = np.random.default_rng(0).normal(size=50)
    scale = season_error(values, 7)
    scores = forecast_scores(values[7:], values[:-7], scale)
    assert scores["mase"] == pytest.approx(1)
    assert scores["rmse"] == pytest.approx(scores["mse"] ** 0.5)
    assert season_error(values[:1], 7) == 0
    assert forecast_scores(values, values, 0)["mase"] == np.inf
