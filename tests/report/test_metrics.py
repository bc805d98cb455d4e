from __future__ import annotations

import json
from dataclasses import asdict, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    classification_report,
    confusion_matrix,
    precision_recall_fscore_support,
)

from textseq.errors import ArgumentError
from textseq.report import confusions_table, measure, metrics_table

CLASSES = ["bad", "good", "so-so"]


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_scikit_learns(sample, seed):
    labels, probabilities = sample(seed=seed)
    answers = np.array(CLASSES)[probabilities.argmax(axis=1)]
    theirs = classification_report(labels, answers, output_dict=True, zero_division=0)
    ours = measure(labels, probabilities, CLASSES)
    assert ours.accuracy == accuracy_score(labels, answers)
    assert ours.macro_f1 == pytest.approx(theirs["macro avg"]["f1-score"])
    assert ours.weighted_f1 == pytest.approx(theirs["weighted avg"]["f1-score"])
    np.testing.assert_array_equal(ours.confusion_matrix, confusion_matrix(labels, answers))
    for row in ours.per_class:
        assert row.precision == pytest.approx(theirs[row.label]["precision"])
        assert row.f1 == pytest.approx(theirs[row.label]["f1-score"])
        assert row.recall == pytest.approx(theirs[row.label]["recall"])
        assert row.support == theirs[row.label]["support"]
    assert ours.majority == max(np.mean(labels == name) for name in CLASSES)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20))
def test_classes_that_are_missing_or_never_given_count_as_scikit_learn_counts_them(pairs):
    names = ["a", "b", "c", "d"]
    labels, answers = ([names[i] for i in column] for column in zip(*pairs, strict=True))
    theirs = precision_recall_fscore_support(labels, answers, labels=names, zero_division=0)
    ours = measure(labels, np.eye(4)[[given for _, given in pairs]], names)
    figures = [(row.precision, row.recall, row.f1, row.support) for row in ours.per_class]
    np.testing.assert_allclose(np.array(figures).T, theirs)


def test_perfect_and_hopeless():
    sure = np.eye(3)
    best = measure(CLASSES, sure, CLASSES)
    assert (best.accuracy, best.macro_f1, best.ece) == (1, 1, 0)
    worst = measure(CLASSES, np.roll(sure, 1, axis=1), CLASSES)
    assert (worst.accuracy, worst.macro_f1, worst.ece) == (0, 0, 1)


def test_a_class_without_texts_is_no_trouble():
    metrics = measure(["bad", "bad"], np.array([[0.6, 0.4, 0], [0.2, 0.8, 0]]), CLASSES)
    assert metrics.per_class[2].support == 0
    assert metrics.accuracy == 0.5


@pytest.mark.parametrize(
    ("labels", "shape", "message"),
    [
        ([], (0, 3), "Received none"),
        (["bad"], (1, 2), r"shape \(1, 3\)"),
        (["ugly"], (1, 3), "ugly; it knows bad, good, so-so"),
    ],
)
def test_errors_say_what_is_wrong(labels, shape, message):
    with pytest.raises(ArgumentError, match=message):
        measure(labels, np.zeros(shape), CLASSES)


def test_confusions_are_the_pairs_of_the_matrix_most_texts_first(sample):
    labels, probabilities = sample()
    metrics = measure(labels, probabilities, CLASSES)
    matrix = np.array(metrics.confusion_matrix)
    for pair in metrics.confusions:
        assert matrix[CLASSES.index(pair.label), CLASSES.index(pair.predicted)] == pair.texts > 0
    counts = [pair.texts for pair in metrics.confusions]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == len(labels) - matrix.trace()


def test_as_json_all_of_it_is_there(sample):
    metrics = measure(*sample(), CLASSES)
    figures = json.loads(json.dumps(metrics.to_dict()))
    assert figures["confusion_matrix"] == [list(row) for row in metrics.confusion_matrix]
    assert figures["per_class"][0] == asdict(metrics.per_class[0])
    assert figures["confusions"][0] == asdict(metrics.confusions[0])
    assert {field.name for field in fields(metrics)} == set(figures)


def test_thousands_of_classes():
    names = [str(i) for i in range(3_000)]
    metrics = measure(names[1:] + names[:1], np.eye(3_000, dtype=np.float32), names)
    assert metrics.accuracy == 0
    assert len(metrics.confusions) == 3_000
    assert metrics_table(metrics, most=20).row_count == 22
    assert confusions_table(metrics, most=20).row_count == 20
