"""Compression of a model folder: what it makes of models of each kind, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from gensim.models import KeyedVectors

from textseq.classifier import SentenceClassifier, compress, compression
from textseq.classifier.predictor import Predictor
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.tasks.four_bits import pack_exactly, round_rows

SMALL = {"preset": "textbook", "units": 4, "dimension": 6, "epochs": 2}
TEXTS = ["a joy to watch", "a bore to watch", "pure joy", "pure bore"] * 6
LABELS = ["good", "bad"] * 12


@pytest.fixture(autouse=True)
def any_size(monkeypatch):
    """Let small arrays be compressed too, as they are in tests."""
    monkeypatch.setattr(compression, "FEW", 1)


def test_without_compression_weights_stay_and_compress_makes_it_up(tmp_path):
    settings = {**SMALL, "embedding": "ngrams", "buckets": 3000, "linear": 2}
    exact = SentenceClassifier(**settings, compressed=False).fit(TEXTS, LABELS)
    assert pack_exactly(exact.weights_["1.embedding.embeddings"]) is None
    exact.save(tmp_path / "exact")
    saved = Predictor.load(tmp_path / "exact")
    assert saved.tokenizer.word_counts
    np.testing.assert_array_equal(saved.predict_proba(TEXTS), exact.predict_proba(TEXTS))
    compress(tmp_path / "exact", tmp_path / "small")
    small = Predictor.load(tmp_path / "small")
    expected = SentenceClassifier(**settings).fit(TEXTS, LABELS).weights_
    for name, weight in small.weights.items():
        if not name.startswith("linear."):  # whose weight is fitted before in one, after in other
            np.testing.assert_array_equal(weight, expected[name])
    np.testing.assert_allclose(small.predict_proba(TEXTS), exact.predict_proba(TEXTS), atol=0.1)
    metrics = [json.loads((tmp_path / n / "metrics.json").read_text()) for n in ("exact", "small")]
    assert metrics[0] == metrics[1]


def test_more_can_be_left_out(tmp_path):
    settings = {**SMALL, "embedding": "ngrams", "buckets": 3000}
    SentenceClassifier(**settings, compressed=False).fit(TEXTS, LABELS).save(tmp_path / "exact")
    kept = []
    for prune in (0.0, 0.1, 0.6):
        compress(tmp_path / "exact", tmp_path / "small", prune=prune, force=True)
        table = Predictor.load(tmp_path / "small").weights["1.embedding.embeddings"]
        kept.append(int(table.any(axis=1).sum()))
    assert kept[0] > kept[1] > kept[2] > 0
    compress(tmp_path / "small", tmp_path / "again", prune=0.0)
    again = Predictor.load(tmp_path / "again").weights["1.embedding.embeddings"]
    np.testing.assert_array_equal(again, table)


def test_word_vectors_that_were_given_stay_until_compression_is_asked_for(tmp_path):
    vectors = KeyedVectors(6)
    given_ones = np.random.default_rng(0).normal(size=(2, 6)).astype("float32")
    vectors.add_vectors(["joy", "bore"], given_ones)
    settings = {**SMALL, "embedding": "word2vec", "vectors": vectors, "tuned": False}
    classifier = SentenceClassifier(**settings).fit(TEXTS, LABELS)
    ids = [classifier.tokenizer_.word_index[word] for word in ("joy", "bore")]
    np.testing.assert_array_equal(classifier.weights_["1.embedding.embeddings"][ids], given_ones)
    classifier.save(tmp_path / "exact")
    compress(tmp_path / "exact", tmp_path / "small")
    small = Predictor.load(tmp_path / "small").weights["1.embedding.embeddings"]
    np.testing.assert_array_equal(small[ids], round_rows(given_ones))


def test_one_hot_networks_have_no_table(tmp_path):
    classifier = SentenceClassifier(**SMALL, embedding="onehot").fit(TEXTS, LABELS)
    classifier.save(tmp_path / "model")
    compress(tmp_path / "model", tmp_path / "small")
    np.testing.assert_array_equal(
        Predictor.load(tmp_path / "small").predict_proba(TEXTS), classifier.predict_proba(TEXTS)
    )


@pytest.mark.parametrize("prune", [-0.1, 1, float("nan")])
def test_a_share_that_is_none_is_refused(prune, tmp_path):
    with pytest.raises(ArgumentError, match="`prune` must be from 0 to below 1"):
        compress(tmp_path, tmp_path / "small", prune=prune)


def test_models_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(ArtifactError, match="is not a folder"):
        compress(tmp_path / "none", tmp_path / "small")
    SentenceClassifier(**SMALL).fit(TEXTS, LABELS).save(tmp_path / "model")
    compress(tmp_path / "model", tmp_path / "small")
    with pytest.raises(OutputExistsError):
        compress(tmp_path / "model", tmp_path / "small")
