from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.fit import train_classifier
from textseq.classifier.predictor import Predictor
from textseq.classifier.sentence_classifier import SentenceClassifier
from textseq.errors import ArgumentError

TEXTS, LABELS = ["a joy to watch", "a bore to watch"] * 16, ["good", "bad"] * 16
SETTINGS = {"units": 4, "dimension": 4, "epochs": 2, "validation_fraction": 0.25}
CONFIG = ClassifierConfig(**SETTINGS)


def test_the_estimator_learns_the_same(tmp_path):
    trained = train_classifier(TEXTS, LABELS, CONFIG)
    estimator = SentenceClassifier(**SETTINGS).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(estimator.held_out_, trained.held_out)
    assert estimator.histories_ == trained.histories
    assert estimator.validation_ == trained.validation
    assert estimator.parameters == trained.parameters
    expected = trained.model.predict_proba(TEXTS)
    np.testing.assert_array_equal(estimator.predict_proba(TEXTS), expected)
    assert len(trained.held_out) == 8
    assert not trained.interrupted
    trained.save(tmp_path / "model")
    loaded = Predictor.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), expected)
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text())
    parts = {"histories": trained.histories, "validation": trained.validation}
    assert metrics == {**parts, "data": trained.data}


def test_the_checkpoint_is_a_folder():
    with pytest.raises(ArgumentError, match="must be the name of a folder. Received: 3"):
        train_classifier(TEXTS, LABELS, CONFIG, checkpoint=3)


def test_all_but_the_networks_needs_no_scikit_learn_and_no_scipy():
    program = """
import sys
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.data import prepare
from textseq.classifier.ensemble import Ensemble, fit_ensemble
import numpy as np
import textseq.classifier.fit
from textseq.network.linear import fit_linear, ngrams_for

data = prepare(["a joy", "a bore"] * 20, ["good", "bad"] * 20, ClassifierConfig(), validation_data=
               (["a joy", "a bore"] * 9, ["good", "bad"] * 9))
linear = fit_linear(*data.training, 2, ngrams_for(data.vocabulary, 2, 80, 2))
class Network:
    def probabilities(self, sequences):
        return np.full((len(sequences), 2), 0.5, "float32")
fit_ensemble(Ensemble([Network()], linear), data.validation, calibrated=True)
loaded = {name.partition(".")[0] for name in sys.modules}
print(loaded & {"sklearn", "keras", "tensorflow"}, "scipy.sparse" in sys.modules,
      "scipy.optimize" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["set()", "False", "False"]
