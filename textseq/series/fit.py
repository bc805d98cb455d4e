"""Training on time series: the past is fitted to, the rows after it decide, none of them shuffled.

rows  ------------------------------|-----------------------------
      training windows: all their    validation windows: their
      rows are here; the scaler      targets are here, and what they
                                     are forecast from may lie before
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.network.arrays import AnyArray, FloatArray
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.training.networks import TrainedWeights
from textseq.network.training.observers import Observer
from textseq.series.baselines import (
    Ridge,
    Scores,
    forecast_scores,
    scores_for_json,
    season_error,
    seasonal_naive,
)
from textseq.series.data import Scaler, SeriesData
from textseq.series.model import CLASSIFIER, FORECASTER, SeriesModel, new_network
from textseq.series.settings import ForecastSettings, SeriesSettings
from textseq.series.trainable import SeriesTrainable
from textseq.tasks.training import Trained, fit_networks, train_val_split

PARTS = 4
"""Parts of the validation windows, for each of which the best share of the networks is found."""


@dataclass(frozen=True)
class Watching:
    """Who watches a training, and where its state is kept; see `SequenceForecaster.fit`."""

    observers: Sequence[Observer] = ()
    checkpoint: StrPath | None = None


@dataclass(frozen=True)
class Evaluation:
    """Forecasts of windows beside what came.

    Args:
        rows: The row of each window's first target, in all series one after the other: (windows,).
        truth: What came: (windows, horizon).
        forecasts: What was forecast, by the name of the way: `"textseq"` is the model's.
        scale: What MASE divides by.
    """

    rows: AnyArray
    truth: AnyArray
    forecasts: dict[str, AnyArray]
    scale: float

    @property
    def scores(self) -> dict[str, Scores]:
        """The errors of each way to forecast; see `forecast_scores`."""
        ways = self.forecasts.items()
        return {name: forecast_scores(self.truth, found, self.scale) for name, found in ways}


@dataclass(frozen=True, eq=False)
class TrainedForecaster(Trained[SeriesModel]):
    """A trained forecaster, and its forecasts of the validation windows."""

    evaluation: Evaluation = field(kw_only=True)


def fit_series_networks(
    settings: SeriesSettings,
    task: str,
    training: SeriesData,
    validation: SeriesData | None,
    outputs: int,
    watching: Watching,
) -> tuple[list[PackedNetwork], TrainedWeights]:
    """Return trained networks, and how their training went."""
    empty = new_network(settings, task)
    sizes = {"dimension": training.patch * training.table.shape[1], "units": settings.units}

    def build(seed: int) -> SeriesTrainable:
        network = empty.start(np.random.default_rng(seed), outputs=outputs, **sizes)
        return SeriesTrainable(network, training, settings.dropout, settings.input_dropout)

    trained = fit_networks(
        build, settings, training, validation,
        observers=watching.observers, checkpoint=watching.checkpoint,
    )  # fmt: skip
    return [empty.with_weights(each) for each in trained.weights], trained


def fit_series(
    settings: SeriesSettings,
    task: str,
    series: Sequence[AnyArray],
    answers: AnyArray,
    watching: Watching,
) -> Trained[SeriesModel]:
    """Train on whole series; a part of them, drawn by the seed, validates if that was asked for.

    Args:
        settings: The settings.
        task: `"classifier"` or `"regressor"`.
        series: Each (time, features).
        answers: The label of each, (series,), or its numbers, (series, outputs).
        watching: Who watches.
    """
    learned, held = train_val_split(len(series), settings)
    classes = scale = None
    targets: AnyArray
    if task == CLASSIFIER:
        classes, targets = np.unique(answers, return_inverse=True)
    else:
        scale = Scaler.fit([answers[learned]])
        targets = scale.apply(answers)
    scaler = Scaler.fit([series[i] for i in learned])
    parts = [
        SeriesData.of(
            [scaler.apply(series[i]) for i in which], targets[which], patch=settings.patch or 1
        )
        for which in (learned, held)
        if len(which)
    ]
    outputs = targets.shape[1] if classes is None else len(classes)
    validation = parts[1] if len(held) else None
    networks, trained = fit_series_networks(settings, task, parts[0], validation, outputs, watching)
    settings = settings.replace(networks=len(networks))
    model = SeriesModel(task, settings, scaler, networks, classes, scale)
    return Trained(model, trained.histories, trained.interrupted)


def fit_forecaster(
    settings: ForecastSettings,
    series: Sequence[AnyArray],
    watching: Watching | None = None,
    about: dict[str, Any] | None = None,
    names: Sequence[str] | None = None,
) -> TrainedForecaster:
    """Train a forecaster.

    Args:
        settings: Its settings.
        series: Each (time, features).
        watching: Who watches.
        about: See `SeriesModel`.
        names: Series of one name are parts of one, in order of time; by default, each has its own.

    Raises:
        ArgumentError: There are too few rows, or no such column.
    """
    if settings.target >= series[0].shape[1]:
        raise ArgumentError(
            f"`target` must be a column from 0 to {series[0].shape[1] - 1}. Received: "
            f"{settings.target}."
        )
    cuts = _cuts(series, names or [str(i) for i in range(len(series))], settings)
    if not any(cuts):
        raise _no_window(settings, series, "before the validation rows")
    known = [each[:cut] for each, cut in zip(series, cuts, strict=True)]
    scaler = Scaler.fit(known)
    scaled = [scaler.apply(each) for each in series]
    training = _windows(scaled, [(0, cut) for cut in cuts], settings)
    validation = _windows(
        scaled, [(cut, len(each)) for each, cut in zip(scaled, cuts, strict=True)], settings
    )
    for data, what in ((training, "before the validation rows"), (validation, "to validate on")):
        if not len(data.begins):
            raise _no_window(settings, series, what)
    settings = settings.for_windows(len(training.begins))
    ridge = Ridge.fit(training, validation) if settings.ridge else None
    networks, trained = fit_series_networks(
        settings, FORECASTER, training, validation, settings.horizon, watching or Watching()
    )
    settings = settings.replace(networks=len(networks))
    model = SeriesModel(FORECASTER, settings, scaler, networks)
    if ridge is not None:
        share = _best_share(model.changes(validation), ridge.predict(validation), validation)
        model = replace(model, ridge=ridge, share=share)
    long = [each[:, settings.target] for each in known if len(each) > 1]
    scales = [season_error(each, settings.season) for each in long]
    model = replace(model, about={**(about or {}), "scale": float(np.mean(scales))})
    found = compare(model, validation)
    return TrainedForecaster(
        model,
        trained.histories,
        trained.interrupted,
        scores_for_json(found.scores),
        evaluation=found,
    )


def evaluate(model: SeriesModel, series: Sequence[AnyArray], firsts: Sequence[int]) -> Evaluation:
    """Forecast from all windows of which the targets lie in given rows.

    Args:
        model: A forecaster.
        series: Each (time, features).
        firsts: The first row of each series that may be a target.

    Raises:
        ArgumentError: There is no such window.
    """
    model.check_features(series)
    settings = model.forecast_settings
    scaled = [model.scaler.apply(each) for each in series]
    parts = [(first, len(each)) for first, each in zip(firsts, series, strict=True)]
    data = _windows(scaled, parts, settings)
    if not len(data.begins):
        raise ArgumentError(
            f"There is nothing to evaluate: a window of {settings.window} rows and a horizon of "
            f"{settings.horizon} need {settings.window + settings.horizon} rows, and the longest "
            f"series has {max(map(len, series))}, of which at most "
            f"{max(0, *(end - first for first, end in parts))} are to be forecast; give more rows."
        )
    return compare(model, data)


def compare(model: SeriesModel, data: SeriesData) -> Evaluation:
    """Return the forecasts of windows in each way, in the target's units."""
    settings = model.forecast_settings
    column, ends = data.table[:, settings.target], (data.begins + settings.window)[:, None]
    season = min(settings.season, settings.window)
    history = column[ends + np.arange(-season, 0)] - column[ends - 1]
    ways = {"persistence": seasonal_naive(history, settings.horizon)}
    if settings.season > 1:
        ways["seasonal naive"] = seasonal_naive(history, settings.horizon, season)
    if model.ridge is not None:
        ways["ridge"] = model.ridge.predict(data)
        ways["networks"] = replace(model, ridge=None).changes(data)
    ways["textseq"] = model.changes(data)
    return Evaluation(
        ends[:, 0],
        model.to_values(data, data.targets),
        {name: model.to_values(data, changes) for name, changes in ways.items()},
        float(model.about.get("scale", 0)),
    )


