from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import softmax

from textseq.classifier.calibration import (
    apply_temperature,
    fit_factors,
    fit_temperature,
    negative_log_likelihood,
)
from textseq.report import calibration_error

TEMPERATURES = st.floats(0.05, 20)
SEEDS = st.integers(0, 10_000)


def drawn(seed, documents=4000, classes=3, temperature=1.0):
    """Return the probabilities of a network that is too sure by a factor, and labels drawn."""
    random = np.random.default_rng(seed)
    logits = random.normal(scale=2, size=(documents, classes))
    true = softmax(logits, axis=1)
    targets = (random.random(documents)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    targets = targets.clip(0, classes - 1)
    return softmax(logits * temperature, axis=1).astype("float32"), targets


@given(SEEDS, TEMPERATURES)
def test_apply_temperature_is_the_softmax_of_divided_logits(seed, temperature):
    logits = np.random.default_rng(seed).normal(scale=3, size=(9, 4))
    got = apply_temperature(softmax(logits, axis=1).astype("float32"), temperature)
    np.testing.assert_allclose(got, softmax(logits / temperature, axis=1), atol=1e-5)


@given(SEEDS, TEMPERATURES)
def test_no_label_changes_however_near_two_are(seed, temperature):
    random = np.random.default_rng(seed)
    near = np.full((50, 3), 1 / 3, "float32") + random.integers(-2, 3, (50, 3)) * 3e-8
    near = near.astype("float32")
    got = apply_temperature(near, temperature)
    np.testing.assert_array_equal(got.argmax(axis=1), near.argmax(axis=1))


def test_probabilities_of_0_and_1_stay_finite():
    got = apply_temperature(np.array([[1, 0], [0, 1]], "float32"), 3.0)
    assert np.isfinite(got).all()
    assert apply_temperature(np.empty((0, 2), "float32"), 3.0).shape == (0, 2)


@pytest.mark.parametrize("temperature", [0.5, 1.7, 4.0])
def test_the_temperature_of_too_sure_a_network_is_found_and_lowers_the_error(temperature):
    probabilities, targets = drawn(1, temperature=temperature)
    found = fit_temperature(probabilities, targets)
    assert found == pytest.approx(temperature, rel=0.1)
    others, answers = drawn(2, temperature=temperature)
    right = others.argmax(axis=1) == answers
    before = calibration_error(others.max(axis=1), right)
    assert calibration_error(apply_temperature(others, found).max(axis=1), right) < before / 2


def test_where_it_does_not_help_on_held_out_texts_it_is_1():
    assert fit_temperature(*drawn(0, documents=9, temperature=5.0)) == 1  # too few to tell
    helped = [fit_temperature(*drawn(seed, documents=60)) != 1 for seed in range(40)]
    assert np.mean(helped) < 0.5  # these are calibrated, but for chance


@given(SEEDS, st.sampled_from([2, 3, 7]), st.sampled_from([1, 2]), st.floats(0, 3))
def test_no_factors_in_range_have_a_higher_likelihood(seed, classes, kinds, signal):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, 60)
    logits = [
        signal * random.normal() * np.eye(classes)[labels] + random.normal(size=(60, classes))
        for _ in range(kinds)
    ]

    def loss(factors):
        return negative_log_likelihood(
            sum(f * one for f, one in zip(factors, logits, strict=True)), labels
        )

    found = fit_factors(logits, labels, 0.05, 20)
    assert (found >= 0.05).all()
    assert (found <= 20).all()
    best = minimize(loss, np.ones(kinds), method="L-BFGS-B", bounds=[(0.05, 20)] * kinds)
    assert loss(found) <= best.fun + 1e-6


def test_labels_that_are_certain_have_finite_factors():
    labels = np.arange(30) % 3
    certain = np.where(np.eye(3)[labels] > 0, 0.0, -69.0)
    found = fit_factors([certain, np.zeros((30, 3))], labels, 0.01, 100)
    assert np.isfinite(found).all()
    assert fit_factors([-certain], labels, 0.01, 100).tolist() == [0.01]
