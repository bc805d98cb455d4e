"""A trained model of time series, which only answers: it loads without scikit-learn and TensorFlow.

    series -- Scaler --> standardised -- networks --> answers, averaged       the ridge beside them

`SequenceForecaster`, `SequenceClassifier` and `SequenceRegressor` hold one after `fit` or `load`.
A forecast is the last value plus what the networks and the ridge say of the way from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.network.arrays import AnyArray, FloatArray
from textseq.network.heads import HEADS
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.pooling.base import POOLINGS
from textseq.network.weight_shapes import Shapes, check_shapes
from textseq.series.baselines import Ridge
from textseq.series.data import Scaler, SeriesData, as_series
from textseq.series.settings import ForecastSettings, SeriesSettings
from textseq.tasks.model_card import ModelCard, in_markdown, plain_card
from textseq.tasks.model_folder import ModelFormat, SavedModel
from textseq.tasks.network_weights import flatten_weights, split_weights

FORECASTER, CLASSIFIER, REGRESSOR = "forecaster", "classifier", "regressor"


@dataclass(frozen=True, eq=False)
class SeriesModel:
    """A trained model. Any number of threads may share one.

    Args:
        task: `"forecaster"`, `"classifier"` or `"regressor"`.
        settings: Its settings.
        scaler: That of the features.
        networks: The trained networks, whose answers are averaged.
        classes: The labels that a classifier knows.
        answers: That of a regressor's answers.
        ridge: What forecasts beside the networks, if anything.
        share: The share of the networks in that.
        about: What a command keeps of the table that it was trained on, such as names of columns.
    """

    task: str
    settings: SeriesSettings
    scaler: Scaler
    networks: Sequence[PackedNetwork]
    classes: AnyArray | None = None
    answers: Scaler | None = None
    ridge: Ridge | None = None
    share: float = 1.0
    about: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, series: Any) -> AnyArray:
        """Return the answer to each series.

        Of a classifier, the label, (series,); of a regressor, (series, outputs); of a forecaster,
        the rows after the last one, (series, horizon).

        Args:
            series: See `as_series`.
        """
        if self.task == FORECASTER:
            return self.forecast(as_series(series, single=True))
        found = self.network_answers(as_series(series, single=False))
        if self.task == REGRESSOR and self.answers is not None:
            return found * self.answers.deviation + self.answers.mean
        assert self.classes is not None  # noqa: S101  (a classifier has them)
        labels: AnyArray = self.classes[found.argmax(axis=1)]
        return labels

    def network_answers(self, series: Sequence[AnyArray]) -> FloatArray:
        """Return what the networks answer, averaged: probabilities, or standardised numbers."""
        if not len(series):
            return np.empty((0, len(self.networks[0].weights["output.bias"])), np.float32)
        self.check_features(series)
        scaled = [self.scaler.apply(each) for each in series]
        patch = self.settings.patch or 1
        data = SeriesData.of(scaled, np.zeros(len(scaled)), patch=patch)
        return self._average(data)

    def forecast(self, series: Sequence[AnyArray]) -> FloatArray:
        """Return the rows after the last one of each series: float32, (series, horizon)."""
        settings = self.forecast_settings
        if not len(series):
            return np.empty((0, settings.horizon), np.float32)
        self.check_features(series)
        for i, each in enumerate(series):
            if len(each) < settings.window:
                raise ArgumentError(
                    f"A forecast is made from the last {settings.window} rows, and X[{i}] has "
                    f"{len(each)}; give more rows, or train with a smaller `window`."
                )
        scaled = [self.scaler.apply(each[-settings.window :]) for each in series]
        data = SeriesData.of(
            scaled, np.zeros((len(scaled), 1)), patch=settings.rows_per_step, anchored=True
        )
        return self.to_values(data, self.changes(data))

    @property
    def forecast_settings(self) -> ForecastSettings:
        """The settings of a forecaster."""
        assert isinstance(self.settings, ForecastSettings)  # noqa: S101
        return self.settings

    def changes(self, data: SeriesData) -> FloatArray:
        """Return the forecasts of windows, standardised, minus the last value."""
        found = self._average(data)
        if self.ridge is None:
            return found
        beside = self.ridge.predict(data)
        return beside + np.float32(self.share) * (found - beside)

    def to_values(self, data: SeriesData, changes: FloatArray) -> FloatArray:
        """Return forecasts in the target's own units."""
        target = self.forecast_settings.target
        last = data.table[data.begins + data.sizes - 1, target]
        scale, mean = self.scaler.deviation[target], self.scaler.mean[target]
        values: FloatArray = (changes + last[:, None]) * scale + mean
        return values

    def _average(self, data: SeriesData) -> FloatArray:
        total = sum(data.predict(network) for network in self.networks)
        return np.asarray(total / np.float32(len(self.networks)))

    def check_features(self, series: Sequence[AnyArray]) -> None:
        """Raise an error where a series has other features than the model was trained on."""
        expected, found = len(self.scaler.mean), series[0].shape[1]
        if found != expected:
            raise ArgumentError(
                f"`X` must have the {expected} features that the model was trained on. Received: "
                f"{found}."
            )

    def save(self, path: StrPath, metrics: Mapping[str, Any], *, force: bool = False) -> None:
        """Write the model, and how its training went, to a folder; see `model_folder`."""
        config = {
            "task": self.task,
            **self.settings.to_config(),
            "features": len(self.scaler.mean),
            "outputs": len(self.networks[0].weights["output.bias"]),
            "classes": None if self.classes is None else self.classes.tolist(),
            "share": self.share,
            "about": dict(self.about),
        }
        weights = flatten_weights(network.weights for network in self.networks)
        parts = {"scaler": self.scaler, "answers": self.answers, "ridge": self.ridge}
        for name, part in parts.items():
            if part is not None:
                weights |= {f"{name}.{key}": value for key, value in vars(part).items()}
        FORMAT.save(path, SavedModel(config, weights, dict(metrics)), force=force)

    @classmethod
    def load(cls, path: StrPath) -> SeriesModel:
        """Read a model from a folder; nothing in it can run code.

        Raises:
            ArtifactError: A file is missing, damaged, or of another kind, or its parts do not fit
                together.
        """
        saved = FORMAT.load(path)
        with wrap_read_errors(f"The model '{path}'", "cannot be used"):
            return _assemble(saved)


