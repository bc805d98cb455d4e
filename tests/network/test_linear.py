from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from textseq import Sequences, Tokenizer
from textseq.compute.cold_start import FEW_DOCUMENTS
from textseq.errors import ArgumentError
from textseq.network import linear, logistic_regression
from textseq.network.linear import STRENGTH, Linear, fit_linear, ngrams_for
from textseq.network.ngrams import Ngrams

VOCABULARY = 6
WORDS = ["high", "higher", "mountain", "giants", "enough", "shoulder"]

sentences = st.lists(st.lists(st.integers(1, VOCABULARY - 1), max_size=8), min_size=1, max_size=9)


def random_texts(count, seed=0):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, random.integers(1, 7))) for _ in range(count)]


def encoded(texts):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    return tokenizer.encode(texts), len(tokenizer.word_index) + 1


@pytest.mark.parametrize("classes", [2, 3])
def test_equals_scikit_learns_logistic_regression_on_naive_bayes_weights(classes, monkeypatch):
    """With so many buckets that no two n-grams share one."""
    monkeypatch.setattr(logistic_regression, "TOLERANCE", 1e-8)
    texts, random = random_texts(200), np.random.default_rng(1)
    targets = random.integers(0, classes, len(texts))
    weights = random.uniform(0.5, 2, len(texts)).astype(np.float32)
    sequences, vocabulary = encoded(texts)
    model = fit_linear(sequences, targets, weights, classes, Ngrams(vocabulary, 2, 2**20))
    seen = CountVectorizer(ngram_range=(1, 2), binary=True).fit_transform(texts).toarray()
    expected = []
    for number in range(classes):
        inside = targets == number
        counts = [1 + seen.T @ (weights * side) for side in (inside, ~inside)]
        ratio = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
        regression = LogisticRegression(C=STRENGTH, solver="liblinear", tol=1e-6)
        regression.fit(seen * ratio, inside, sample_weight=weights)
        expected.append(regression.decision_function(seen * ratio))
    found = model.logits(sequences)
    if classes == 2:
        assert not found[:, 0].any()
        expected[0] = np.zeros(len(texts))
    np.testing.assert_allclose(found, np.stack(expected, axis=1), atol=0.005)


