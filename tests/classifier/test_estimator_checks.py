"""scikit-learn's own checks of an estimator.

Of one whose input is text, scikit-learn checks little, since the checks make up numbers. So the
others run on a classifier that reads rows of numbers as texts, one word for each number. Its
training is left out, for there is one in most of the 50 checks and they are not about learning.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

from textseq.classifier import SentenceClassifier
from textseq.network.training import networks

EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "how many texts there are decides which "
    "batches chance makes of them, so leaving one out is not quite giving it no weight",
    "check_classifiers_multilabel_representation_invariance": "a list of lists holds the labels of "
    "each text, and is no indicator matrix",
}
TINY = {"units": 2, "dimension": 2, "epochs": 1}


class OfNumbers(SentenceClassifier):
    """Reads the row [0.2, -1.0] as the text "a0 b-1": a letter for the column, and the number."""

    def fit(self, X, y, sample_weight=None):  # noqa: N803
        shape = getattr(y, "shape", ())
        several = len(shape) == 2 and shape[1] > 1
        X, y = validate_data(self, X, y, multi_output=several)  # noqa: N806
        return super().fit(written(X), y, sample_weight)

    def predict_proba(self, X):  # noqa: N803
        self._fitted()
        return super().predict_proba(written(validate_data(self, X, reset=False)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = False
        tags.input_tags.two_d_array = True
        tags.classifier_tags.poor_score = True  # it does not train
        return tags


def written(rows):
    return [
        " ".join(f"{chr(97 + i)}{number:.0f}" for i, number in enumerate(row))
        for row in np.asarray(rows, dtype=float)
    ]


@pytest.fixture(autouse=True)
def _untrained(monkeypatch):
    monkeypatch.setattr(networks, "train", lambda *arguments, **settings: {"loss": [0.0]})


with warnings.catch_warnings():
    warnings.simplefilter("ignore", SkipTestWarning)  # of an estimator whose input is text
    checks = parametrize_with_checks(
        [SentenceClassifier(**TINY), OfNumbers(**TINY)], expected_failed_checks=lambda _: EXPECTED
    )


@checks
def test_scikit_learn_checks(estimator, check):
    check(estimator)
