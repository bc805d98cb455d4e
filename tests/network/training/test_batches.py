from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences
from textseq.network.training import batches as module
from textseq.network.training.batches import Batches, Examples, choose_widths

RANDOM = np.random.default_rng(0)
LENGTHS = RANDOM.integers(0, 40, size=500)
SEQUENCES = Sequences.from_lists([RANDOM.integers(1, 12, n).tolist() for n in LENGTHS])
# The targets tell the documents apart.
EXAMPLES = Examples(SEQUENCES, np.arange(500), np.arange(500, dtype=np.float32))


@pytest.fixture
def many_widths(monkeypatch):
    """Make compiling cheap, so that a small corpus has several widths."""
    monkeypatch.setattr(module, "COMPILING", 100)


def drawn(seed=3, size=16, **settings):
    widths = choose_widths(LENGTHS, epochs=1)
    made = Batches(EXAMPLES, SEQUENCES.ids[:, None], size, widths, **settings)
    return made, list(made.epoch(np.random.default_rng(seed)))


def test_every_document_is_in_one_batch(many_widths):
    made, epoch = drawn()
    documents = np.concatenate([batch.targets[: batch.documents] for batch in epoch])
    assert sorted(documents.tolist()) == list(range(500))
    assert len(made) == len(epoch) == 32


def test_a_batch_holds_its_documents_padded_behind_and_nothing_else(many_widths):
    made, epoch = drawn()
    for batch in epoch:
        assert batch.rows.shape == (16, batch.rows.shape[1], 1)
        assert batch.rows.shape[1] in made.widths
        for i in range(batch.documents):
            document = SEQUENCES[int(batch.targets[i])]
            np.testing.assert_array_equal(batch.rows[i, : len(document), 0], document)
            assert not batch.rows[i, len(document) :].any()
        np.testing.assert_array_equal(batch.weights, batch.targets)
        assert not batch.rows[batch.documents :].any()
        assert not batch.weights[batch.documents :].any()


def test_batches_of_few_widths_hold_little_padding(many_widths):
    made, epoch = drawn()
    assert 1 < len(made.widths) <= module.MAX_WIDTHS
    assert LENGTHS.sum() / sum(batch.rows.size for batch in epoch) > 0.85
    shuffled = np.random.default_rng(0).permutation(500)
    by_chance = sum(16 * LENGTHS[shuffled[i : i + 16]].max() for i in range(0, 500, 16))
    assert LENGTHS.sum() / by_chance < 0.65


def test_order_follows_the_random_numbers():
    first, same, other = (drawn(seed)[1] for seed in (3, 3, 4))
    for one, two in zip(first, same, strict=True):
        np.testing.assert_array_equal(one.rows, two.rows)
    assert any(a.targets.tolist() != b.targets.tolist() for a, b in zip(first, other, strict=True))


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


def test_word_dropout_leaves_out_its_share_and_the_ngrams_with_it():
    rows = np.stack([SEQUENCES.ids, SEQUENCES.ids + 100, SEQUENCES.ids + 200], axis=1)
    # Bigrams and trigrams that reach over the beginning are none to begin with.
    place = np.arange(len(rows)) - np.repeat(SEQUENCES.offsets[:-1], SEQUENCES.lengths)
    rows[place < 1, 1], rows[place < 2, 2] = 0, 0
    made = Batches(EXAMPLES, rows, 500, np.array([39]), word_dropout=0.3)
    (batch,) = made.epoch(np.random.default_rng(1))
    words, bigrams, trigrams = np.moveaxis(batch.rows > 0, 2, 0)
    assert words.sum() == pytest.approx(0.7 * LENGTHS.sum(), rel=0.05)
    np.testing.assert_array_equal(bigrams[:, 1:], words[:, 1:] & words[:, :-1])
    np.testing.assert_array_equal(trigrams[:, 2:], words[:, 2:] & words[:, 1:-1] & words[:, :-2])