@given(sentences, st.sampled_from([1, 3]), st.sampled_from([np.float16, np.float32]))
def test_few_and_many_texts_get_the_same(rows, columns, dtype):
    random = np.random.default_rng(0)
    ngrams = Ngrams(VOCABULARY, 3, buckets=8)
    table = random.normal(size=(ngrams.rows, columns)).astype(dtype)
    model = Linear(table, random.normal(size=columns).astype(np.float32), ngrams)
    many = model.logits(Sequences.from_lists(rows * (FEW_DOCUMENTS + 1)))
    warm = model.logits(Sequences.from_lists(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linear, "compiled_loops", lambda module, documents: None)
        cold = model.logits(Sequences.from_lists(rows))
    assert warm.shape == (len(rows), max(2, columns))
    np.testing.assert_allclose(warm, many[: len(rows)], rtol=0, atol=1e-6)
    np.testing.assert_allclose(warm, cold, rtol=0, atol=1e-6)


def test_parts_of_the_texts_are_put_together(monkeypatch):
    sequences, vocabulary = encoded(random_texts(50))
    ngrams = Ngrams(vocabulary, 2, 64)
    model = Linear(np.ones((ngrams.rows, 1), np.float16), np.zeros(1, np.float32), ngrams)
    whole = model.logits(sequences)
    monkeypatch.setattr(linear, "CHUNK", 7)
    np.testing.assert_array_equal(model.logits(sequences), whole)


def test_of_too_many_texts_a_part_is_learned_from(monkeypatch):
    texts = random_texts(100)
    sequences, vocabulary = encoded(texts)
    targets, even = np.arange(100) % 2, np.ones(100, np.float32)
    monkeypatch.setattr(linear, "MAX_NGRAMS", len(sequences.ids))  # half, of bigrams
    models = [fit_linear(sequences, targets, even, 2, Ngrams(vocabulary, 2, 64)) for _ in "12"]
    np.testing.assert_array_equal(models[0].table, models[1].table)
    chosen = linear._sample(sequences, 2, seed=0)
    assert 30 < len(chosen) < 70
    assert len(sequences[chosen].ids) * 2 <= linear.MAX_NGRAMS


@pytest.mark.parametrize("threads", ["1", "2", "8"])
def test_many_classes_at_once_get_the_weights_of_one_after_the_other(threads, monkeypatch):
    random = np.random.default_rng(2)
    sequences = Sequences.from_lists(random.integers(1, 400, (600, 12)).tolist())
    targets, even = random.integers(0, 12, 600), np.ones(600, np.float32)

    def fit():
        return fit_linear(sequences, targets, even, 12, Ngrams(400, 2, 2**10), seed=5)

    monkeypatch.setenv("TEXTSEQ_THREADS", "1")
    expected = fit()
    monkeypatch.setenv("TEXTSEQ_THREADS", threads)
    for _ in range(3):
        np.testing.assert_array_equal(fit().table, expected.table)


def test_a_class_without_a_text_to_learn_from_says_nothing():
    sequences, vocabulary = encoded(random_texts(20))
    even = np.ones(20, np.float32)
    model = fit_linear(sequences, np.arange(20) % 2, even, 3, Ngrams(vocabulary, 2, 64))
    assert not model.logits(sequences)[:, 2].any()


def test_a_text_that_counts_for_nothing_changes_nothing():
    texts = random_texts(60)
    sequences, vocabulary = encoded(texts)
    targets = np.arange(60) % 2
    weights = np.ones(60, np.float32)
    weights[40:] = 0
    ngrams = Ngrams(vocabulary, 2, 64)
    with_them = fit_linear(sequences, targets, weights, 2, ngrams)
    without = fit_linear(sequences[:40], targets[:40], weights[:40], 2, ngrams)
    np.testing.assert_allclose(with_them.logits(sequences), without.logits(sequences), atol=0.02)


def test_no_texts():
    model = Linear(np.zeros((7, 3), np.float16), np.zeros(3, np.float32), Ngrams(6, 2, 1))
    assert model.logits(Sequences.from_lists([])).shape == (0, 3)
    assert model.logits(Sequences.from_lists([[]])).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize(("table", "bias"), [((7, 2), 1), ((7, 1), 2), ((8, 1), 1), ((7,), 1)])
def test_weights_of_another_shape_are_refused(table, bias):
    model = Linear(np.zeros(table, np.float16), np.zeros(bias, np.float32), Ngrams(6, 2, 1))
    with pytest.raises(ArgumentError, match="should have shape"):
        model.check(classes=2)


def test_a_table_of_many_classes_has_fewer_buckets():
    assert ngrams_for(100, 3, tokens=10**9, classes=2).buckets == linear.MAX_TABLE_SIZE
    many = ngrams_for(100, 3, tokens=10**9, classes=1000)
    assert many.buckets * 1000 <= linear.MAX_TABLE_SIZE < many.buckets * 2000


def test_memory_is_a_few_bytes_for_each_n_gram():
    """Of the n-grams of all texts a number each, and of the distinct ones their sums."""
    random = np.random.default_rng(0)
    sequences = Sequences(random.integers(1, 1000, 400_000), np.arange(0, 400_001, 100))
    targets, even = np.arange(4000) % 2, np.ones(4000, np.float32)
    ngrams = Ngrams(1000, 2, buckets=2**14)
    fit_linear(sequences[:10], targets[:10], even[:10], 2, ngrams)  # compiled before
    tracemalloc.start()
    fit_linear(sequences, targets, even, 2, ngrams)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * len(sequences.ids) * ngrams.ngrams
