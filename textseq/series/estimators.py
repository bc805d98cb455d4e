"""SequenceForecaster, SequenceClassifier and SequenceRegressor, by scikit-learn's conventions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin

from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.network.arrays import AnyArray, FloatArray
from textseq.network.training.observers import Observer
from textseq.sequences.arguments import as_array
from textseq.series.baselines import Scores
from textseq.series.data import as_series
from textseq.series.explain import explain
from textseq.series.fit import Watching, evaluate, fit_forecaster, fit_series
from textseq.series.model import CLASSIFIER, FORECASTER, FORMAT, REGRESSOR, SeriesModel
from textseq.series.settings import ForecastSettings, SeriesSettings
from textseq.tasks.estimator import SettingsEstimator
from textseq.tasks.explanation import Explanation
from textseq.tasks.training import Trained


class _Sequence(SettingsEstimator[SeriesModel]):
    """What the estimators share; `model_` is the `SeriesModel`, `histories_` the epochs' losses."""

    model_class, format = SeriesModel, FORMAT
    task: str

    def fit(
        self,
        X: Any,  # noqa: N803  (scikit-learn's name)
        y: Any = None,
        *,
        callbacks: Iterable[Observer] = (),
        checkpoint: StrPath | None = None,
    ) -> Self:
        """Learn from series; Ctrl-C leaves what was learned, and raises `KeyboardInterrupt`.

        Args:
            X: The series, each in order of time: an array (series, time, features), or a list of
                arrays (time, features) of different lengths.
            y: What is to be predicted of each; a forecaster needs none.
            callbacks: Who watches the training, and may end it.
            checkpoint: A folder, in which the state is kept after each epoch; if it has one of the
                same settings and series, training continues from there.

        Raises:
            ArgumentError: A value is missing, there are too few rows, `X` and `y` do not match, or
                a setting is out of its range.
        """
        return self._learn(self._train(X, y, Watching([*callbacks], checkpoint)))

    def _train(self, series: Any, answers: Any, watching: Watching, /) -> Trained[SeriesModel]:
        raise NotImplementedError

    def _keep(self, model: SeriesModel, metrics: Mapping[str, Any]) -> None:
        super()._keep(model, metrics)
        self.n_features_in_ = len(model.scaler.mean)
        if model.classes is not None:
            self.classes_ = model.classes

    def predict(self, X: Any) -> AnyArray:  # noqa: N803
        """Return the answer to each series; see the class."""
        return self._fitted().predict(X)

    def explain(self, X: Any, output: int | None = None) -> list[Explanation]:  # noqa: N803
        """Return the states of each series, and the gradient of its answer; see `explain`."""
        return explain(self._fitted(), X, output)

    @classmethod
    def _settings_of(cls, model: SeriesModel) -> dict[str, Any]:
        if model.task != cls.task:
            raise ArgumentError(f"it is a {model.task}, no {cls.task}")
        return model.settings.to_config()


class SequenceForecaster(_Sequence, config=ForecastSettings):
    """Recurrent networks that forecast a time series, with ridge regression beside them.

    The networks read a window minus its last row, several rows a step, and say how all rows of the
    horizon differ from the last value. The rows after the training rows decide when to stop, and
    the share of the networks in the forecast.

    An array (time,) or (time, features) is one series. `predict` returns the rows after each
    series: (series, horizon).

    Args:
        {arguments}

    Attributes:
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

    def _train(self, series: Any, _: Any, watching: Watching) -> Trained[SeriesModel]:
        return fit_forecaster(self._config, as_series(series, single=True), watching)

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

    `predict` returns the label of each series, and `predict_proba` the probabilities of `classes_`.

    Args:
        {arguments}

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

    def _train(self, series: Any, answers: Any, watching: Watching) -> Trained[SeriesModel]:
        pieces, labels = _check(series, answers)
        if labels.ndim != 1 or len(np.unique(labels)) < 2:
            raise ArgumentError(
                f"`y` must be one label for each series, of two classes at least. Received: an "
                f"array of shape {labels.shape}, {len(np.unique(labels))} classes."
            )
        return fit_series(self._config, CLASSIFIER, pieces, labels, watching)

    def predict_proba(self, X: Any) -> FloatArray:  # noqa: N803
        """Return the probability of each class: float32, (series, classes)."""
        return self._fitted().network_answers(as_series(X, single=False))


class SequenceRegressor(RegressorMixin, _Sequence, config=SeriesSettings):  # type: ignore[misc]
    """Recurrent networks that give a number, or several, for a whole time series.

    `predict` returns numbers: (series,), or of several (series, outputs).

    Args:
        {arguments}

    Example:
        >>> import numpy as np
        >>> from textseq.series import SequenceRegressor
        >>> X = np.random.default_rng(0).normal(size=(60, 5, 1))
        >>> regressor = SequenceRegressor(units=16, networks=1).fit(X, X.mean(axis=(1, 2)))
        >>> regressor.predict(X).shape
        (60,)
    """

    task = REGRESSOR

    def _train(self, series: Any, answers: Any, watching: Watching) -> Trained[SeriesModel]:
        pieces, numbers = _check(series, answers)
        table = numbers.reshape(len(numbers), -1).astype(np.float64)
        return fit_series(self._config, REGRESSOR, pieces, table, watching)

    def predict(self, X: Any) -> AnyArray:  # noqa: N803
        """Return the numbers of each series: (series,), or of several (series, outputs)."""
        found = super().predict(X)
        return found[:, 0] if found.shape[1] == 1 else found


def _check(series: Any, answers: Any) -> tuple[list[AnyArray], AnyArray]:
    """Return series, and the answer to each, of which none may be missing."""
    pieces, found = as_series(series, single=False), as_array(answers, "y")
    if found.ndim == 0 or len(found) != len(pieces):
        raise ArgumentError(
            f"`y` must have an answer for each of {len(pieces)} series. Received: an array of "
            f"shape {found.shape}."
        )
    missing = [i for i, each in enumerate(found.ravel().tolist()) if _is_missing(each)]
    if missing:
        raise ArgumentError(f"`y` is missing at position {missing[0]}; leave such series out.")
    return pieces, found


def _is_missing(value: Any) -> bool:
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA has no truth
        return True
