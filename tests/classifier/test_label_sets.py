"""Labels of texts that may each have several, against scikit-learn's MultiLabelBinarizer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import MultiLabelBinarizer

from textseq.classifier.label_sets import (
    are_label_sets,
    check_label_sets,
    is_columns,
    rarest_labels,
    sets_of,
)
from textseq.errors import ArgumentError

words = st.sampled_from(["joy", "love", "fear", "기쁨", "a b"])
numbers = st.integers(-3, 5)


def of_one_kind(labels):
    return st.lists(st.one_of(st.lists(labels), st.sets(labels)), min_size=1)


@given(st.one_of(of_one_kind(words), of_one_kind(numbers)))
def test_indicators_are_those_of_scikit_learn(sets):
    binarizer = MultiLabelBinarizer()
    expected = binarizer.fit_transform(sets)
    if expected.shape[1] and all(isinstance(label, int) for label in binarizer.classes_):
        sets = [set(each) for each in sets]  # lists of 0 and 1 alone may be rows of a matrix
    found = check_label_sets(sets)
    assert found.classes.tolist() == binarizer.classes_.tolist()
    matrix = found.indicators(found.classes)
    np.testing.assert_array_equal(matrix, expected)
    assert sets_of(matrix, found.classes) == binarizer.inverse_transform(expected)


@pytest.mark.parametrize(
    ("labels", "several"),
    [
        ([["joy"], []], True),
        ([("joy", "love")], True),
        ([{"joy"}, "love"], True),
        (["joy", "love"], False),
        ([], False),
        (np.array(["joy"]), False),
        (np.array([[1, 1], [0, 1]]), True),
        (np.array([[False, True], [True, True]]), True),
        (np.array([[1, 0], [0, 1]]), False),  # one-hot
        (np.array([[1], [0]]), False),
        (np.array([[0.5, 1], [0, 1]]), False),
        (pa.array([["joy"], []]), True),
        (pa.chunked_array([["joy"]]), False),
        (scipy.sparse.csr_array([[1, 1], [0, 1]]), True),
    ],
    ids=range(14),
)
def test_what_is_taken_for_several_labels(labels, several):
    assert are_label_sets(labels) is several


def test_matrices_have_a_label_for_each_column_used_or_not():
    matrix = np.array([[1, 0, 1], [0, 0, 0]])
    for given_as in (matrix, matrix.astype(bool), scipy.sparse.csr_array(matrix)):
        found = check_label_sets(given_as)
        assert found.classes.tolist() == [0, 1, 2]
        assert is_columns(found.classes)
        np.testing.assert_array_equal(found.indicators(found.classes), matrix)


def test_columns_of_a_data_frame_are_the_labels_sorted():
    pandas = pytest.importorskip("pandas")
    found = check_label_sets(pandas.DataFrame({"love": [1, 0], "joy": [1, 1]}))
    assert found.classes.tolist() == ["joy", "love"]
    assert found.indicators(found.classes).tolist() == [[1, 1], [1, 0]]
    assert not is_columns(found.classes)


@pytest.mark.parametrize(
    "arrow",
    [pa.list_(pa.string()), pa.large_list(pa.string()), pa.list_(pa.string(), 2)],
    ids=["list", "large list", "of fixed size"],
)
def test_arrow_lists(arrow):
    found = check_label_sets(pa.array([["b", "a"], ["a", "a"]], arrow))
    assert found.indicators(found.classes).tolist() == [[1, 1], [1, 0]]


def test_a_label_by_itself_is_a_set_of_one():
    assert check_label_sets(["joy", ["joy", "love"]]).offsets.tolist() == [0, 1, 3]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([["joy"], None], r"Text 1 has no label: `y` is None, NaN or blank there; .* empty list"),
        ([["joy", None]], r"Text 0 has no label: `y` is a list that holds None"),
        ([["joy", float("nan")]], "holds None, NaN"),
        ([{"joy": 1}], "Text 0 has no label"),
        ([["joy", 1]], "labels of one kind"),
        ([[["joy"]]], "must be a string, an integer"),
        ([[0, 0, 1], [1, 0, 1]], r"of 3 zeros and ones .* numpy.array\(y\)"),
        (np.array([[0.5, 1.0], [1.0, 1.0]]), "indicator matrix of 0 and 1"),
    ],
    ids=range(8),
)
def test_what_are_no_labels(labels, message):
    with pytest.raises(ArgumentError, match=message):
        check_label_sets(labels)


def test_labels_that_training_did_not_have_are_named():
    found = check_label_sets([["joy", "hate"]])
    with pytest.raises(ArgumentError, match="hate"):
        found.indicators(np.array(["joy", "love"]))


def test_the_rarest_label_of_each_text():
    matrix = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 0, 1], [0, 1, 0]], np.float32)
    assert rarest_labels(matrix).tolist() == [1, 0, 3, 2, 1]
