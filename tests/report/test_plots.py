from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.report.plots import calibration, learning_curves, length_histogram


def test_learning_curves_are_those_that_there_are():
    assert learning_curves([{}]) == []
    (loss,) = learning_curves([{"loss": [1.0, 0.5]}])
    assert (loss.heading, "validation" in loss.svg) == ("Loss by epoch", False)
    both = learning_curves([{"loss": [1.0], "val_loss": [0.9], "accuracy": [0.5]}])
    assert [plot.heading for plot in both] == ["Loss by epoch", "Accuracy by epoch"]
    assert "validation" in both[0].svg
    many = learning_curves([{"loss": [1.0, 0.5]}, {"loss": [0.9]}])
    assert many[0].note == "Each of 2 networks by itself."
    assert many[0].svg.count(">training<") == loss.svg.count(">training<")


@pytest.mark.parametrize("confidence", [0.34, 0.5, 1.0])
def test_calibration_of_texts_that_are_all_as_sure(confidence):
    probabilities = np.tile([confidence, (1 - confidence)], (5, 1))
    assert "<svg" in calibration(["a", "b", "a", "b", "a"], probabilities, ["a", "b"]).svg


@settings(max_examples=10)  # each is drawn
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_lengths_are_whole_and_the_longest_is_named(lengths):
    plot = length_histogram(np.array(lengths))
    assert f"The longest has {max(lengths):,} token" in plot.note


def test_no_texts_are_no_trouble():
    assert "<svg" in length_histogram(np.zeros(0, np.int64)).svg


def test_where_texts_are_cut_is_marked_if_any_are():
    lengths = np.arange(100)
    assert "cut at 50" in length_histogram(lengths, maxlen=50).svg
    assert "cut at" not in length_histogram(lengths, maxlen=400).svg
