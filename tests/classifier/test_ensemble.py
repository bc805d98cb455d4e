from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import softmax

from textseq import Sequences
from textseq.classifier.calibration import (
    fit_temperature,
    log_probabilities,
    negative_log_likelihood,
)
from textseq.classifier.ensemble import (
    ENOUGH,
    HIGHEST_WEIGHT,
    LOWEST_WEIGHT,
    UNFITTED_TEMPERATURE,
    UNFITTED_WEIGHT,
    Ensemble,
    combine,
    fit_ensemble,
    fit_linear_weight,
    flatten_weights,
    split_weights,
)
from textseq.errors import ArgumentError
from textseq.network.linear import Linear
from textseq.network.ngrams import Ngrams
from textseq.network.training.batches import Examples

TEXTS = Sequences.from_lists([[1, 2], [2], [3, 1, 1], []])


def probabilities(seed, documents=4, classes=3):
    logits = np.random.default_rng(seed).normal(size=(documents, classes))
    return softmax(logits, axis=1).astype(np.float32)


def network(answer):
    """Return a network that gives one answer to all."""
    return SimpleNamespace(probabilities=lambda _: answer)


def linear_model(classes=3, seed=0):
    random, ngrams = np.random.default_rng(seed), Ngrams(4, 2, 4)
    columns = 1 if classes == 2 else classes
    table = random.normal(size=(ngrams.rows, columns)).astype(np.float16)
    return Linear(table, random.normal(size=columns).astype(np.float32), ngrams)


def test_networks_are_averaged_and_the_linear_model_multiplied():
    each, linear = [probabilities(seed) for seed in range(3)], linear_model()
    ensemble = Ensemble([network(p) for p in each], linear)
    product = np.mean(each, axis=0) * softmax(linear.logits(TEXTS), axis=1)
    expected = product / product.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ensemble.probabilities(TEXTS), expected, atol=1e-6)


def test_networks_read_the_end_of_long_texts_and_the_linear_model_all():
    read = []

    def spy(sequences):
        read.extend(sequences.to_lists())
        return probabilities(0)

    found = Ensemble([SimpleNamespace(probabilities=spy)], linear_model(), maxlen=2).probabilities(
        TEXTS
    )
    assert read == [[1, 2], [2], [1, 1], []]
    np.testing.assert_allclose(found, combine(probabilities(0), linear_model().logits(TEXTS)))


def test_the_weight_is_that_of_the_highest_likelihood():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 300)
    right = np.eye(3)[labels]
    network = softmax(right + random.normal(size=(300, 3)), axis=1).astype(np.float32)
    linear = (right + random.normal(scale=2, size=(300, 3))).astype(np.float32)

    def loss(share, temperature):
        return negative_log_likelihood(
            (log_probabilities(network) + share * linear) / temperature, labels
        )

    share = fit_linear_weight(network, linear, labels)
    temperatures = np.geomspace(0.2, 5, 60)
    best = min(loss(share, t) for t in temperatures)
    others = [
        loss(s, t) for s in np.geomspace(LOWEST_WEIGHT, HIGHEST_WEIGHT, 40) for t in temperatures
    ]
    assert best <= min(others) + 1e-4


def test_few_validation_texts_decide_nothing():
    few = ENOUGH - 1
    assert (
        fit_linear_weight(probabilities(0, few), probabilities(1, few), np.arange(few) % 3)
        == UNFITTED_WEIGHT
    )


