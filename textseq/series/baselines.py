"""What a forecast must be better than: persistence, the seasonal naive forecast, and ridge.

persistence        the last value, again and again
seasonal naive     the last season, again and again
ridge              linear in the window minus its last row: all steps at once
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray
from textseq.series.data import SeriesData

ALPHAS = tuple(10.0**k for k in range(6))
"""Penalties of ridge regression, of which validation chooses."""

_PART = 2_048  # windows at a time

Scores = dict[str, float]


def seasonal_naive(history: AnyArray, horizon: int, season: int = 1) -> AnyArray:
    """Return the last season of each history, repeated: (windows, horizon).

    Args:
        history: The target's values: (windows, window).
        horizon: Rows to forecast.
        season: Rows in a season; 1 is persistence.

    Example:
        >>> import numpy as np
        >>> from textseq.series.baselines import seasonal_naive
        >>> seasonal_naive(np.array([[1, 2, 3, 4]]), 5, season=3).tolist()
        [[2, 3, 4, 2, 3]]
    """
    season = min(season, history.shape[1])
    return history[:, history.shape[1] - season + np.arange(horizon) % season]


def season_error(values: AnyArray, season: int) -> float:
    """Return the mean absolute error of repeating the season before, by which MASE divides."""
    season = min(season, len(values) - 1)
    return float(np.abs(values[season:] - values[:-season]).mean()) if season > 0 else 0.0


def forecast_scores(truth: AnyArray, forecast: AnyArray, scale: float) -> Scores:
    """Return the errors of forecasts: MSE, RMSE, MAE, and MASE (Hyndman and Koehler 2006).

    Args:
        truth: The values: (windows, horizon).
        forecast: The same, forecast.
        scale: The error of a naive forecast on training rows; see `season_error`.

    Example:
        >>> import numpy as np
        >>> from textseq.series.baselines import forecast_scores
        >>> forecast_scores(np.array([[1.0, 2.0]]), np.array([[1.0, 4.0]]), scale=2.0)
        {'mse': 2.0, 'rmse': 1.4142135623730951, 'mae': 1.0, 'mase': 0.5}
    """
    error = np.asarray(forecast, np.float64) - truth
    mse, mae = float(np.square(error).mean()), float(np.abs(error).mean())
    return {"mse": mse, "rmse": mse**0.5, "mae": mae, "mase": mae / scale if scale else np.inf}


def scores_for_json(ways: Mapping[str, Scores]) -> dict[str, dict[str, float | None]]:
    """Return the errors of each way to forecast, None where there is none, as JSON has no infinity.

    Example:
        >>> from textseq.series.baselines import scores_for_json
        >>> scores_for_json({"ridge": {"mae": 0.5, "mase": float("inf")}})
        {'ridge': {'mae': 0.5, 'mase': None}}
    """
    return {
        way: {name: value if np.isfinite(value) else None for name, value in found.items()}
        for way, found in ways.items()
    }


@dataclass(frozen=True)
class Ridge:
    """Ridge regression from a window minus its last row to the targets minus the last target.

    Args:
        kernel: float32, (window * features, horizon).
        bias: (horizon,).
    """

    kernel: FloatArray
    bias: FloatArray

    @classmethod
    def fit(cls, training: SeriesData, validation: SeriesData) -> Ridge:
        """Return the regression of which the error on the validation windows is smallest."""
        size = int(training.sizes[0]) * training.table.shape[1]
        moments, products = np.zeros((size, size)), np.zeros((size, training.targets.shape[1]))
        x_sum, y_sum = np.zeros(size), np.zeros(training.targets.shape[1])
        for x, y in _parts(training):
            moments += x.T @ x
            products += x.T @ y
            x_sum += x.sum(axis=0)
            y_sum += y.sum(axis=0)
        count = len(training.begins)
        x_mean, y_mean = x_sum / count, y_sum / count
        moments -= count * np.outer(x_mean, x_mean)
        products -= count * np.outer(x_mean, y_mean)
        values, vectors = np.linalg.eigh(moments)
        turned, best, found = vectors.T @ products, np.inf, None
        for alpha in ALPHAS:
            kernel = vectors @ (turned / (values.clip(0) + alpha)[:, None])
            ridge = cls(kernel.astype(np.float32), (y_mean - x_mean @ kernel).astype(np.float32))
            error = float(np.square(ridge.predict(validation) - validation.targets).mean())
            if error < best or found is None:
                best, found = error, ridge
        assert found is not None  # noqa: S101  (there are penalties)
        return found

    def predict(self, data: SeriesData) -> FloatArray:
        """Return the forecasts: (windows, horizon)."""
        found = [x @ self.kernel + self.bias for x, _ in _parts(data, np.float32)]
        return np.concatenate(found).astype(np.float32)


def _parts(
    data: SeriesData, dtype: type[np.floating] = np.float64
) -> Iterator[tuple[AnyArray, AnyArray]]:
    """Yield windows, each in one row, and their targets."""
    whole = replace(data, patch=int(data.sizes[0]))
    for first in range(0, len(data.begins), _PART):
        which = np.arange(first, min(first + _PART, len(data.begins)))
        x, _, order = whole.pack(which)
        yield x.astype(dtype), data.targets[order].astype(dtype)
