from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from textseq import Sequences
from textseq.network import logistic_regression
from textseq.network.logistic_regression import fit_logistic_regression
from textseq.network.ngram_sets import NgramSets, ngram_sets
from textseq.network.ngrams import Ngrams


@pytest.fixture
def exact(monkeypatch):
    """Let the passes go on until nothing moves."""
    monkeypatch.setattr(logistic_regression, "TOLERANCE", 1e-8)
    monkeypatch.setattr(logistic_regression, "MAX_PASSES", 2_000)


def random_sets(random, documents):
    lists = [random.integers(1, 30, random.integers(0, 12)).tolist() for _ in range(documents)]
    return ngram_sets(Sequences.from_lists(lists), Ngrams(30, 2, buckets=64))


def expected(sets, factors, inside, costs):
    """Return what scikit-learn's interface to LIBLINEAR gives."""
    values = factors[sets.columns].astype(np.float64)
    shape = (len(inside), len(factors))
    features = sparse.csr_matrix((values, sets.columns, sets.offsets), shape)
    model = LogisticRegression(C=1, solver="liblinear", dual=True, tol=1e-9, max_iter=10_000)
    model.fit(features, inside, sample_weight=costs)
    return model.coef_[0] * factors, model.intercept_[0]


@pytest.mark.usefixtures("exact")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 1.0, 100.0]))
def test_converges_to_the_weights_of_liblinear(seed, cost):
    random = np.random.default_rng(seed)
    sets = random_sets(random, documents=int(random.integers(2, 60)))
    count = len(sets.offsets) - 1
    factors = random.normal(size=len(sets.rows)).astype(np.float32)
    inside = np.arange(count) % 2 == 0
    costs = cost * random.uniform(0.1, 2, count)
    costs[2:][random.random(count - 2) < 0.1] = 0  # as if those texts were not there
    weights, bias = fit_logistic_regression(sets, factors, inside, costs, seed % 100)
    wanted, intercept = expected(sets, factors, inside, costs)
    scale = max(1.0, float(np.abs(wanted).max(initial=0)))
    np.testing.assert_allclose(weights, wanted, atol=2e-4 * scale)
    assert bias == pytest.approx(intercept, abs=2e-4 * scale)


def test_a_few_passes_are_near():
    random = np.random.default_rng(0)
    sets = random_sets(random, documents=400)
    factors = random.normal(size=len(sets.rows)).astype(np.float32)
    inside = random.random(400) < 0.3
    weights, bias = fit_logistic_regression(sets, factors, inside, np.full(400, 0.5), seed=0)
    wanted, intercept = expected(sets, factors, inside, np.full(400, 0.5))
    np.testing.assert_allclose([*weights, bias], [*wanted, intercept], atol=0.1)


def test_the_seed_decides():
    random = np.random.default_rng(1)
    sets, inside = random_sets(random, documents=50), random.random(50) < 0.5
    factors, costs = np.ones(len(sets.rows), np.float32), np.ones(50)
    one, again, other = (
        fit_logistic_regression(sets, factors, inside, costs, seed)[0].tolist()
        for seed in (0, 0, 1)
    )
    assert one == again != other


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("cost", [1e-9, 1e9])
def test_costs_of_any_size_give_finite_weights(cost):
    random = np.random.default_rng(2)
    sets, inside = random_sets(random, documents=50), np.arange(50) % 2 == 0
    factors = np.ones(len(sets.rows), np.float32)
    weights, bias = fit_logistic_regression(sets, factors, inside, np.full(50, cost), seed=0)
    assert np.isfinite([*weights, bias]).all()


@pytest.mark.usefixtures("exact")
def test_texts_without_words_have_the_bias_alone():
    sets = NgramSets(np.zeros(0, np.int32), np.zeros(5, np.int64), np.zeros(0, np.int32))
    inside, factors = np.array([True, True, True, False]), np.zeros(0, np.float32)
    weights, bias = fit_logistic_regression(sets, factors, inside, np.full(4, 10.0), seed=0)
    assert not len(weights)
    share = 1 / (1 + np.exp(-bias))
    assert bias == pytest.approx(10 * (3 * (1 - share) - share), abs=1e-4)