def _no_window(settings: ForecastSettings, series: Sequence[AnyArray], what: str) -> ArgumentError:
    return ArgumentError(
        f"There is no window of {settings.window} rows and a horizon of {settings.horizon} {what}, "
        f"the last {settings.validation_fraction:.0%} of {max(map(len, series))} rows; give more "
        f"rows, or a smaller `window`, `horizon` or another `validation_fraction`."
    )


def _cuts(
    series: Sequence[AnyArray], names: Sequence[str], settings: ForecastSettings
) -> list[int]:
    """Return the first validation row of each series, or its end if there is none."""
    totals = dict.fromkeys(names, 0)
    begins = []
    for each, name in zip(series, names, strict=True):
        begins.append(totals[name])
        totals[name] += len(each)
    found = []
    for each, name, begin in zip(series, names, begins, strict=True):
        held = max(settings.horizon, round(totals[name] * settings.validation_fraction))
        found.append(min(len(each), max(0, totals[name] - held - begin)))
    return found


def _windows(
    scaled: Sequence[FloatArray], parts: Sequence[tuple[int, int]], settings: ForecastSettings
) -> SeriesData:
    """Return the windows of which the targets lie within the given rows of each series."""
    begins, offset, span = [], 0, settings.window + settings.horizon
    for each, (first, end) in zip(scaled, parts, strict=True):
        begins.append(offset + np.arange(max(0, first - settings.window), end - span + 1))
        offset += len(each)
    table, starts = np.concatenate(scaled), np.concatenate(begins)
    column = table[:, settings.target]
    rows = starts[:, None] + np.arange(settings.window, span)
    targets = column[rows] - column[starts + settings.window - 1][:, None]
    sizes = np.full(len(starts), settings.window)
    return SeriesData(table, starts, sizes, targets, settings.rows_per_step, anchored=True)


def _best_share(networks: FloatArray, ridge: FloatArray, data: SeriesData) -> float:
    """Return the share of the networks, from 0 to 1: the mean of what is best in parts of the time.

    What is best in all of it follows its largest errors, and is often far from what is best later.
    """
    found = []
    for which in np.array_split(np.arange(len(networks)), min(PARTS, len(networks))):
        apart = (networks[which] - ridge[which]).astype(np.float64)
        power = float(np.square(apart).sum())
        right = float((apart * (data.targets[which] - ridge[which])).sum())
        found.append(min(1.0, max(0.0, right / power)) if power else 1.0)
    return float(np.mean(found))
