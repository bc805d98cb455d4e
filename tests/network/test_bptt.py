"""The gradient by states and inputs of one document, against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.network.cells import CELLS
from textseq.network.heads import HEADS
from textseq.network.inference.bptt import backpropagate
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.pooling import POOLINGS

TIME, DIMENSION, UNITS, OUTPUTS = 6, 3, 4, 2


@pytest.mark.parametrize("pooling", [None, "last", "mean"])
@pytest.mark.parametrize("cell", CELLS.names())
def test_gradients_by_the_inputs_are_those_of_the_answer(cell, pooling):
    random = np.random.default_rng(0)
    part = None if pooling is None else POOLINGS.resolve(pooling)
    head = HEADS.resolve("squared_error")
    network = PackedNetwork({}, CELLS.resolve(cell), part, head, bidirectional=True)
    network = network.start(random, dimension=DIMENSION, units=UNITS, outputs=OUTPUTS)
    x = random.normal(size=(TIME, DIMENSION))

    def by_summary(summary, weights):
        gradient = np.zeros_like(summary)
        gradient[2 if pooling is None else slice(None)] = weights["output.kernel"][:, 1]
        return gradient

    found = backpropagate(network, x, by_summary)
    total = sum(direction.by_inputs for direction in found.values())

    def answer(inputs):
        predictions = network.predict(inputs.astype("float32"), np.arange(TIME + 1), 1)
        return float(predictions[2 if pooling is None else 0, 1])

    for place in np.ndindex(TIME, DIMENSION):
        nudge = np.zeros_like(x)
        nudge[place] = 1e-2
        expected = (answer(x + nudge) - answer(x - nudge)) / 2e-2
        assert total[place] == pytest.approx(expected, abs=2e-3)
    assert set(found) == {"forward", "backward"}
    for direction in found.values():
        assert direction.states.shape == direction.gradients.shape == (TIME, UNITS)
