"""The decoder, step by step in NumPy, says what the training step says of whole targets.

A test of the training step holds that against Keras.
"""

from __future__ import annotations

import numpy as np
import pytest

from textseq.network.encoder_decoder import EncoderDecoderSpec
from textseq.network.inference.decoding import DecoderState, EncoderDecoder, ended
from textseq.network.training.encoder_decoder import EncoderDecoderTrainable, Pairs
from textseq.sequences.sequences import Sequences

SOURCES = [[1, 2, 3], [4], [2, 2, 1, 3, 4], [], [3, 1]]
TARGETS = [[2, 1], [3, 4, 5, 1], [1], [5, 5], []]


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("attention", ["general", "dot", "last", "none"])
@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_each_step_has_the_probabilities_of_teacher_forcing(cell, attention, bidirectional):
    spec = EncoderDecoderSpec(cell, 8, 5, bidirectional, attention, False, sources=5, targets=6)
    weights = spec.starting_weights(np.random.default_rng(1))
    sources, targets = map(Sequences.from_lists, (SOURCES, TARGETS))
    trained = EncoderDecoderTrainable(spec, weights, Pairs.of(sources, targets))
    expected = trained.validate(trained.training)["loss"]

    state, total = DecoderState(EncoderDecoder(spec, weights), ended(sources), 1), 0.0
    last = np.zeros((len(SOURCES), 1), np.int64)
    for step in range(max(map(len, TARGETS)) + 1):
        told, _ = state.step(last)
        for n, target in enumerate(TARGETS):
            answer = [*target, 0][step] if step <= len(target) else None
            if answer is not None:
                total -= float(told[n, 0, answer])
                last[n, 0] = answer
    assert total / sum(len(target) + 1 for target in TARGETS) == pytest.approx(expected, abs=1e-5)
