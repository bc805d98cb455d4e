from __future__ import annotations

import keras
import numpy as np
import pytest

from textseq.classifier import build_model
from textseq.errors import ArgumentError
from textseq.network.cells import CELLS, gru, lstm, simple_rnn
from textseq.network.embeddings import learned
from textseq.network.model import summary_table
from textseq.network.model_weights import named_weights, set_named_weights, weight_values
from textseq.network.pooling import POOLINGS

IDS = np.array([[7, 8, 9], [3, 1, 2]], dtype="int32")


def test_textbook_encoder_has_77_parameters():
    assert build_model(learned(10, 5), simple_rnn(3)).count_params() == 77


def test_textbook_classifier_has_28230_parameters():
    assert build_model(learned(256, 100), simple_rnn(20), classes=10).count_params() == 28_230


@pytest.mark.parametrize(
    ("cell", "layer"),
    [
        (simple_rnn, keras.layers.SimpleRNN),
        (gru, keras.layers.GRU),
        (lstm, keras.layers.LSTM),
    ],
)
def test_equals_the_model_that_a_keras_tutorial_builds(cell, layer, run):
    ours = build_model(learned(12, 5), cell(4), classes=3)
    theirs = keras.Sequential(
        [
            keras.layers.Embedding(12, 5),
            layer(4),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    theirs.build((None, None))
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(run(ours, IDS), run(theirs, IDS), atol=1e-6)


def test_weights_go_out_and_in_by_name(make_network, run):
    model = make_network("learned", "gru", "attention", True, seed=1)
    other = make_network("learned", "gru", "attention", True, seed=2)
    set_named_weights(other, weight_values(model))
    np.testing.assert_array_equal(run(model, IDS), run(other, IDS))


def test_names_of_weights_are_stable(make_network):
    assert list(named_weights(make_network(bidirectional=True))) == [
        "embedding.embeddings",
        "forward.kernel",
        "forward.recurrent_kernel",
        "forward.bias",
        "backward.kernel",
        "backward.recurrent_kernel",
        "backward.bias",
        "output.kernel",
        "output.bias",
    ]


def test_wrong_weights_are_refused(make_network):
    model = make_network()
    weights = weight_values(model)
    with pytest.raises(ArgumentError, match=r"'output\.bias' has shape"):
        set_named_weights(model, {**weights, "output.bias": np.zeros(9, "float32")})
    del weights["output.bias"]
    with pytest.raises(ArgumentError, match="The network has the weights"):
        set_named_weights(model, weights)


def test_summary_names_the_textbook_weights():
    table = summary_table(build_model(learned(256, 100), simple_rnn(20), classes=10))
    rows = {name: row for name, *row in zip(*(c.cells for c in table.columns), strict=True)}
    assert rows["forward"][2:] == ["W_xh (100, 20), W_hh (20, 20), b_h (20)", "2,420"]
    assert rows["output"][2] == "W_hy (20, 10), b_y (10)"
    assert rows["pooling"][:2] == ["Last", "(any, 20)"]
    assert rows["total"][3] == "28,230"


def test_one_class_is_refused():
    with pytest.raises(ArgumentError, match="2 or more"):
        build_model(learned(10, 5), simple_rnn(3), classes=1)


def test_a_cell_of_ones_own(run):
    """Any object with Keras's cell contract will do, here a leaky integrator."""

    class Leaky(keras.layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.state_size = self.output_size = units

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], self.state_size), name="kernel")

        def call(self, inputs, states):
            state = 0.5 * states[0] + inputs @ self.kernel
            return state, [state]

    assert CELLS.resolve(Leaky) is Leaky
    model = build_model(learned(12, 5), Leaky(4), classes=3)
    assert run(model, IDS).shape == (2, 3)


@pytest.mark.parametrize("pooling", POOLINGS.names())
def test_keras_saves_and_clones_it_with_our_layers(make_network, run, pooling, tmp_path):
    """As `ModelCheckpoint` does in a training; this module's import lets Keras load them."""
    model = make_network("ngrams", "gru", pooling, bidirectional=True)
    model.save(tmp_path / "m.keras")
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    ids = [[1, 2, 3], [4, 0, 0], [0, 0, 0]]
    for other in (keras.models.load_model(tmp_path / "m.keras"), clone):
        np.testing.assert_allclose(run(other, ids), run(model, ids), atol=1e-6)
