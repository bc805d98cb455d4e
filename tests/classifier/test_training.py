from __future__ import annotations

import random

import keras
import numpy as np
import pytest

from textseq import Sequences
from textseq.classifier.training import LengthBatches, probabilities, seeded, split_validation

RANDOM = np.random.default_rng(0)
LENGTHS = RANDOM.integers(0, 40, size=500)
SEQUENCES = Sequences.from_lists([RANDOM.integers(1, 12, n).tolist() for n in LENGTHS])
TARGETS = np.arange(500) % 3


def batches(seed):
    return LengthBatches(SEQUENCES, TARGETS, batch_size=16, seed=seed)


@pytest.mark.parametrize("seed", [None, 3])
def test_every_document_is_in_one_batch(seed):
    made = batches(seed)
    assert sorted(np.concatenate(made.batches).tolist()) == list(range(500))
    assert len(made) == len(made.batches) == 32


def test_a_batch_holds_its_documents_padded_behind():
    made = batches(3)
    ids, targets, weights = made[5]
    documents = made.batches[5]
    for row, document in zip(ids, documents, strict=True):
        np.testing.assert_array_equal(row[: LENGTHS[document]], SEQUENCES[int(document)])
        assert not row[LENGTHS[document] :].any()
    np.testing.assert_array_equal(targets, TARGETS[documents])
    np.testing.assert_array_equal(weights, 1)


def test_batches_by_length_hold_little_padding():
    made = batches(3)
    positions = sum(ids.size for ids, _, _ in made)
    assert LENGTHS.sum() / positions > 0.85
    shuffled = np.random.default_rng(0).permutation(500)
    by_chance = sum(16 * LENGTHS[shuffled[i : i + 16]].max() for i in range(0, 500, 16))
    assert LENGTHS.sum() / by_chance < 0.65


def test_order_follows_the_seed_and_changes_with_the_epoch():
    one, same, other = batches(3), batches(3), batches(4)
    first = np.concatenate(one.batches).tolist()
    assert first == np.concatenate(same.batches).tolist()
    assert first != np.concatenate(other.batches).tolist()
    one.on_epoch_end()
    assert first != np.concatenate(one.batches).tolist()


def test_the_first_two_batches_are_never_of_one_width():
    """Keras would then take their width for that of all, and fail on the first other one."""
    alike = Sequences.from_lists([[1, 2]] * 8)
    made = LengthBatches(alike, np.zeros(8, dtype=int), batch_size=4)
    assert [ids.shape[1] for ids, _, _ in made] == [3, 2]


def test_documents_without_words_make_a_batch():
    ids, _, _ = LengthBatches(Sequences.from_lists([[], []]), np.array([0, 1]))[0]
    assert ids.shape == (2, 1)


def test_split_keeps_the_classes_in_proportion():
    targets = np.array([0] * 80 + [1] * 20)
    training, held = split_validation(targets, 0.1, seed=1)
    assert sorted([*training, *held]) == list(range(100))
    assert np.bincount(targets[held]).tolist() == [8, 2]


def test_split_of_a_class_with_one_member_is_left_to_chance():
    training, held = split_validation(np.array([0] * 9 + [1]), 0.2, seed=1)
    assert len(training) == 8
    assert len(held) == 2


def test_seeded_repeats_and_leaves_other_randomness_alone():
    with seeded(7):
        first = keras.ops.convert_to_numpy(keras.random.normal((3,)))
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    with seeded(7):
        second = keras.ops.convert_to_numpy(keras.random.normal((3,)))
    np.testing.assert_array_equal(first, second)
    assert (random.random(), np.random.random()) == expected


def test_probabilities_come_back_in_the_order_of_the_documents(make_network, run):
    model = make_network()
    got = probabilities(model, SEQUENCES)
    np.testing.assert_allclose(got, run(model, SEQUENCES.pad(padding="post")), atol=1e-5)
