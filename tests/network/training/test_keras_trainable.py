"""The training step of Keras models, which may have parts of the user's own."""

from __future__ import annotations

import importlib.util
import random
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from textseq.classifier import SentenceClassifier, build_model
from textseq.network.cells import CELLS
from textseq.network.embeddings import EMBEDDINGS, Embedding
from textseq.network.model_spec import ModelSpec
from textseq.network.pooling import POOLINGS
from textseq.network.training import train_step
from textseq.network.training.keras_trainable import KerasTrainable, seeded
from textseq.network.training.loop import train
from textseq.network.training.packing import pack_documents

_file = importlib.util.spec_from_file_location("loop", Path(__file__).with_name("test_loop.py"))
loop = importlib.util.module_from_spec(_file)
_file.loader.exec_module(loop)
EXAMPLES, LENGTHS, SEQUENCES, SETTINGS = loop.EXAMPLES, loop.LENGTHS, loop.SEQUENCES, loop.SETTINGS
TARGETS, assert_same, network = loop.TARGETS, loop.assert_same, loop.network

SMALL = {"units": 8, "dimension": 5, "epochs": 3, "learning_rate": 0.05, "linear": 0, "networks": 1}


def own_embedding():
    """A layer that does not say which rows it gathers."""
    return type("Own", (keras.layers.Embedding,), {})(12, 8, mask_zero=True)


def own_cell(units=8):
    return keras.layers.SimpleRNNCell(units, activation="relu")


@pytest.mark.parametrize("own", [own_embedding, own_cell], ids=lambda own: own.__name__)
def test_parts_of_the_users_own_learn(own):
    with seeded(1):
        embedding = own() if own is own_embedding else EMBEDDINGS.resolve("learned")(12, 8)
        cell = own() if own is own_cell else CELLS.resolve("simple_rnn")(8)
        model = build_model(embedding, cell, POOLINGS.resolve("max")(1), 2, dropout=0.1)
    history = train(KerasTrainable(model, EXAMPLES, 20), EXAMPLES, None, SETTINGS)
    assert history["loss"][-1] < 0.8 * history["loss"][0]


def test_both_ways_to_train_lead_to_the_same_weights():
    parts = ("ngrams", "gru", "max", True)
    ours, theirs = network(*parts, dropout=0), network(*parts, dropout=0, engine="keras")
    options = replace(SETTINGS, epochs=2, learning_rate=0.01)
    expected = train(theirs, EXAMPLES, EXAMPLES, options)
    history = train(ours, EXAMPLES, EXAMPLES, options)
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, atol=1e-3, err_msg=name)
    want = theirs.weights()
    for name, weight in ours.weights().items():
        np.testing.assert_allclose(weight, want[name], atol=1e-3, err_msg=name)


def test_the_first_step_goes_down_the_gradient_that_keras_finds():
    """One batch of all documents, where Adam's first step is rate times the gradient's sign."""
    made = network("learned", "lstm", "mean", True, dropout=0, engine="keras")
    made.batch_size = 200
    import tensorflow as tf

    with tf.GradientTape() as tape:
        each = keras.ops.sparse_categorical_crossentropy(
            TARGETS, made.model(SEQUENCES.pad(padding="post"), training=True)
        )
        loss = keras.ops.mean(each)
    gradient = tape.gradient(loss, [v.value for v in made.model.trainable_variables])
    before = made.model.get_weights()
    options = replace(SETTINGS, epochs=1, batch_size=200, learning_rate=0.01, clip_norm=None)
    history = train(made, EXAMPLES, None, options)
    assert history["loss"] == [pytest.approx(float(loss), abs=1e-5)]
    for old, new, by in zip(before, made.model.get_weights(), gradient, strict=True):
        g = tf.convert_to_tensor(by).numpy()
        np.testing.assert_allclose(new, old - 0.01 * g / (abs(g) + 3.2e-6), atol=2e-4)


def test_a_batch_holds_its_documents_padded_behind_and_nothing_else():
    made = network(engine="keras")
    documents = np.array([3, 0, 7])
    rows = made._padded_rows(11, documents, np.random.default_rng(0))
    assert rows.shape == (20, 11, 1)
    for line, document in zip(rows, documents, strict=False):
        ids = SEQUENCES[int(document)]
        assert line[:, 0].tolist() == [*ids.tolist(), *[0] * (11 - len(ids))]
    assert not rows[3:].any()


def test_word_dropout_leaves_out_its_share_and_the_ngrams_with_it():
    """The padded batches against the packed ones, of the same dropped tokens."""
    made = network("ngrams", engine="keras", word_dropout=0.3)
    made.batch_size, documents = 200, np.arange(200)
    padded = made._padded_rows(11, documents, np.random.default_rng(1))
    words = padded[:, :, 0] > 0
    assert words.sum() == pytest.approx(0.7 * LENGTHS.sum(), rel=0.05)
    np.testing.assert_array_equal(padded[:, 1:, 1] > 0, words[:, 1:] & words[:, :-1])
    there = np.arange(11) < LENGTHS[:, None]
    dropped = (there & ~words)[there]
    rows, starts, order = pack_documents(made._rows, SEQUENCES.offsets, documents, dropped)
    kept = words.sum(axis=1)[order]
    assert (np.diff(kept) <= 0).all()
    for rank, document in enumerate(order):
        packed = [rows[starts[t] + rank].tolist() for t in range(kept[rank])]
        assert packed == padded[document][words[document]].tolist()


def test_seeded_repeats_and_leaves_other_randomness_alone():
    with seeded(7):
        first = keras.ops.convert_to_numpy(keras.random.normal((3,)))
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    with seeded(7):
        second = keras.ops.convert_to_numpy(keras.random.normal((3,)))
    np.testing.assert_array_equal(first, second)
    assert (random.random(), np.random.random()) == expected


def test_weights_that_are_set_are_those_that_predict(run):
    made, other = network(engine="keras"), network(seed=2, engine="keras")
    other.set_weights(made.weights())
    assert_same(other.weights(), made.weights())
    expected = run(made.model, SEQUENCES.pad(padding="post"))
    scores = made.head.measure(EXAMPLES.targets, expected, made.selection)
    assert other.validate(EXAMPLES) == pytest.approx(scores, abs=1e-5)


def test_what_one_compiles_the_others_use(labelled, monkeypatch):
    compiled = []
    compile_step = train_step._compiled_step

    def counting(*args):
        compiled.append(args)
        return compile_step(*args)

    monkeypatch.setattr(train_step, "_compiled_step", counting)
    for networks in (1, 3):
        SentenceClassifier(cell=own_cell, **SMALL | {"networks": networks}).fit(*labelled)
    assert len(compiled) % 2 == 0
    assert len({id(args[0]) for args in compiled}) == 2  # one model of each classifier


def test_an_embedding_that_does_not_say_how_it_starts_is_trained_by_keras(labelled, monkeypatch):
    part = Embedding("plain", lambda *sizes: keras.layers.Embedding(*sizes[:2], mask_zero=True))
    monkeypatch.setattr(EMBEDDINGS, "_factories", {**EMBEDDINGS._factories, "plain": lambda: part})
    spec = ModelSpec(embedding=part, vocabulary=9, classes=2)
    assert spec.runs_without_keras
    assert not spec.trains_without_keras
    classifier = SentenceClassifier(embedding=part, **SMALL).fit(*labelled)
    assert len(classifier.history_["loss"]) == 3
