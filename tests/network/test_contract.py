"""One contract for every registered part: padding never counts, and no words are no trouble."""

from __future__ import annotations

import numpy as np
import pytest

from textseq import Sequences
from textseq.network.cells import CELLS
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.inference.numpy_network import (
    BUILT_IN_CELLS,
    BUILT_IN_EMBEDDINGS,
    BUILT_IN_POOLINGS,
    NumpyNetwork,
)
from textseq.network.model import weight_values
from textseq.network.ngrams import BUCKETS, Ngrams
from textseq.network.pooling import POOLINGS

VOCABULARY = 12
SENTENCES = Sequences.from_lists([[7, 8, 9, 10, 11], [3], [], [1, 2, 2]])

NETWORKS = [
    *[("learned", c, p, b) for c in CELLS.names() for p in POOLINGS.names() for b in (False, True)],
    *[(e, "simple_rnn", "max", True) for e in EMBEDDINGS.names() if e != "learned"],
]


@pytest.fixture(params=NETWORKS, ids=lambda parts: "-".join(map(str, parts)))
def parts(request):
    return request.param


def test_padding_changes_nothing_and_empty_is_finite(make_network, run, parts):
    model = make_network(*parts)
    expected = run(model, SENTENCES.pad(padding="post"))
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(expected.sum(axis=1), 1, atol=1e-5)
    for padding in ("pre", "post"):
        for width in (5, 9):
            padded = SENTENCES.pad(width, padding=padding)
            np.testing.assert_allclose(run(model, padded), expected, atol=1e-5)


def test_neighbours_in_the_batch_change_nothing(make_network, run, parts):
    model = make_network(*parts)
    together = run(model, SENTENCES.pad())
    for i, sentence in enumerate(SENTENCES):
        alone = run(model, [sentence if len(sentence) else [0]])
        np.testing.assert_allclose(alone[0], together[i], atol=1e-5)


def test_numpy_forward_pass_equals_keras(make_network, run, parts):
    model = make_network(*parts)
    embedding, cell, pooling, bidirectional = parts
    rows = Ngrams(VOCABULARY, 2, BUCKETS) if embedding == "ngrams" else None
    network = NumpyNetwork(weight_values(model), cell, pooling, bidirectional, rows)
    np.testing.assert_allclose(
        network.probabilities(SENTENCES), run(model, SENTENCES.pad()), atol=1e-5
    )


def test_every_registered_part_runs_without_keras():
    assert set(CELLS.names()) == BUILT_IN_CELLS
    assert set(POOLINGS.names()) == BUILT_IN_POOLINGS
    assert set(EMBEDDINGS.names()) == BUILT_IN_EMBEDDINGS
