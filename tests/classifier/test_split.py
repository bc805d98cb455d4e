from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from textseq.classifier.split import train_val_split
from textseq.errors import ArgumentError


@given(
    st.lists(st.integers(2, 30), min_size=1, max_size=8),
    st.sampled_from([0.1, 0.2, 0.5]),
    st.integers(0, 2**32 - 1),
)
def test_draws_what_scikit_learn_draws(sizes, fraction, seed):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    count = int(np.ceil(len(labels) * fraction))
    stratified = count >= len(sizes) and len(labels) - count >= len(sizes)
    training, validation = train_test_split(
        np.arange(len(labels)),
        test_size=count,
        random_state=seed,
        stratify=labels if stratified else None,
    )
    found = train_val_split(labels, fraction, seed)
    kept = set(labels[training])
    if kept == set(range(len(sizes))):
        assert [part.tolist() for part in found] == [training.tolist(), validation.tolist()]
    else:  # a class that would only be validated on goes back
        assert found[0][: len(training)].tolist() == training.tolist()
        assert set(labels[found[0]]) == set(range(len(sizes)))


def test_split_keeps_the_classes_in_proportion():
    targets = np.array([0] * 80 + [1] * 20)
    training, held = train_val_split(targets, 0.1, seed=1)
    assert sorted([*training, *held]) == list(range(100))
    assert np.bincount(targets[held]).tolist() == [8, 2]


@pytest.mark.parametrize("seed", range(10))
def test_a_class_with_one_member_is_trained_on(seed):
    labels = np.array([0] * 9 + [1])
    training, held = train_val_split(labels, 0.2, seed=seed)
    assert sorted([*training, *held]) == list(range(10))
    assert 9 in training
    assert len(held) in (1, 2)


def test_a_fraction_that_leaves_nothing_to_train_on():
    with pytest.raises(ArgumentError, match=r"0\.9999 keeps all 32 texts .* give a smaller"):
        train_val_split(np.array([0, 1] * 16), 0.9999, seed=0)