def validation(documents=20):
    texts = Sequences.concatenate([TEXTS] * (documents // len(TEXTS)))
    return Examples(texts, np.array([0, 1, 2, 1] * len(texts))[: len(texts)], np.ones(len(texts)))


def test_validation_texts_decide_the_weight_and_the_temperature():
    texts, labels, _ = validation()
    right = softmax(3 * np.eye(3)[labels], axis=1).astype(np.float32)
    linear = linear_model()
    ensemble, temperature, _, figures, _ = fit_ensemble(
        Ensemble([network(right)], linear), validation(), calibrated=True
    )
    share = fit_linear_weight(right, linear.logits(texts), labels)
    np.testing.assert_allclose(
        ensemble.linear.logits(texts), share * linear.logits(texts), rtol=0.01, atol=0.01
    )
    found = ensemble.probabilities(texts)
    assert figures["networks"] == [1.0]
    assert figures["together"] == (found.argmax(axis=1) == labels).mean()
    assert figures["linear"] == (linear.logits(texts).argmax(axis=1) == labels).mean()
    assert temperature == fit_temperature(found, labels)
    assert fit_ensemble(ensemble, validation(), calibrated=False).temperature == 1


def test_without_a_linear_model_the_accuracy_of_each_network_is_given():
    _, labels, _ = validation()
    right = softmax(3 * np.eye(3)[labels], axis=1).astype(np.float32)
    wrong = softmax(np.roll(np.eye(3)[labels], 1, axis=1), axis=1).astype(np.float32)
    alone = Ensemble([network(right), network(wrong)])
    ensemble, _, _, figures, _ = fit_ensemble(alone, validation(), calibrated=True)
    assert figures == {"networks": [1.0, 0.0], "together": 1.0}
    assert ensemble is alone


@pytest.mark.parametrize("documents", [0, 8])
@pytest.mark.parametrize("calibrated", [True, False])
def test_where_validation_texts_are_few_constants_decide(documents, calibrated):
    few = validation(documents) if documents else None
    ensemble = Ensemble([network(probabilities(0, documents))], linear_model())
    found = fit_ensemble(ensemble, few, calibrated=calibrated)
    expected = linear_model().times(UNFITTED_WEIGHT)
    np.testing.assert_array_equal(found.ensemble.linear.table, expected.table)
    assert found.temperature == (UNFITTED_TEMPERATURE if calibrated else 1)
    assert (found.scores is None) == (few is None)


def test_split_weights_are_those_that_were_flattened():
    networks = [{"output.bias": np.full(3, k), "forward.bias": np.full(2, k)} for k in range(12)]
    linear = linear_model()
    weights = flatten_weights(networks, linear)
    assert set(flatten_weights(networks[:1], None)) == {"1.output.bias", "1.forward.bias"}
    apart, same = split_weights(weights, vocabulary=4, longest=2, classes=3)
    assert [n["output.bias"][0] for n in apart] == [*range(12)]
    assert all(set(network) == {"output.bias", "forward.bias"} for network in apart)
    np.testing.assert_array_equal(same.logits(TEXTS), linear.logits(TEXTS))


@pytest.mark.parametrize(
    ("weights", "longest", "message"),
    [
        ({"1.output.bias": 0, "3.output.bias": 0}, 0, r"prefixed by.*\['1', '3'\]"),
        ({"2.output.bias": 0}, 0, r"prefixed by.*\['2'\]"),
        ({"output.bias": 0}, 0, r"prefixed by.*\['output'\]"),
        ({}, 0, r"prefixed by.*\[\]"),
        ({"1.output.bias": 0}, 2, r"should have the weights.*and has \[\]"),
        (
            {"1.output.bias": 0, **flatten_weights([], linear_model())},
            0,
            r"the weights \[\], and has",
        ),
        ({"1.output.bias": 0, "linear.table": 0}, 2, "should have the weights"),
        ({"1.output.bias": 0, **flatten_weights([], linear_model(2))}, 2, "should have shape"),
        ({"1.output.bias": 0, "linear.table": np.ones(()), "linear.bias": 0}, 2, "shape"),
    ],
)
def test_weights_that_do_not_belong_together_are_refused(weights, longest, message):
    weights = {name: np.asarray(weight) for name, weight in weights.items()}
    with pytest.raises(ArgumentError, match=message):
        split_weights(weights, vocabulary=4, longest=longest, classes=3)


@given(arrays.arrays(np.float32, (3, 4), elements=st.floats(-50, 50, width=32)))
def test_combined_probabilities_sum_to_one(logits):
    found = combine(probabilities(0, 3, 4), logits)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert np.isfinite(found).all()
