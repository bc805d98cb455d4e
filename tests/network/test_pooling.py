from __future__ import annotations

import keras
import numpy as np
import pytest

from textseq.network.pooling import Attention, Last, Max, Mean

STATES = np.random.default_rng(0).normal(size=(4, 5, 6)).astype("float32")
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 1, 1], [0, 1, 0, 1, 0]], dtype=bool)


def pooled(layer, states=STATES, mask=MASK):
    return keras.ops.convert_to_numpy(layer(states, mask=mask))


def tokens_of(i):
    return STATES[i][MASK[i]]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Last(), lambda states: states[-1]),
        (Mean(), lambda states: states.mean(axis=0)),
        (Max(), lambda states: states.max(axis=0)),
        (Last(directions=2), lambda states: np.r_[states[-1, :3], states[0, 3:]]),
    ],
    ids=["last", "mean", "max", "last-both-ways"],
)
def test_pooling_is_over_the_tokens_alone(layer, expected):
    rows = np.stack([expected(tokens_of(i)) for i in range(len(STATES))])
    np.testing.assert_allclose(pooled(layer), rows, rtol=1e-5)


def test_attention_is_the_softmax_weighted_mean():
    layer = Attention()
    got = pooled(layer)
    w, b, v = (keras.ops.convert_to_numpy(x) for x in (layer.kernel, layer.bias, layer.context))
    for i, row in enumerate(got):
        states = tokens_of(i)
        score = np.exp(np.tanh(states @ w + b) @ v)
        np.testing.assert_allclose(row, (score / score.sum()) @ states, rtol=1e-4)


@pytest.mark.parametrize("layer", [Last(), Last(2), Mean(), Max(), Attention()], ids=str)
def test_a_row_of_padding_pools_to_zeros(layer):
    np.testing.assert_array_equal(pooled(layer, mask=np.zeros_like(MASK)), 0)


def test_keras_max_pooling_does_count_padding():
    """The trap that `Max` is there for: should Keras mend it, ours can go."""
    states = -np.ones((1, 2, 3), dtype="float32")
    padded = np.concatenate([states, np.zeros((1, 1, 3), "float32")], axis=1)
    assert keras.ops.convert_to_numpy(keras.layers.GlobalMaxPooling1D()(padded)).max() == 0
    assert pooled(Max(), padded, np.array([[True, True, False]])).max() == -1
