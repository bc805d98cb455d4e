"""SequenceForecaster, SequenceClassifier and SequenceRegressor, by scikit-learn's conventions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.network.arrays import AnyArray, FloatArray
from textseq.network.training.observers import Observer
from textseq.sequences.arguments import as_array
from textseq.series.baselines import Scores
from textseq.series.data import Scaler, SeriesData, as_series
from textseq.series.explain import explain
from textseq.series.fit import Trained, Watching, evaluate, fit_forecaster, fit_networks
from textseq.series.model import CLASSIFIER, FORECASTER, FORMAT, REGRESSOR, SeriesModel
from textseq.series.settings import ForecastSettings, SeriesSettings
from textseq.tasks.estimator import SettingsEstimator
from textseq.tasks.explanation import Explanation
from textseq.tasks.training import train_val_split


class _Sequence(SettingsEstimator[SeriesModel]):
    """What the estimators share: predicting, saving and loading."""

    task: str

    def _learned(self, trained: Trained) -> Self:
        """Keep what training made; Ctrl-C leaves the estimator fitted, and goes on."""
        self.model_, self.histories_ = trained.model, trained.histories
        self.validation_ = trained.validation
        self.n_features_in_ = len(trained.model.scaler.mean)
        if trained.interrupted:
            raise KeyboardInterrupt
        return self

    def predict(self, X: Any) -> AnyArray:  # noqa: N803  (scikit-learn's name)
        """Return the answer to each series; see the class.

        Args:
            X: Series: an array (series, time, features), or a list of arrays (time, features).
        """
        return self._fitted().predict(X)

    def explain(self, X: Any, output: int | None = None) -> list[Explanation]:  # noqa: N803
        """Return the states of each series, and the gradient of its answer; see `explain`."""
        return explain(self._fitted(), X, output)

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the model to a folder of files that cannot run code; see `load`."""
        metrics = {"histories": self.histories_, "validation": self.validation_}
        self._fitted().save(path, metrics, force=force)

    @classmethod
    def load(cls, path: StrPath) -> Self:
        """Read an estimator that `save`, or `textseq series train`, wrote.

        Raises:
            ArtifactError: The folder holds something else, or is damaged.
        """
        model, metrics = SeriesModel.load(path), FORMAT.read_metrics(path)
        if model.task != cls.task:
            raise ArtifactError(f"The model '{path}' is a {model.task}, no {cls.task}.")
        settings = {k: v for k, v in model.settings.to_config().items() if k in cls._names()}
        estimator = cls(**settings)
        estimator._learned(Trained(model, metrics.get("histories", [])))
        estimator.validation_ = metrics.get("validation")
        return estimator

    @classmethod
    def _names(cls) -> list[str]:
        return cls._get_param_names()  # type: ignore[no-any-return]  # sklearn is untyped


class SequenceForecaster(_Sequence, config=ForecastSettings):
    """Recurrent networks that forecast a time series, with ridge regression beside them.

    The networks read a window minus its last row, several rows a step, and say how all rows of the
    horizon differ from the last value. The rows after the training rows decide when to stop, and
    the share of the networks in the forecast.

    An array (time,) or (time, features) is one series; several are an array (series, time,
    features), or a list. `predict` returns the rows after each: (series, horizon).

    Args:
        {arguments}

    Attributes:
        model_: The trained `SeriesModel`.
        histories_: Loss and error of each epoch, of each network.
        validation_: The errors on the validation rows of persistence, the seasonal naive forecast,
            ridge, the networks and all together (`"textseq"`).

    Example:
        >>> import numpy as np
        >>> from textseq.series import SequenceForecaster
        >>> series = np.sin(np.arange(400) * 0.3)
        >>> forecaster = SequenceForecaster(window=30, horizon=2, epochs=2).fit(series)
        >>> forecaster.predict(series).round(1)
        array([[0.6, 0.8]], dtype=float32)
    """

    task = FORECASTER

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any = None,  # noqa: ARG002  (scikit-learn's)
        *,
        callbacks: Iterable[Observer] = (),
        checkpoint: StrPath | None = None,
    ) -> Self:
        """Learn to forecast one column of time series.

        Args:
            X: The series, each in order of time; see the class.
            y: Not used.
            callbacks: Who watches the training, and may end it.
            checkpoint: A folder, in which the state is kept after each epoch; if it has one of the
                same settings and series, training continues from there.

        Raises:
            ArgumentError: A value is missing, there are too few rows, or a setting is out of its
                range.
        """
        watching = Watching([*callbacks], checkpoint)
        return self._learned(fit_forecaster(self._config, as_series(X, single=True), watching))

    def evaluate(self, X: Any, first: int = 0) -> dict[str, Scores]:  # noqa: N803
        """Return the errors of each way to forecast, over all windows of series.

        Args:
            X: The series; see the class.
            first: The first row of which the forecast counts.
        """
        series = as_series(X, single=True)
        return evaluate(self._fitted(), series, [first] * len(series)).scores


