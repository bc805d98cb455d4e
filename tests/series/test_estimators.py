"""Classifier and regressor by scikit-learn's conventions; padding changes nothing."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from textseq.errors import ArgumentError
from textseq.network.cells import CELLS
from textseq.network.pooling import POOLINGS
from textseq.network.training.observers import Observer
from textseq.series import SequenceClassifier, SequenceForecaster, SequenceRegressor

TINY = {"units": 4, "epochs": 2, "networks": 1}
ESTIMATORS = [SequenceClassifier, SequenceForecaster, SequenceRegressor]


def test_series_are_labelled(classifier, ragged):
    series, signs = ragged
    assert classifier.score(series, np.where(signs > 0, "up", "down")) > 0.9
    assert classifier.classes_.tolist() == ["down", "up"]
    np.testing.assert_allclose(classifier.predict_proba(series).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS.names())
@pytest.mark.parametrize("cell", CELLS.names())
def test_the_other_series_change_nothing(cell, pooling, ragged):
    series, signs = ragged
    settings = {"cell": cell, "pooling": pooling, "patch": 2, **TINY}
    classifier = SequenceClassifier(**settings).fit(series, signs)
    together = classifier.predict_proba(series)
    alone = np.concatenate([classifier.predict_proba([each]) for each in series])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together[::-1], classifier.predict_proba(series[::-1]), atol=1e-5)


def test_an_array_is_a_list_of_series(regressor):
    array = np.random.default_rng(0).normal(size=(4, 6, 2))
    np.testing.assert_array_equal(regressor.predict(array), regressor.predict([*array]))
    assert regressor.predict(array).shape == (4, 2)


def test_numbers_are_learned():
    random = np.random.default_rng(0)
    series = random.normal(size=(200, 6, 1))
    y = 100 + 10 * series.sum(axis=(1, 2))
    regressor = SequenceRegressor(units=16, networks=1, dropout=0, input_dropout=0)
    assert regressor.fit(series, y).score(series, y) > 0.9
    assert regressor.predict(series).shape == (200,)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_settings_are_arguments(estimator):
    made = clone(estimator(units=7))
    assert made.get_params()["units"] == 7
    assert "units: Size of the state" in estimator.__doc__
    with pytest.raises(NotFittedError, match="is not fitted yet; call `fit`"):
        made.predict([[1.0]])
    with pytest.raises(ArgumentError, match="no argument 'unit'"):
        estimator(unit=7)


def test_scikit_learn_validates_across_series(ragged):
    series, signs = ragged
    array = np.stack([each[[0, -1]] for each in series])
    scores = cross_val_score(SequenceClassifier(units=8, epochs=30), array, signs, cv=2)
    assert scores.mean() > 0.8


def test_labels_come_back_as_they_were_given(ragged):
    series, signs = ragged
    for labels in (signs, signs > 0, signs.astype(str), signs / 2):
        found = SequenceClassifier(**TINY).fit(series, labels).predict(series[:2])
        assert found.dtype == labels.dtype


def test_a_validation_set_may_be_kept(ragged):
    series, signs = ragged
    classifier = SequenceClassifier(validation_fraction=0.3, **TINY).fit(series, signs)
    assert set(classifier.histories_[0]) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_an_interrupted_training_leaves_what_was_learned(ragged):
    class Interrupt(Observer):
        def on_epoch_end(self, epoch, logs):
            if self.params["network"] == 2:
                raise KeyboardInterrupt

    series, signs = ragged
    classifier = SequenceClassifier(units=4, networks=3)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(series, signs, callbacks=[Interrupt()])
    assert len(classifier.model_.networks) == 2
    assert classifier.predict(series).shape == (30,)


def test_a_training_resumes_from_its_checkpoint(ragged, tmp_path):
    series, signs = ragged
    settings = {"units": 4, "networks": 1, "epochs": 3}

    class Stop(Observer):
        def on_epoch_end(self, epoch, logs):
            if epoch == 1:
                raise KeyboardInterrupt

    whole = SequenceClassifier(**settings).fit(series, signs).predict_proba(series)
    with pytest.raises(KeyboardInterrupt):
        SequenceClassifier(**settings).fit(
            series, signs, callbacks=[Stop()], checkpoint=tmp_path / "state"
        )
    resumed = SequenceClassifier(**settings).fit(series, signs, checkpoint=tmp_path / "state")
    np.testing.assert_array_equal(resumed.predict_proba(series), whole)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 2], r"an answer for each of 30 series. Received: an array of shape \(2,\)"),
        ([1] * 30, "two classes at least.*1 classes"),
        ([None, *[1] * 29], "`y` is missing at position 0"),
        (pd.Series([1, pd.NA] * 15), "`y` is missing at position 1"),
        ([*[1.0] * 29, np.nan], "`y` is missing at position 29"),
        ([[1, 2]] * 30, "one label for each series"),
    ],
)
def test_labels_that_are_none_are_refused(labels, message, ragged):
    with pytest.raises(ArgumentError, match=message):
        SequenceClassifier(**TINY).fit(ragged[0], labels)


def test_other_features_are_refused(classifier):
    with pytest.raises(ArgumentError, match="the 2 features.*Received: 3"):
        classifier.predict(np.zeros((2, 4, 3)))


def test_no_series_have_no_answers(classifier, regressor, forecaster):
    assert classifier.predict(np.zeros((0, 4, 2))).shape == (0,)
    assert regressor.predict(np.zeros((0, 4, 2))).shape == (0, 2)
    assert forecaster.predict(np.zeros((0, 40, 2))).shape == (0, 5)
