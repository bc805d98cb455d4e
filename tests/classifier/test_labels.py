from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_sample_weight

from textseq.classifier.data import check_labelled
from textseq.classifier.labels import document_weights, encode_labels
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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check_labelled(["a"], [1, 2]), "1 texts and 2 labels"),
        (lambda: check_labelled([], []), "Received none"),
        (lambda: check_labelled(["a"], [0.5]), "a string or an integer"),
        (lambda: encode_labels(np.array(["x"]), np.array(["a", "b"])), "labels .*: x"),
        (lambda: document_weights(np.zeros(2, int), np.array([0]), "even"), "'balanced'"),
        (lambda: document_weights(np.zeros(2, int), np.array([0]), None, [1]), r"shape \(1,\)"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize("weights", [[0, 0], [1, -1], [1, float("nan")], [float("inf"), 1]])
def test_weights_that_cannot_be(weights):
    with pytest.raises(ArgumentError, match="weights of 0 or more"):
        document_weights(np.array([0, 1]), np.array(["a", "b"]), None, weights)


@given(st.lists(st.sampled_from(["neg", "pos", "긍정"]), min_size=1))
def test_arrow_labels_are_the_same_as_a_list(labels):
    texts = ["a"] * len(labels)
    half = len(labels) // 2
    chunks = pa.chunked_array([labels[:half], labels[half:]], pa.string())
    for given_labels in (chunks, pa.array(labels)):
        np.testing.assert_array_equal(check_labelled(texts, given_labels)[1], labels)
