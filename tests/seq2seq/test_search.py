"""Greedy and beam search, against all answers that there are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from textseq.network.encoder_decoder import TABLE, EncoderDecoderSpec
from textseq.network.inference.decoding import DecoderState, EncoderDecoder
from textseq.seq2seq.search import END, search
from textseq.sequences.sequences import Sequences

WORDS, LIMIT = 3, 4
SOURCES = Sequences.from_lists([[1, 2, 0], [0], [3, 1, 2, 2, 0]])


def network_of(cell, attention, seed):
    spec = EncoderDecoderSpec(cell, 8, 8, attention != "none", attention, False, 4, WORDS)
    random = np.random.default_rng(seed)
    weights = {
        name: random.normal(0, 0.8, shape).astype("float32")
        for name, shape in spec.weight_shapes().items()
    }
    weights[TABLE][0] = 0
    return EncoderDecoder(spec, weights)


def score_of(network, source, ids, penalty):
    """Return an answer's score, by teacher forcing."""
    state, total = DecoderState(network, source, 1), 0.0
    for last, word in itertools.pairwise([END, *ids, END]):
        total += float(state.step(np.array([[last]]))[0][0, 0, word])
    return total / (len(ids) + 1) ** penalty


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize(
    ("attention", "penalty"), [("dot", 1.0), ("general", 0.6), ("none", 0.0), ("last", 1.0)]
)
def test_a_wide_beam_finds_the_best_of_all_answers(cell, attention, penalty):
    network = network_of(cell, attention, seed=7)
    answers = [
        list(ids) for n in range(LIMIT + 1) for ids in itertools.product(range(1, WORDS), repeat=n)
    ]
    found = search(DecoderState(network, SOURCES, 64), np.full(3, LIMIT), beam=64, penalty=penalty)
    for n, some in enumerate(found):
        scores = [score_of(network, SOURCES[n : n + 1], ids, penalty) for ids in answers]
        assert len(some) == len(answers)
        assert some[0].ids == answers[int(np.argmax(scores))]
        assert [a.score for a in some] == pytest.approx(sorted(scores, reverse=True), abs=1e-5)


def test_greedy_search_takes_the_most_probable_word():
    network = network_of("gru", "dot", seed=1)
    for n, (answer,) in enumerate(search(DecoderState(network, SOURCES, 1), np.full(3, 9), beam=1)):
        state, last, ids = DecoderState(network, SOURCES[n : n + 1], 1), END, []
        while len(ids) <= 9:
            last = int(state.step(np.array([[last]]))[0].argmax())
            ids.append(last)
            if last == END:
                break
        assert answer.ids == ids[:-1]


@pytest.mark.parametrize("beam", [1, 3])
def test_a_source_is_answered_alike_in_any_company(beam):
    network = network_of("lstm", "general", seed=2)
    limits = np.array([3, 5, 4])
    together = search(DecoderState(network, SOURCES, beam), limits, beam=beam)
    for n, (answer, *_) in enumerate(together):
        source = SOURCES[n : n + 1]
        alone = search(DecoderState(network, source, beam), limits[n : n + 1], beam=beam)[0][0]
        assert answer.ids == alone.ids
        assert len(answer.ids) <= limits[n]
        assert answer.attention.shape[1] == 5  # padded
        np.testing.assert_allclose(
            answer.attention[:, : len(source.ids)], alone.attention, atol=1e-5
        )
        np.testing.assert_allclose(answer.attention.sum(axis=1), 1, atol=1e-5)
