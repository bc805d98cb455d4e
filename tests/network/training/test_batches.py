from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.network.training import batches as module
from textseq.network.training.batches import Batches, choose_widths

LENGTHS = np.random.default_rng(0).integers(0, 40, size=500)


@pytest.fixture
def many_widths(monkeypatch):
    """Make compiling cheap, so that a small corpus has several widths."""
    monkeypatch.setattr(module, "COMPILING", 100)


def drawn(seed=3, size=16):
    made = Batches(LENGTHS, size, choose_widths(LENGTHS, epochs=1))
    return made, list(made.epoch(np.random.default_rng(seed)))


def test_every_document_is_in_one_batch(many_widths):
    made, epoch = drawn()
    documents = np.concatenate([documents for _, documents in epoch])
    assert sorted(documents.tolist()) == list(range(500))
    assert len(made) == len(epoch) == 32


def test_a_batch_has_a_width_that_fits_its_documents(many_widths):
    made, epoch = drawn()
    for width, documents in epoch:
        assert width in made.widths
        assert 0 < len(documents) <= 16
        assert LENGTHS[documents].max() <= width


def test_batches_of_few_widths_hold_little_padding(many_widths):
    made, epoch = drawn()
    assert 1 < len(made.widths) <= module.MAX_WIDTHS
    assert LENGTHS.sum() / sum(16 * width for width, _ in epoch) > 0.85
    shuffled = np.random.default_rng(0).permutation(500)
    by_chance = sum(16 * LENGTHS[shuffled[i : i + 16]].max() for i in range(0, 500, 16))
    assert LENGTHS.sum() / by_chance < 0.65


def test_order_follows_the_random_numbers():
    first, same, other = (
        [(width, documents.tolist()) for width, documents in drawn(seed)[1]] for seed in (3, 3, 4)
    )
    assert first == same != other


def test_documents_without_words_make_a_batch_of_width_1():
    assert choose_widths(np.zeros(3, int), epochs=2).tolist() == [1]


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=30),
    st.integers(1, 4),
    st.integers(1, 40),
)
def test_widths_are_the_cheapest_there_are(lengths, epochs, compiling):
    """Against all choices of widths, one by one."""

    def cost(widths):
        fits = np.array(widths)[np.searchsorted(widths, np.maximum(lengths, 1))]
        return fits.sum() * epochs + compiling * len(widths)

    possible = np.unique(np.maximum(lengths, 1))
    choices = [
        [*some, possible[-1]]
        for count in range(len(possible))
        for some in itertools.combinations(possible[:-1], count)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "COMPILING", compiling)
        assert cost(choose_widths(np.array(lengths), epochs)) == min(map(cost, choices))
