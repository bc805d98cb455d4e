"""The gradients of one sentence, against finite differences of each cell's definition."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.network.cells import CELLS
from textseq.network.cells.base import previous_states, reading_steps
from textseq.network.pooling import POOLINGS


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(cell, a, h, c, kernel, bias):
    """One step of a cell by its definition."""
    z = h @ kernel
    if cell == "simple_rnn":
        return np.tanh(a + z), c
    if cell == "gru":
        (au, ar, an), (zu, zr, zn) = np.split(a, 3), np.split(z + bias, 3)
        u = sigmoid(au + zu)
        return u * h + (1 - u) * np.tanh(an + sigmoid(ar + zr) * zn), c
    i, f, g, o = np.split(a + z, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def run(cell, inputs, kernel, bias, nudges):
    """Return all states, with something added to each as it comes."""
    h, c, states = np.zeros(len(kernel)), np.zeros(len(kernel)), []
    for a, nudge in zip(inputs, nudges, strict=True):
        h, c = step(cell, a, h, c, kernel, bias)
        h = h + nudge
        states.append(h)
    return np.array(states)


@pytest.mark.parametrize("pooling", POOLINGS.names())
@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("seed", range(3))
def test_gradients_equal_finite_differences(cell, pooling, seed):
    random = np.random.default_rng(seed)
    gates, units, time = {"simple_rnn": 1, "gru": 3, "lstm": 4}[cell], 4, 7
    inputs, kernel = random.normal(size=(time, gates * units)), random.normal(size=(4, gates * 4))
    bias, direction = random.normal(size=gates * units), random.normal(size=units)
    weights = {
        "pooling.kernel": random.normal(size=(4, 4)),
        "pooling.bias": random.normal(size=4),
        "pooling.context": random.normal(size=4),
    }

    starts = np.arange(time + 1)
    steps = reading_steps(starts, False)

    def score(nudges):
        states = run(cell, inputs, kernel, bias, nudges)
        pooled = POOLINGS.resolve(pooling).pool_packed(states, starts, 1, 1, weights)
        return (pooled.summary @ direction).item()

    parts, gates = CELLS.resolve(cell), inputs.copy()
    states, kept = parts.forward(gates, kernel, bias, steps, parts.starting_states(kernel))
    pooled = POOLINGS.resolve(pooling).pool_packed(states, starts, 1, 1, weights)
    got, _ = pooled.backward(direction[None])
    passed = (gates, states, kept, previous_states(states, steps))
    parts.backward(passed, got, kernel.T.copy(), steps)
    expected = np.zeros((time, units))
    for place in np.ndindex(time, units):
        nudge = np.zeros((time, units))
        nudge[place] = 1e-6
        expected[place] = (score(nudge) - score(-nudge)) / 2e-6
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-8)
