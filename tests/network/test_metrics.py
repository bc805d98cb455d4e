from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from textseq.errors import ArgumentError
from textseq.network import metrics
from textseq.network.heads import SOFTMAX, SQUARED_ERROR
from textseq.network.metrics import MACRO_F1_OF_LABELS, f1_of_labels, fit_thresholds, macro_f1


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


cases = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.9, 1.0]), min_size=n, max_size=n),
        st.lists(st.booleans(), min_size=n, max_size=n),
    )
)


@given(cases)
@settings(deadline=None)
def test_no_threshold_has_a_higher_f1(case):
    probabilities, targets = np.array(case[0], "float32")[:, None], np.array(case[1])[:, None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "CAUTION", 0.0)
        patch.setattr(metrics, "MOST_GIVEN", 1000)
        (threshold,) = fit_thresholds(probabilities, targets.astype("float32"))
    if not targets.any():
        assert threshold == 0.5
        return
    # One below all probabilities is no threshold: what has the probability 0 is never given.
    tried = [f1_score(targets, probabilities > t) for t in np.unique(probabilities)[:-1]]
    tried.append(f1_score(targets, probabilities > 0))
    assert f1_score(targets, probabilities > threshold) == pytest.approx(max(tried))


def test_labels_are_fitted_each_by_itself():
    random = np.random.default_rng(0)
    probabilities = random.random((60, 3)).astype("float32")
    targets = (random.random((60, 3)) < probabilities).astype("float32")
    together = fit_thresholds(probabilities, targets)
    alone = [fit_thresholds(probabilities[:, [c]], targets[:, [c]])[0] for c in range(3)]
    assert together.tolist() == alone


def test_a_label_of_which_nothing_is_known_is_not_given_to_all():
    probabilities = np.linspace(0.2, 0.1, 100, dtype="float32")[:, None]
    targets = np.zeros((100, 1), "float32")
    targets[[20, 50, 98]] = 1  # giving it to all has the highest F1
    assert 0 < (probabilities > fit_thresholds(probabilities, targets)).sum() <= 6


def test_of_equal_thresholds_the_lower_one_is_preferred():
    # Of two texts of a label, giving it to one rightly, or to both and to two others: F1 2/3.
    probabilities = np.array([0.9, 0.7, 0.5, 0.3, 0.1], "float32")[:, None]
    targets = np.array([1, 0, 0, 1, 0], "float32")[:, None]
    assert fit_thresholds(probabilities, targets)[0] == pytest.approx(0.2)


@given(st.integers(0, 5), st.integers(1, 20))
@settings(deadline=None)
def test_macro_f1_is_that_of_scikit_learn_over_labels_that_occur(seed, texts):
    random = np.random.default_rng(seed)
    targets = random.integers(0, 2, (texts, 4)).astype("float32")
    answers = random.integers(0, 2, (texts, 4)).astype(bool)
    occurs = targets.any(axis=0) | answers.any(axis=0)
    expected = 0.0
    if occurs.any():
        scores = f1_score(targets, answers, average=None, zero_division=0)
        expected = scores[occurs].mean()
    assert f1_of_labels(targets, answers) == pytest.approx(expected)
    best = MACRO_F1_OF_LABELS.score(targets, np.where(targets > 0, 0.9, 0.1).astype("float32"))
    assert best == (1.0 if targets.any() else 0.0)
