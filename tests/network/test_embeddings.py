from __future__ import annotations

import keras
import numpy as np
import pytest

from textseq import one_hot
from textseq.classifier import build_model
from textseq.errors import ArgumentError
from textseq.network.cells import CELLS
from textseq.network.embedding_layers import OneHot
from textseq.network.embeddings import learned, onehot, word2vec

IDS = np.array([[7, 8, 9, 10, 11], [3, 1, 0, 0, 0]], dtype="int32")


@pytest.mark.parametrize("cell", CELLS.names())
def test_one_hot_embedding_equals_dense_one_hot_input(cell, run):
    """Feeding ids equals feeding one-hot vectors to the same recurrent weights."""
    model = build_model(onehot(12), CELLS.resolve(cell)(4))
    vectors = keras.Input((None, 12))
    reader = keras.layers.RNN(CELLS.resolve(cell)(4))
    dense = keras.Model(vectors, reader(vectors))
    reader.set_weights(model.get_layer("forward").get_weights())
    for row in IDS:
        ids = row[row > 0]
        expected = keras.ops.convert_to_numpy(dense(one_hot(ids, 12)[None]))
        np.testing.assert_allclose(run(model, [ids]), expected, atol=1e-5)


def test_one_hot_layer_equals_one_hot():
    rows = keras.ops.convert_to_numpy(OneHot(12)(IDS))
    np.testing.assert_array_equal(rows, one_hot(IDS, 12))


@pytest.mark.parametrize("embedding", [learned(12, 5), onehot(12)], ids=["learned", "onehot"])
def test_mask_is_false_on_the_reserved_id(embedding):
    mask = keras.ops.convert_to_numpy(embedding.compute_mask(IDS))
    np.testing.assert_array_equal(mask, IDS != 0)


@pytest.mark.parametrize("tuned", [True, False])
def test_word2vec_starts_from_the_vectors_and_is_tuned_or_frozen(tuned):
    matrix = np.random.default_rng(0).normal(size=(12, 5)).astype("float32")
    layer = word2vec(12, 5, matrix, tuned)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(IDS)), matrix[IDS])
    assert len(layer.trainable_weights) == int(tuned)


def test_word2vec_without_vectors_says_how_to_give_them():
    with pytest.raises(ArgumentError, match="--vectors"):
        word2vec(12, 5, None, True)


def test_word2vec_with_vectors_of_another_shape():
    with pytest.raises(ArgumentError, match=r"\(12, 4\).*\(12, 5\)"):
        word2vec(12, 5, np.zeros((12, 4), "float32"), True)


def test_learned_refuses_vectors():
    with pytest.raises(ArgumentError, match="'word2vec'"):
        learned(12, 5, np.zeros((12, 5), "float32"))
