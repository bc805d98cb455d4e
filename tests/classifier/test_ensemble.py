from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import softmax

from textseq import Sequences
from textseq.classifier.calibration import fitted_temperature, logits_of, loss_of
from textseq.classifier.ensemble import (
    ENOUGH,
    SHARES,
    UNFITTED,
    UNFITTED_TEMPERATURE,
    Committee,
    fitted_share,
    joined,
    mixed,
    parted,
    settled,
)
from textseq.errors import ArgumentError
from textseq.network.linear import Linear
from textseq.network.ngrams import Ngrams
from textseq.network.training.batches import Examples

TEXTS = Sequences.from_lists([[1, 2], [2], [3, 1, 1], []])


def probabilities(seed, documents=4, classes=3):
    logits = np.random.default_rng(seed).normal(size=(documents, classes))
    return softmax(logits, axis=1).astype(np.float32)


def linear_model(classes=3, seed=0):
    random, ngrams = np.random.default_rng(seed), Ngrams(4, 2, 4)
    columns = 1 if classes == 2 else classes
    table = random.normal(size=(ngrams.rows, columns)).astype(np.float16)
    return Linear(table, random.normal(size=columns).astype(np.float32), ngrams)


def test_networks_are_averaged_and_the_linear_model_multiplied():
    each, linear = [probabilities(seed) for seed in range(3)], linear_model()
    committee = Committee([lambda _, p=p: p for p in each], linear)
    product = np.mean(each, axis=0) * softmax(linear.logits(TEXTS), axis=1)
    expected = product / product.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(committee.probabilities(TEXTS), expected, atol=1e-6)


def test_networks_read_the_end_of_long_texts_and_the_linear_model_all():
    read = []

    def network(sequences):
        read.extend(sequences.to_lists())
        return probabilities(0)

    found = Committee([network], linear_model(), maxlen=2).probabilities(TEXTS)
    assert read == [[1, 2], [2], [1, 1], []]
    np.testing.assert_allclose(found, mixed(probabilities(0), linear_model().logits(TEXTS)))


def test_the_share_is_the_likeliest():
    random = np.random.default_rng(0)
    targets = random.integers(0, 3, 300)
    right = np.eye(3)[targets]
    network = softmax(right + random.normal(size=(300, 3)), axis=1).astype(np.float32)
    linear = (right + random.normal(scale=2, size=(300, 3))).astype(np.float32)

    def loss(share, temperature):
        return loss_of((logits_of(network) + share * linear) / temperature, targets)

    share = fitted_share(network, linear, targets)
    temperatures = np.geomspace(0.2, 5, 60)
    best = min(loss(share, t) for t in temperatures)
    others = [loss(s, t) for s in np.geomspace(*SHARES, 40) for t in temperatures]
    assert best <= min(others) + 1e-4


def test_few_validation_texts_decide_nothing():
    few = ENOUGH - 1
    assert (
        fitted_share(probabilities(0, few), probabilities(1, few), np.arange(few) % 3) == UNFITTED
    )


def validation(documents=20):
    texts = Sequences.concatenate([TEXTS] * (documents // len(TEXTS)))
    return Examples(texts, np.array([0, 1, 2, 1] * len(texts))[: len(texts)], np.ones(len(texts)))


def test_validation_texts_settle_the_share_and_the_temperature():
    texts, targets, _ = validation()
    right = softmax(3 * np.eye(3)[targets], axis=1).astype(np.float32)
    linear = linear_model()
    committee, temperature, figures = settled(
        Committee([lambda _: right], linear), validation(), calibrated=True
    )
    share = fitted_share(right, linear.logits(texts), targets)
    np.testing.assert_allclose(
        committee.linear.logits(texts), share * linear.logits(texts), rtol=0.01, atol=0.01
    )
    found = committee.probabilities(texts)
    assert figures["networks"] == [1.0]
    assert figures["together"] == (found.argmax(axis=1) == targets).mean()
    assert figures["linear"] == (linear.logits(texts).argmax(axis=1) == targets).mean()
    assert temperature == fitted_temperature(found, targets)
    assert settled(committee, validation(), calibrated=False).temperature == 1


def test_without_a_linear_model_each_network_is_told():
    _, targets, _ = validation()
    right = softmax(3 * np.eye(3)[targets], axis=1).astype(np.float32)
    wrong = softmax(np.roll(np.eye(3)[targets], 1, axis=1), axis=1).astype(np.float32)
    alone = Committee([lambda _: right, lambda _: wrong])
    committee, _, figures = settled(alone, validation(), calibrated=True)
    assert figures == {"networks": [1.0, 0.0], "together": 1.0}
    assert committee is alone


@pytest.mark.parametrize("documents", [0, 8])
@pytest.mark.parametrize("calibrated", [True, False])
def test_where_validation_texts_are_few_constants_settle_it(documents, calibrated):
    few = validation(documents) if documents else None
    committee = Committee([lambda _: probabilities(0, documents)], linear_model())
    found = settled(committee, few, calibrated=calibrated)
    expected = linear_model().times(UNFITTED)
    np.testing.assert_array_equal(found.committee.linear.table, expected.table)
    assert found.temperature == (UNFITTED_TEMPERATURE if calibrated else 1)
    assert (found.accuracies is None) == (few is None)


def test_weights_come_apart_as_they_were():
    networks = [{"output.bias": np.full(3, k), "forward.bias": np.full(2, k)} for k in range(12)]
    linear = linear_model()
    weights = joined(networks, linear)
    assert set(joined(networks[:1], None)) == {"output.bias", "forward.bias"}
    apart, same = parted(weights, vocabulary=4, longest=2, classes=3)
    assert [n["output.bias"][0] for n in apart] == [*range(12)]
    assert all(set(network) == {"output.bias", "forward.bias"} for network in apart)
    np.testing.assert_array_equal(same.logits(TEXTS), linear.logits(TEXTS))


@pytest.mark.parametrize(
    ("weights", "longest", "message"),
    [
        ({"output.bias": 0, "3.output.bias": 0}, 0, r"numbered from 1 on.*\[1, 3\]"),
        ({"2.output.bias": 0}, 0, r"numbered from 1 on.*\[2\]"),
        ({"output.bias": 0}, 2, r"should have the weights.*and has \[\]"),
        ({"output.bias": 0, **joined([], linear_model())}, 0, r"the weights \[\], and has"),
        ({"output.bias": 0, "linear.table": 0}, 2, "should have the weights"),
        ({"output.bias": 0, **joined([], linear_model(2))}, 2, "should have shape"),
        ({"output.bias": 0, "linear.table": np.ones(()), "linear.bias": 0}, 2, "shape"),
    ],
)
def test_weights_that_do_not_belong_together_are_refused(weights, longest, message):
    weights = {name: np.asarray(weight) for name, weight in weights.items()}
    with pytest.raises(ArgumentError, match=message):
        parted(weights, vocabulary=4, longest=longest, classes=3)


@given(arrays.arrays(np.float32, (3, 4), elements=st.floats(-50, 50, width=32)))
def test_mixed_sums_to_one(logits):
    found = mixed(probabilities(0, 3, 4), logits)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert np.isfinite(found).all()
