from __future__ import annotations

import numpy as np

from textseq.classifier.data import train_val_split


def test_split_keeps_the_classes_in_proportion():
    targets = np.array([0] * 80 + [1] * 20)
    training, held = train_val_split(targets, 0.1, seed=1)
    assert sorted([*training, *held]) == list(range(100))
    assert np.bincount(targets[held]).tolist() == [8, 2]


def test_split_of_a_class_with_one_member_is_left_to_chance():
    training, held = train_val_split(np.array([0] * 9 + [1]), 0.2, seed=1)
    assert len(training) == 8
    assert len(held) == 2
