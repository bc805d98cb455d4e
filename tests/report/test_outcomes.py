"""Outcomes: what metrics are computed from, and that those of parts add up."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from textseq.errors import ArgumentError
from textseq.report import Outcomes, calibration_error, measure, metrics_of
from textseq.report.outcomes import BINS, bins_of

CLASSES = ["bad", "good", "so-so"]


def cut(labels, probabilities, edges):
    """Return the outcomes of the parts of texts between edges, added up."""
    total = Outcomes.count([], probabilities[:0], CLASSES)
    for start, end in zip([0, *edges], [*edges, len(labels)], strict=True):
        total += Outcomes.count(labels[start:end], probabilities[start:end], CLASSES)
    return total


@given(st.lists(st.integers(0, 60), max_size=5).map(sorted))
def test_the_outcomes_of_parts_add_up_to_those_of_the_whole(sample, edges):
    labels, probabilities = sample(60)
    parts, whole = metrics_of(cut(labels, probabilities, edges)), measure(*sample(60), CLASSES)
    assert parts.ece == pytest.approx(whole.ece, abs=1e-12)
    assert {**parts.to_dict(), "ece": 0} == {**whole.to_dict(), "ece": 0}


def test_the_matrix_is_scikit_learns(sample):
    labels, probabilities = sample()
    answers = np.array(CLASSES)[probabilities.argmax(axis=1)]
    outcomes = Outcomes.count(labels, probabilities, CLASSES)
    np.testing.assert_array_equal(outcomes.confusion_matrix, confusion_matrix(labels, answers))
    assert outcomes.documents == len(labels) == outcomes.in_bin.sum()


def test_of_thousands_of_classes_only_the_pairs_that_occur_are_kept():
    names = [str(i) for i in range(5_000)]
    probabilities = np.eye(2, 5_000, dtype=np.float32)
    outcomes = Outcomes.count(["0", "4999"], probabilities, names)
    assert outcomes.pairs.tolist() == [0, 4999 * 5_000 + 1]
    assert len(pickle.dumps(outcomes)) < 60_000


def test_outcomes_of_no_texts_change_nothing_and_have_no_metrics(sample):
    labels, probabilities = sample()
    none = Outcomes.count([], probabilities[:0], CLASSES)
    total = none + Outcomes.count(labels, probabilities, CLASSES)
    assert metrics_of(total) == measure(labels, probabilities, CLASSES)
    with pytest.raises(ArgumentError, match="Expected labelled texts to measure on. Received none"):
        metrics_of(none)


def test_outcomes_of_other_classes_do_not_add_up():
    one = Outcomes.count(["a"], np.eye(1), ["a"])
    with pytest.raises(ArgumentError, match="other classes do not add up. Received: a; and b."):
        one + Outcomes.count(["b"], np.eye(1), ["b"])


def test_the_first_label_that_is_unknown_is_named_however_the_texts_are_cut():
    for labels in (["bad", "ugly", "awful"], ["bad", "ugly"]):
        with pytest.raises(ArgumentError, match="does not know: ugly; it knows bad, good, so-so"):
            Outcomes.count(labels, np.zeros((len(labels), 3)), CLASSES)


@given(st.lists(st.tuples(st.floats(0.01, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_equals_its_definition(rows):
    confidences, right = (np.array(column) for column in zip(*rows, strict=True))
    expected = 0.0
    for b in range(BINS):
        inside = (confidences > b / BINS) & (confidences <= (b + 1) / BINS)
        if inside.any():
            gap = abs(right[inside].mean() - confidences[inside].mean())
            expected += inside.mean() * gap
    assert calibration_error(confidences, right) == pytest.approx(expected, abs=2e-1 / len(rows))


def test_bins_include_their_upper_end():
    assert bins_of(np.array([0.0, 0.07, 1 / BINS, 1.0])).tolist() == [0, 1, 0, BINS - 1]
