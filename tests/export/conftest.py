"""Classifiers with random weights, and ONNX Runtime beside them."""

from __future__ import annotations

import numpy as np
import pytest

from textseq import Tokenizer
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.predictor import Predictor, make_ensemble
from textseq.export.onnx_file import build_model
from textseq.network.char_ngrams import CharWeights
from textseq.network.linear import Linear, columns_of
from textseq.network.ngrams import Ngrams

TEXTS = [
    "",
    " \t\n ",
    "Ain't no mountain high enough!",
    "xyzzy plugh",  # only unknown words
    "The film—a JOY, really—isn't bad; it's good (very good).",
    "이 영화 정말 재미있어요!  최고의   영화",
    "ΟΔΥΣΣΕΥΣ ΣΑΣ Σ ΑΣ' Σ. ά.Σ.Α Α\u0345Σ",
    "İstanbul'a İİ GİDİYORUM ı I",
    "cafe\u0301 café ﬁne ŒUVRE ß ẞ Ǆ ǅ",
    "😀👍🏽 good 👨‍👩‍👧 film 😀",
    "a\u00a0b\u2003c\u200bd\u3000e\r\nf\x1cg\x85h",
    "film " * 30 + "good bad good",
    "日本語 テキスト 한글 𝔘𝔫𝔦 𐐀𐐨 नमस्ते",
    "_under_score_ it''s 'quoted' --- ... ?!?",
]


def fitted(**settings):
    """Return a tokenizer that knows the words of some of the texts."""
    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts([*TEXTS[:3], *TEXTS[4:], "good film bad film good"] * 2)
    return tokenizer


def random_predictor(tokenizer=None, *, classes=("bad", "good", "so-so"), networks=1, **settings):
    """Return a classifier with random weights.

    Args:
        tokenizer: A fitted one.
        classes: The labels.
        networks: How many networks.
        **settings: Those of `ClassifierConfig`.
    """
    tokenizer = tokenizer or fitted(analyzer="words_and_marks")
    settings = {"units": 5, "dimension": 4, "buckets": 64, **settings}
    config = ClassifierConfig(networks=networks, calibrated=False, **settings)
    config = config.resolve(500, tokens=1_000, syllables=False)
    vocabulary = max(tokenizer.word_index.values()) + 1
    if tokenizer.num_words:
        vocabulary = min(vocabulary, tokenizer.num_words)
    spec = config.model_spec(vocabulary, len(classes))
    random = np.random.default_rng(1)
    each = [spec.starting_weights(random) for _ in range(networks)]
    for weights in each:
        for name, array in weights.items():
            weights[name] = (array + random.normal(0, 0.3, array.shape)).astype(np.float32)
    linear = _random_linear(random, config, vocabulary, len(classes))
    temperature, thresholds = 1.7, None
    if config.multilabel:
        temperature = random.uniform(0.5, 2, len(classes)).astype(np.float32)
        thresholds = random.uniform(0.3, 0.6, len(classes)).astype(np.float32)
    ensemble = make_ensemble(config, spec, each, linear)
    names = np.array(classes)
    return Predictor(config, tokenizer, names, vocabulary, ensemble, temperature, thresholds)


def _random_linear(random, config, vocabulary, classes):
    if not config.linear:
        return None
    columns = columns_of(classes, multilabel=bool(config.multilabel))

    def table(rows):
        values = random.normal(0, 1, (rows, columns)) * (random.random((rows, 1)) < 0.4)
        return values.astype(np.float16)

    ngrams = Ngrams(vocabulary, config.linear, 50)
    characters = CharWeights(table(97), config.char_ngrams) if config.char_ngrams else None
    bias = random.normal(0, 1, columns).astype(np.float32)
    return Linear(table(ngrams.rows), bias, ngrams, characters)


@pytest.fixture(scope="session")
def open_onnx():
    """Return a function from an exported model to a function: inputs -> outputs by name."""
    onnxruntime = pytest.importorskip("onnxruntime")

    def open_model(model):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        names = [output.name for output in session.get_outputs()]
        return lambda **inputs: dict(zip(names, session.run(None, inputs), strict=True))

    return open_model


@pytest.fixture(scope="session")
def texts():
    """Return texts of many kinds."""
    return TEXTS


@pytest.fixture(scope="session")
def fit():
    """Return a function that returns a fitted tokenizer; see `fitted`."""
    return fitted


@pytest.fixture(scope="session")
def make():
    """Return a function that returns a classifier; see `random_predictor`."""
    return random_predictor


@pytest.fixture(scope="session")
def check(open_onnx):
    """Return a function that raises unless the file answers as the classifier does."""

    def compare(predictor, texts=TEXTS, *, reads="text"):
        read = {"text": np.array(texts, object)}
        if reads == "ids":
            read = {"ids": predictor.tokenizer.encode(texts).pad().astype(np.int64)}
        found = open_onnx(build_model(predictor, reads))(**read)
        expected = predictor.predict_proba(texts)
        np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=1e-5)
        if predictor.multilabel:
            np.testing.assert_array_equal(found["labels"], predictor.predict(texts))
        else:
            names = predictor.predict(texts).tolist()
            assert found["label"].tolist() == list(map(str, names))
        return found

    return compare
