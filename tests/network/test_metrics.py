from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from textseq.errors import ArgumentError
from textseq.network.heads import SOFTMAX, SQUARED_ERROR
from textseq.network.metrics import macro_f1


@pytest.mark.parametrize("seed", range(20))
def test_macro_f1_is_that_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    classes, documents = random.integers(2, 9), random.integers(1, 40)
    targets = random.integers(0, classes, documents)  # some classes may be missing
    predictions = random.random((documents, classes)).astype("float32")
    expected = f1_score(targets, predictions.argmax(axis=1), average="macro")
    assert macro_f1(targets, predictions) == pytest.approx(expected)


def test_who_always_answers_the_frequent_class_has_a_low_macro_f1():
    targets, predictions = np.array([0] * 99 + [1]), np.tile([0.9, 0.1], (100, 1))
    found = SOFTMAX.measure(targets, predictions, SOFTMAX.find_metric("macro-f1"))
    assert found["accuracy"] == 0.99
    assert found["macro_f1"] == pytest.approx(0.5, abs=0.01)


def test_a_metric_that_a_head_does_not_have_is_refused():
    with pytest.raises(ArgumentError, match="one of mse, loss. Received: 'macro-f1'"):
        SQUARED_ERROR.find_metric("macro-f1")
