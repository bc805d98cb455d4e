from __future__ import annotations

import inspect
from dataclasses import dataclass

import pytest
import sklearn.exceptions
from sklearn.base import clone

from textseq.compute.settings import setting
from textseq.errors import ArgumentError, ArtifactError, NotFittedError
from textseq.tasks.estimator import SettingsEstimator
from textseq.tasks.settings import NetworkSettings, inherited


@dataclass(frozen=True)
class Settings(NetworkSettings):
    units: int = inherited("units", 7)
    window: int = setting(3, "Steps in a window.", at_least=1)


class Own(SettingsEstimator[str], config=Settings):
    """An estimator.

    Args:
        {arguments}
    """

    def fit(self):
        self.model_ = f"{self._config.window} steps"
        return self


def test_arguments_are_the_settings():
    assert list(inspect.signature(Own).parameters) == list(Settings().to_config())
    assert Own(units=2).get_params()["units"] == 2
    assert clone(Own(window=5)).window == 5
    assert repr(Own(units=7, window=5)) == "Own(window=5)"
    assert "window: Steps in a window. Default: 3." in Own.__doc__
    with pytest.raises(ArgumentError, match="Own has no argument 'windows'; it has cell, units"):
        Own(windows=3)


def test_settings_are_checked_by_fit():
    with pytest.raises(ArgumentError, match="`window` must be 1 or more"):
        Own(window=0).fit()


@pytest.mark.parametrize(
    "kind", [NotFittedError, sklearn.exceptions.NotFittedError, AttributeError]
)
def test_what_is_not_fitted_says_so(kind):
    assert Own().fit()._fitted() == "3 steps"
    with pytest.raises(kind, match="This Own is not fitted yet"):
        Own()._fitted()


def test_damaged_metrics_are_refused_with_the_name_of_the_model():
    class Model:
        config = Settings()

        @classmethod
        def load(cls, path):
            return cls()

    class Format:
        @staticmethod
        def read_metrics(path):
            return {"histories": 3}

    class Damaged(Own, config=Settings):
        model_class, format = Model, Format

    with pytest.raises(ArtifactError, match="The model 'here' cannot be used: its metrics.json"):
        Damaged.load("here")
