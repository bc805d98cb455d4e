"""A predictor without training: its weights are random."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from textseq import Tokenizer
from textseq.classifier import predictor as module
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.predictor import Predictor, make_ensemble
from textseq.compute.cold_start import FEW_DOCUMENTS
from textseq.network import linear, ngrams
from textseq.network.inference import fused_embedding, numpy_network, summed_embedding
from textseq.network.linear import Linear
from textseq.network.ngrams import Ngrams

WORDS = [f"word{i}" for i in range(60)]
PARTS = [
    {"embedding": "learned", "cell": "simple_rnn", "pooling": "max"},
    {"embedding": "ngrams", "cell": "gru", "pooling": "mean"},
    {"embedding": "onehot", "cell": "lstm", "pooling": "attention"},
]


def random_texts(count, seed=1):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, random.integers(0, 25))) for _ in range(count)]


def make_predictor(parts, networks=2, classes=2):
    """Return a predictor of random weights, tables in half precision."""
    random, tokenizer = np.random.default_rng(0), Tokenizer()
    tokenizer.fit_on_texts([" ".join(WORDS)])
    vocabulary = len(WORDS) + 1
    config = ClassifierConfig(
        **parts, units=8, dimension=6, bidirectional=True, ngrams=3, buckets=500, linear=2,
        maxlen=20, vector_dropout=0.0,
    )  # fmt: skip
    spec = config.model_spec(vocabulary, classes)
    dimension = vocabulary if parts["embedding"] == "onehot" else 6
    embedding, cell, pooling, _ = spec._numpy_parts
    shapes = {"output.kernel": (16, classes), "output.bias": (classes,)}
    if parts["embedding"] != "onehot":
        rows = vocabulary + 500 * embedding.has_ngrams
        shapes["embedding.embeddings"] = (rows, 6)
    for direction in ("forward", "backward"):
        for name, shape in cell.weight_shapes(dimension, 8).items():
            shapes[f"{direction}.{name}"] = shape
    for name, shape in pooling.weight_shapes(16).items():
        shapes[f"pooling.{name}"] = shape

    def weights():
        drawn = {name: random.normal(0, 0.5, shape) for name, shape in shapes.items()}
        half = "embedding.embeddings"
        return {k: v.astype("float16" if k == half else "float32") for k, v in drawn.items()}

    table = random.normal(size=(vocabulary + 64, 1 if classes == 2 else classes))
    model = Linear(
        table.astype("float16"), np.zeros(table.shape[1], "float32"), Ngrams(vocabulary, 2, 64)
    )
    ensemble = make_ensemble(config, spec, [weights() for _ in range(networks)], model)
    labels = np.array(["no", "yes", "maybe"][:classes])
    return Predictor(config, tokenizer, labels, vocabulary, ensemble, 1.5)


@pytest.fixture
def cold(monkeypatch):
    """Make it as if no compiled loops were loaded, and as if loading them could not help."""
    for user in (linear, ngrams, numpy_network, fused_embedding, summed_embedding):
        monkeypatch.setattr(user, "compiled_loops", lambda module, documents: None)


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("classes", [2, 3])
def test_one_document_cold_warm_and_among_many_gets_the_same(parts, classes, request):
    texts = random_texts(FEW_DOCUMENTS + 30)
    among = make_predictor(parts, classes=classes).predict_proba(texts)
    warm = make_predictor(parts, classes=classes)
    warm.warm_up()
    warmed = [warm.predict_proba([text])[0] for text in texts]
    np.testing.assert_allclose(warmed, among, rtol=0, atol=1e-6)
    request.getfixturevalue("cold")
    predictor = make_predictor(parts, classes=classes)
    colds = [predictor.predict_proba([text])[0] for text in texts[:FEW_DOCUMENTS]]
    np.testing.assert_allclose(colds, among[:FEW_DOCUMENTS], rtol=0, atol=1e-6)


@pytest.mark.parametrize("parts", PARTS)
def test_many_threads_get_the_answers_of_one(parts):
    predictor = make_predictor(parts)
    predictor.warm_up()
    requests = [[text] for text in random_texts(120)] + [random_texts(n) for n in (2, 5, 300)]
    expected = [predictor.predict_proba(request) for request in requests]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(predictor.predict_proba, requests * 3))
    for got, wanted in zip(found, expected * 3, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_threads_may_be_the_first_to_use_a_predictor():
    predictor, texts = make_predictor(PARTS[0]), random_texts(4 * FEW_DOCUMENTS)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: predictor.predict_proba([text])[0], texts))
    np.testing.assert_allclose(found, predictor.predict_proba(texts), rtol=0, atol=1e-6)


def test_no_thread_is_started_for_one_sentence(monkeypatch):
    predictor = make_predictor(PARTS[0])
    predictor.warm_up()
    started = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    for text in random_texts(10_000 // 50) * 50:
        predictor.predict_proba([text])
    assert not started


def test_after_many_single_documents_it_warms_up_once(monkeypatch):
    calls = []
    monkeypatch.setattr(
        Predictor, "warm_up", lambda self: calls.append(self) or setattr(self._use, "warm", True)
    )
    predictor = make_predictor(PARTS[0])
    for _ in range(FEW_DOCUMENTS):
        predictor.predict_proba(["word1"])
    assert not calls
    for _ in range(3):
        predictor.predict_proba(["word1"])
    assert calls == [predictor]


def test_few_documents_load_no_compiled_loops(tmp_path):
    make_predictor(PARTS[1]).save(tmp_path / "model", {"histories": [{}]})
    code = (
        "import sys; from textseq.classifier import Predictor;"
        f"Predictor.load({str(tmp_path / 'model')!r}).predict(['word1 word2'] * {FEW_DOCUMENTS});"
        "print('numba' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_labels_are_those_of_the_largest_probabilities():
    predictor, texts = make_predictor(PARTS[0], classes=3), random_texts(40)
    best = predictor.predict_proba(texts).argmax(axis=1)
    np.testing.assert_array_equal(predictor.predict(texts), predictor.classes[best])
    assert predictor.predict([]).shape == (0,)


def test_its_repr_is_one_short_line():
    shown = repr(make_predictor(PARTS[0]))
    assert shown == "Predictor(2 classes, 2 networks and a linear model, 61 ids)"
    alone = make_predictor(PARTS[0], networks=1)
    alone = module.replace(alone, ensemble=module.replace(alone.ensemble, linear=None))
    assert repr(alone) == "Predictor(2 classes, 1 network, 61 ids)"
