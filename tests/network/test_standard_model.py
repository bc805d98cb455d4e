"""Networks of Keras's own layers: equal answers, and all that Keras does with a model."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from textseq.network.keras_network import keras_model
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import weight_values
from textseq.network.standard_ensemble import ensemble_model
from textseq.network.standard_model import standard_model

# Padding behind, before, between the tokens, and a row of nothing else.
IDS = np.array([[3, 7, 1, 9, 2], [4, 5, 0, 0, 0], [0, 0, 6, 11, 1], [2, 0, 8, 0, 5], [0] * 5])
PARTS = [
    ("learned", "simple_rnn", "last", False),
    ("word2vec", "gru", "last", True),
    ("onehot", "lstm", "mean", False),
    ("ngrams", "simple_rnn", "max", True),
    ("ngrams", "gru", "attention", True),
]


def trained(embedding, cell, pooling, bidirectional, seed=0):
    """Return a specification and random weights."""
    sizes = {"units": 4, "dimension": 5, "vocabulary": 12, "classes": 3}
    grams = {"ngrams": 3, "buckets": 16, "dropout": 0.3, "vector_dropout": 0.2}
    parts = {"embedding": embedding, "cell": cell, "pooling": pooling}
    spec = ModelSpec(**parts, bidirectional=bidirectional, **sizes, **grams)
    matrix = np.zeros((12, 5), np.float32) if embedding == "word2vec" else None
    random = np.random.default_rng(seed)
    shapes = {name: value.shape for name, value in weight_values(spec.keras_model(matrix)).items()}
    weights = {name: random.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    return spec, weights


def answers(model):
    return keras.ops.convert_to_numpy(model(IDS.astype("int32")))


@pytest.mark.parametrize("parts", PARTS)
def test_answers_as_the_network_that_was_trained(parts):
    spec, weights = trained(*parts)
    model = standard_model(spec, weights)
    np.testing.assert_allclose(answers(model), answers(keras_model(spec, weights)), atol=1e-5)
    assert all(type(layer).__module__.startswith("keras.") for layer in model.layers)


@pytest.mark.parametrize("parts", PARTS)
def test_is_cloned(parts):
    model = standard_model(*trained(*parts))
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_allclose(answers(clone), answers(model), atol=1e-6)


LOADER = """
import tensorflow as tf
ids = np.array(given["ids"], "int32")
found = [keras.models.load_model(path)(ids).numpy().tolist() for path in given["saved"]]
exported = tf.saved_model.load(given["exported"])
print(json.dumps([*found, exported.serve(ids).numpy().tolist()]))
"""


def test_is_saved_and_exported_for_a_process_without_textseq(run_in_keras, tmp_path):
    models = [standard_model(*trained(*parts, seed=k)) for k, parts in enumerate(PARTS)]
    two = [standard_model(*trained(*PARTS[3], seed=k)) for k in (1, 2)]
    models.append(ensemble_model(two, temperature=1.7))
    saved = [str(tmp_path / f"{k}.keras") for k in range(len(models))]
    for path, model in zip(saved, models, strict=True):
        model.save(path)
    models[-1].export(tmp_path / "exported", verbose=False)
    given = {"saved": saved, "exported": str(tmp_path / "exported"), "ids": IDS.tolist()}
    answered = run_in_keras(LOADER, given)
    for found, model in zip(answered, [*models, models[-1]], strict=True):
        np.testing.assert_allclose(found, answers(model), atol=1e-6)


def test_trains_on():
    model = standard_model(*trained(*PARTS[3]))
    labels = np.array([0, 1, 2, 0, 1])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    before = model.evaluate(IDS, labels, verbose=0)  # without dropout, which makes a loss random
    model.fit(IDS, labels, epochs=50, verbose=0)
    assert model.evaluate(IDS, labels, verbose=0) < before / 2


def test_an_own_cell_is_used_as_it_is():
    spec = ModelSpec(
        cell=keras.layers.GRUCell, units=4, dimension=5, vocabulary=12, classes=3, pooling="mean"
    )
    weights = weight_values(spec.keras_model())
    found = answers(standard_model(spec, weights))
    np.testing.assert_allclose(found, answers(keras_model(spec, weights)), atol=1e-5)
