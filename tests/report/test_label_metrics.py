"""Metrics of several labels: those of scikit-learn, and of parts as of the whole."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support
from sklearn.preprocessing import MultiLabelBinarizer

from textseq.errors import ArgumentError
from textseq.report import LabelOutcomes, label_metrics_of, measure_labels
from textseq.report.label_outcomes import indicator_of

NAMES = ["anger", "joy", "love", "sadness"]
SETS = st.lists(st.sets(st.sampled_from(NAMES)), min_size=1, max_size=12)
LIMITS = st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4)


@st.composite
def answers(draw):
    """Draw true labels, probabilities and thresholds."""
    sets = draw(SETS)
    shape = (len(sets), len(NAMES))
    probabilities = draw(arrays.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    return sets, probabilities, draw(LIMITS)


@given(answers())
def test_figures_are_scikit_learns(drawn):
    sets, probabilities, limits = drawn
    metrics = measure_labels(sets, probabilities, NAMES, limits)
    true = MultiLabelBinarizer(classes=NAMES).fit_transform(sets)
    said = (probabilities > np.array(limits, np.float32)).astype(int)
    some = (true | said).any()  # where no label occurs, scikit-learn has no mean
    macro = f1_score(true, said, average="macro", zero_division=np.nan) if some else 0.0
    assert metrics.macro_f1 == pytest.approx(macro)
    precision, recall, f1, _ = precision_recall_fscore_support(
        true, said, average="micro", zero_division=0
    )
    micro = (metrics.micro_precision, metrics.micro_recall, metrics.micro_f1)
    assert micro == pytest.approx((precision, recall, f1))
    assert metrics.exact_match == pytest.approx(accuracy_score(true, said))
    columns = precision_recall_fscore_support(true, said, average=None, zero_division=0)
    ours = [(row.precision, row.recall, row.f1, row.support) for row in metrics.per_class]
    np.testing.assert_allclose(np.array(ours).T, columns)
    assert metrics.labels_per_text == pytest.approx(true.sum() / len(true))
    assert metrics.predicted_per_text == pytest.approx(said.sum() / len(true))
    assert metrics.unlabelled == pytest.approx((said.sum(axis=1) == 0).mean())


@given(SETS)
def test_an_indicator_is_that_of_multi_label_binarizer(sets):
    binarizer = MultiLabelBinarizer()
    expected = binarizer.fit_transform(sets)
    names = binarizer.classes_.tolist()
    np.testing.assert_array_equal(indicator_of([*map(list, sets)], names), expected)
    np.testing.assert_array_equal(indicator_of(expected, names), expected)


@given(answers(), st.lists(st.integers(0, 12), max_size=3).map(sorted))
def test_the_outcomes_of_parts_add_up_to_those_of_the_whole(drawn, edges):
    sets, probabilities, limits = drawn
    parts = [
        LabelOutcomes.count(sets[start:end], probabilities[start:end], NAMES, limits)
        for start, end in zip([0, *edges], [*edges, len(sets)], strict=True)
    ]
    total = label_metrics_of(LabelOutcomes.total(parts, NAMES, limits)).to_dict()
    whole = measure_labels(sets, probabilities, NAMES, limits).to_dict()
    assert total.pop("ece") == pytest.approx(whole.pop("ece"), abs=1e-12)
    assert total == whole


def test_a_label_at_its_threshold_is_not_given():
    probabilities = np.array([[0.3, 0.7]], np.float32)
    metrics = measure_labels([["a"]], probabilities, ["a", "b"], [0.3, 0.7])
    assert [row.predicted for row in metrics.per_class] == [0, 0]
    assert [row.threshold for row in metrics.per_class] == pytest.approx([0.3, 0.7])


def test_texts_without_labels_count():
    metrics = measure_labels([[], []], np.array([[0.1], [0.9]]), ["a"])
    assert (metrics.exact_match, metrics.macro_f1, metrics.unlabelled) == (0.5, 0, 0.5)
    perfect = measure_labels([[]], np.array([[0.1]]), ["a"])
    assert (perfect.exact_match, perfect.macro_f1, perfect.micro_f1) == (1, 0, 0)


def test_what_does_not_fit():
    with pytest.raises(ArgumentError, match="does not know: fear; it knows anger, joy"):
        measure_labels([["joy", "fear"]], np.zeros((1, 4)), NAMES)
    with pytest.raises(ArgumentError, match=r"Expected probabilities of shape \(1, 4\)"):
        measure_labels([["joy"]], np.zeros((1, 3)), NAMES)
    with pytest.raises(ArgumentError, match="Expected labelled texts to measure on"):
        measure_labels([], np.zeros((0, 4)), NAMES)
    one, other = (LabelOutcomes.count([[]], np.eye(1), ["a"], limit) for limit in (0.5, 0.6))
    with pytest.raises(ArgumentError, match="other classes or thresholds do not add up"):
        one + other


def test_metrics_are_values_for_json_and_outcomes_travel():
    probabilities = np.array([[0.9, 0.2, 0.1, 0.6]], np.float32)
    values = measure_labels([["anger"]], probabilities, NAMES).to_dict()
    assert json.loads(json.dumps(values))["per_class"][3]["predicted"] == 1
    outcomes = LabelOutcomes.count([["anger"]], probabilities, NAMES, 0.5)
    assert label_metrics_of(pickle.loads(pickle.dumps(outcomes))).to_dict() == values