class SequenceClassifier(ClassifierMixin, _Sequence, config=SeriesSettings):  # type: ignore[misc]
    """Recurrent networks that label whole time series, such as an utterance by its speaker.

    `predict` returns the label of each series, and `predict_proba` the probabilities.

    Args:
        {arguments}

    Attributes:
        model_: The trained `SeriesModel`.
        classes_: The labels, sorted.
        histories_: Loss and accuracy of each epoch, of each network.

    Example:
        >>> import numpy as np
        >>> from textseq.series import SequenceClassifier
        >>> rising = [np.arange(n) / n for n in range(5, 15)]  # of different lengths
        >>> X, y = [*rising, *(-each for each in rising)], ["up"] * 10 + ["down"] * 10
        >>> classifier = SequenceClassifier(units=8, networks=1, epochs=20).fit(X, y)
        >>> classifier.predict([np.array([0, 0.5, 0.9])]).tolist()
        ['up']
    """

    task = CLASSIFIER

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any,
        *,
        callbacks: Iterable[Observer] = (),
        checkpoint: StrPath | None = None,
    ) -> Self:
        """Learn to label series.

        Args:
            X: The series; see `predict`.
            y: The label of each: strings or numbers.
            callbacks: Who watches the training, and may end it.
            checkpoint: See `SequenceForecaster.fit`.
        """
        series, labels = as_series(X, single=False), as_array(y, "y")
        _check_targets(series, labels.reshape(len(labels), -1)[:, 0])
        classes, targets = np.unique(labels.ravel(), return_inverse=True)
        if len(classes) < 2 or len(targets) != len(series):
            raise ArgumentError(
                f"`y` must be one label for each series, of two classes at least. Received: "
                f"{len(classes)} classes, an array of shape {labels.shape}."
            )
        watching = Watching([*callbacks], checkpoint)
        return self._learned(_fit(self._config, CLASSIFIER, series, targets, watching, classes))

    def predict_proba(self, X: Any) -> FloatArray:  # noqa: N803
        """Return the probability of each class: float32, (series, classes)."""
        return self._fitted().network_answers(as_series(X, single=False))

    def _learned(self, trained: Trained) -> Self:
        self.classes_: Any = trained.model.classes
        return super()._learned(trained)


class SequenceRegressor(RegressorMixin, _Sequence, config=SeriesSettings):  # type: ignore[misc]
    """Recurrent networks that give a number, or several, for a whole time series.

    Args:
        {arguments}

    Attributes:
        model_: The trained `SeriesModel`.
        histories_: Loss and error of each epoch, of each network.

    Example:
        >>> import numpy as np
        >>> from textseq.series import SequenceRegressor
        >>> X = np.random.default_rng(0).normal(size=(60, 5, 1))
        >>> regressor = SequenceRegressor(units=16, networks=1).fit(X, X.mean(axis=(1, 2)))
        >>> regressor.predict(X).shape
        (60,)
    """

    task = REGRESSOR

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any,
        *,
        callbacks: Iterable[Observer] = (),
        checkpoint: StrPath | None = None,
    ) -> Self:
        """Learn to give numbers for series.

        Args:
            X: The series; see `predict`.
            y: The number of each, (series,), or several, (series, outputs).
            callbacks: Who watches the training, and may end it.
            checkpoint: See `SequenceForecaster.fit`.
        """
        series, numbers = as_series(X, single=False), as_array(y, "y")
        _check_targets(series, numbers)
        self.flat_ = numbers.ndim == 1
        table = numbers.reshape(len(numbers), -1).astype(np.float64)
        scaler = Scaler.fit([table])
        targets, watching = scaler.apply(table), Watching([*callbacks], checkpoint)
        return self._learned(_fit(self._config, REGRESSOR, series, targets, watching, scaler))

    def predict(self, X: Any) -> AnyArray:  # noqa: N803
        """Return the numbers of each series: (series,), or (series, outputs) as in training."""
        found = super().predict(X)
        return found[:, 0] if found.shape[1] == 1 and getattr(self, "flat_", True) else found


def _check_targets(series: list[AnyArray], targets: AnyArray) -> None:
    """Raise an error unless there is a target for each series, and none is missing."""
    if len(targets) != len(series):
        raise ArgumentError(
            f"`X` and `y` must be of one length. Received: {len(series)} series and "
            f"{len(targets)} targets."
        )
    missing = [i for i, each in enumerate(targets.ravel().tolist()) if each is None or each != each]
    if missing:
        raise ArgumentError(f"`y` is missing at position {missing[0]}; leave such series out.")


def _fit(
    settings: SeriesSettings,
    task: str,
    series: list[AnyArray],
    targets: AnyArray,
    watching: Watching,
    answers: Any,
) -> Trained:
    """Train on whole series; a part of them, drawn by the seed, validates if that was asked for."""
    learned, held = train_val_split(len(series), settings)
    scaler = Scaler.fit([series[i] for i in learned])
    scaled, patch = [scaler.apply(each) for each in series], settings.patch or 1

    def data(which: AnyArray) -> SeriesData:
        return SeriesData.of([scaled[i] for i in which], targets[which], patch=patch)

    outputs = len(answers) if task == CLASSIFIER else targets.shape[1]
    networks, trained = fit_networks(
        settings, task, data(learned), data(held) if len(held) else None, outputs, watching
    )
    model = SeriesModel(
        task,
        settings.replace(networks=len(networks)),
        scaler,
        networks,
        classes=answers if task == CLASSIFIER else None,
        answers=answers if task == REGRESSOR else None,
    )
    return Trained(model, trained.histories, interrupted=trained.interrupted)
