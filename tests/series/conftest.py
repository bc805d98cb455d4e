"""Small trained models, made once."""

import numpy as np
import pytest

from textseq.series import SequenceClassifier, SequenceForecaster, SequenceRegressor

TINY = {"units": 4, "epochs": 2, "networks": 2}


@pytest.fixture(scope="session")
def wave():
    """Return a noisy wave of two columns, the second of which goes before the first."""
    random = np.random.default_rng(0)
    rows = np.arange(300)
    first = np.sin(rows * 0.3) + random.normal(0, 0.1, 300)
    return np.stack([10 + 3 * first, np.roll(first, -2)], axis=1)


@pytest.fixture(scope="session")
def ragged():
    """Return series of different lengths, two features each, and what they are about."""
    random = np.random.default_rng(1)
    signs = np.array([1, -1] * 15)
    series = [
        sign * np.linspace(0, 1, random.integers(2, 9))[:, None] + random.normal(0, 0.1, 2)
        for sign in signs
    ]
    return series, signs


@pytest.fixture(scope="session")
def forecaster(wave):
    return SequenceForecaster(window=20, horizon=5, season=21, **TINY).fit(wave)


@pytest.fixture(scope="session")
def classifier(ragged):
    series, signs = ragged
    names = np.where(signs > 0, "up", "down")
    return SequenceClassifier(units=8, epochs=15, networks=2).fit(series, names)


@pytest.fixture(scope="session")
def regressor(ragged):
    series, signs = ragged
    return SequenceRegressor(**TINY).fit(series, np.stack([signs, 5 - signs], axis=1))
