"""Cells that are not in their default form are left to Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from textseq.network.cells.base import scan_of
from textseq.network.fused_rnn import FusedRNN


@pytest.mark.parametrize(
    "cell",
    [
        keras.layers.SimpleRNNCell(3, activation="relu"),
        keras.layers.SimpleRNNCell(3, use_bias=False),
        keras.layers.GRUCell(3, reset_after=False),
        keras.layers.LSTMCell(3, recurrent_activation="hard_sigmoid"),
        keras.layers.LSTMCell(3, dropout=0.1),
        type("Own", (keras.layers.SimpleRNNCell,), {})(3),
    ],
)
def test_other_cells_are_left_to_keras(cell):
    assert scan_of(cell) is None
    layer = FusedRNN(cell, scan_of(cell))
    assert layer(np.ones((2, 4, 5), "float32")).shape == (2, 4, 3)
