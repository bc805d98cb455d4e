"""The weight of each document in the loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_sample_weight

from textseq.classifier.document_weights import document_weights
from textseq.classifier.labels import encode_labels
from textseq.errors import ArgumentError


@given(st.lists(st.sampled_from("abc"), min_size=1))
def test_balanced_weights_equal_scikit_learns(labels):
    labels = np.array(labels)
    classes = np.unique(labels)
    got = document_weights(encode_labels(labels, classes), classes, "balanced")
    np.testing.assert_allclose(got, compute_sample_weight("balanced", labels), rtol=1e-6)


def test_a_weight_for_a_label_and_for_a_sample_multiply():
    classes, targets = np.array(["bad", "good"]), np.array([0, 1, 1])
    got = document_weights(targets, classes, {"good": 3.0}, [1, 1, 2])
    assert got.tolist() == [1, 3, 6]


def test_a_weight_for_a_label_that_there_is_not_is_said(caplog):
    got = document_weights(np.array([0, 1]), np.array(["0", "1"]), {0: 3.0, "1": 2.0})
    assert got.tolist() == [1, 2]
    assert "has a weight for 0, which no text has as its label" in caplog.text


@pytest.mark.parametrize(
    ("class_weight", "sample_weight", "message"),
    [
        (None, ["x", 1], "hold numbers"),
        ({0: 1e300}, None, r"at most 1e\+09"),
        (None, [1e12, 1], "at most"),
        ("even", None, "'balanced'"),
        (None, [1], r"shape \(1,\)"),
    ],
)
def test_errors_say_what_is_wrong(class_weight, sample_weight, message):
    with pytest.raises(ArgumentError, match=message):
        document_weights(np.zeros(2, int), np.array([0]), class_weight, sample_weight)


@pytest.mark.parametrize("weights", [[0, 0], [1, -1], [1, float("nan")], [float("inf"), 1]])
def test_weights_that_cannot_be(weights):
    with pytest.raises(ArgumentError, match="weights of 0 or more"):
        document_weights(np.array([0, 1]), np.array(["a", "b"]), None, weights)