def new_network(settings: SeriesSettings, task: str) -> PackedNetwork:
    """Return a network without weights."""
    head = HEADS.resolve("softmax" if task == CLASSIFIER else "squared_error")
    pooling: Any = POOLINGS.resolve(settings.pooling)
    return PackedNetwork({}, settings.cell_part, pooling, head, settings.bidirectional)


def _assemble(saved: SavedModel) -> SeriesModel:
    """Return the model of a folder; its entries were checked, its weights are checked here."""
    entries = saved.config
    task, features, outputs = entries["task"], entries["features"], entries["outputs"]
    settings = _settings_class(task).from_config(entries)
    rows = settings.rows_per_step if isinstance(settings, ForecastSettings) else settings.patch or 1
    empty = new_network(settings, task)
    own, weights = split_weights(saved.weights)
    networks = [empty.with_weights(each) for each in own]
    for network in networks:
        sizes = {"dimension": features * rows, "units": settings.units, "outputs": outputs}
        check_shapes(network.weights, network.shapes(**sizes))
    if len(networks) != settings.networks:
        raise ArgumentError(f"it should have {settings.networks} networks, and has {len(networks)}")
    shapes: Shapes = {"scaler.mean": (features,), "scaler.deviation": (features,)}
    if task == REGRESSOR:
        shapes |= {"answers.mean": (outputs,), "answers.deviation": (outputs,)}
    if isinstance(settings, ForecastSettings) and settings.ridge:
        shapes |= {"ridge.kernel": (settings.window * features, outputs), "ridge.bias": (outputs,)}
    check_shapes(weights, shapes)

    def scaler(name: str) -> Scaler:
        return Scaler(weights[f"{name}.mean"], weights[f"{name}.deviation"])

    answers = scaler("answers") if task == REGRESSOR else None
    ridge = None
    if "ridge.kernel" in shapes:
        ridge = Ridge(weights["ridge.kernel"], weights["ridge.bias"])
    classes = None if entries["classes"] is None else np.array(entries["classes"])
    return SeriesModel(
        task, settings, scaler("scaler"), networks, classes, answers, ridge,
        float(entries["share"]), entries["about"],
    )  # fmt: skip


def _settings_class(task: str) -> type[SeriesSettings]:
    return ForecastSettings if task == FORECASTER else SeriesSettings


def _check_entries(entries: Mapping[str, Any]) -> None:
    """Raise an error where an entry of a config.json is not what it should be."""
    task, classes = entries.get("task"), entries.get("classes")
    if task not in (FORECASTER, CLASSIFIER, REGRESSOR):
        raise ArgumentError(f"its task is unknown: {str(task)[:60]!r}")
    settings = _settings_class(task).from_config(entries)
    for name in ("features", "outputs"):
        if type(entries.get(name)) is not int or entries[name] < 1:
            raise ArgumentError(f"its {name!r} should be a number of columns")
    kinds = {type(each) for each in classes} if isinstance(classes, list) else set()
    labels = len(kinds) == 1 and kinds < {str, int, bool, float}
    if classes is not None and not (labels and len(classes) == entries["outputs"]):
        raise ArgumentError("its 'classes' should be a string or a number for each output")
    if (classes is None) == (task == CLASSIFIER):
        raise ArgumentError("its 'classes' do not fit its task")
    share = entries.get("share")
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ArgumentError("its 'share' should be from 0 to 1")
    if not isinstance(entries.get("about"), dict):
        raise ArgumentError("its 'about' should be an object")
    if isinstance(settings, ForecastSettings) and (
        settings.target >= entries["features"] or settings.horizon != entries["outputs"]
    ):
        raise ArgumentError("its 'target' or 'horizon' does not fit its sizes")


_TASKS = {
    FORECASTER: "time-series-forecasting",
    CLASSIFIER: "tabular-classification",
    REGRESSOR: "tabular-regression",
}
"""What Hugging Face calls each task."""


def _card_of(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> ModelCard:  # noqa: ARG001
    """Return the model card of a folder; see `ModelFormat`."""
    task = str(config.get("task"))
    command = "series predict {model} table.csv" if task == FORECASTER else "inspect {model}"
    return plain_card(
        _TASKS.get(task, "time-series-forecasting"),
        f"A {in_markdown(task)} of time series of {config.get('features')} columns.",
        f"textseq {command}",
        "from textseq.series.model import SeriesModel\n\nprint(SeriesModel.load({model}))",
        config,
    )


FORMAT = ModelFormat(
    "textseq-series", 1, "time-series model", "textseq series train", _check_entries, card=_card_of
)
