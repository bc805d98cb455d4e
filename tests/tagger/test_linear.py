"""The linear model of a word and its neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.tagger import SequenceTagger
from textseq.tagger.features import WordFeatures
from textseq.tagger.linear import LinearTagger, context_rows, table_rows
from textseq.tagger.trainable import LinearTrainable, TaggedData

FEATURES = WordFeatures((), affixes=4, buckets=8)


def rows_of(*sentences, features=FEATURES):
    tokens = [token for sentence in sentences for token in sentence]
    offsets = np.cumsum([0, *map(len, sentences)])
    return context_rows(features, features.codes(tokens), offsets, 1 << 16)


WORDS = st.lists(st.lists(st.text(max_size=3)), max_size=4)


@given(WORDS, st.integers(0, 5))
def test_a_sentence_has_the_same_features_among_others(sentences, affixes):
    features = WordFeatures((), affixes=affixes, buckets=8)
    together = rows_of(*sentences, features=features)
    alone = [rows_of(sentence, features=features) for sentence in sentences]
    np.testing.assert_array_equal(together, np.concatenate([together[:0], *alone]))
    assert ((together >= 0) & (together < 1 << 16)).all()


def test_two_words_away_is_all_that_is_seen():
    one = rows_of(["a", "b", "c", "d", "e", "f", "g"])
    other = rows_of(["x", "b", "c", "d", "e", "f", "y"])
    same = (one == other).all(axis=1)
    assert same.tolist() == [False, False, False, True, False, False, False]


def test_order_matters():
    assert (rows_of(["a", "b"])[0] != rows_of(["b", "a"])[1]).any()


def test_rows_never_change_since_models_depend_on_them():
    assert rows_of(["The", "end"])[0].tolist() == [
        7044,
        29154,
        22335,
        10161,
        52079,
        27774,
        0,
        50429,
        65441,
        60578,
        0,
        1157,
        58472,
        65491,
        33357,
        37800,
        12977,
        1979,
        49151,
        18972,
        4102,
        3689,
        46419,
        60154,
        33973,
        7845,
    ]


def test_the_table_is_as_large_as_it_is_of_use():
    assert table_rows(200_000, 17) == 1 << 20
    assert table_rows(10, 17) == 1 << 8
    assert table_rows(10**6, 10**4) == 1 << 11


def test_its_gradient_is_that_of_the_loss(monkeypatch):
    random = np.random.default_rng(0)
    monkeypatch.setattr("textseq.tagger.trainable.FEATURE_DROPOUT", 0.0)
    rows = random.integers(0, 9, (5, 3)).astype(np.int32)
    data = TaggedData(rows, np.array([0, 3, 5]), np.array([0, 1, 2, 1, 0]))
    table = random.normal(size=(9, 3)).astype(np.float32)
    table[0] = 0
    bias = random.normal(size=3).astype(np.float32)
    batch = (3, np.array([1, 0]))

    def loss(table, bias):
        network = LinearTrainable(LinearTagger(table, bias), data)
        return network.step(bias, table[:, None], batch, random).loss

    step = LinearTrainable(LinearTagger(table, bias), data).step(
        bias, table[:, None], batch, random
    )
    by_table = np.zeros_like(table)
    for own, vector in zip(step.rows[0], step.vectors[0], strict=True):
        np.add.at(by_table, own, vector)
    for row, column in [(1, 0), (4, 2), (7, 1)]:
        moved = table.copy()
        moved[row, column] += 1e-2
        back = table.copy()
        back[row, column] -= 1e-2
        slope = (loss(moved, bias) - loss(back, bias)) / 2e-2
        assert by_table[row, column] == pytest.approx(slope, abs=1e-3)
    moved = bias + np.array([1e-2, 0, 0], np.float32)
    slope = (loss(table, moved) - loss(table, bias)) / 1e-2
    assert step.gradient[0] == pytest.approx(slope, abs=1e-2)


def test_it_answers_with_the_networks_or_not_at_all(tagger, small, sentences):
    alone = SequenceTagger(**small, linear=False).fit(*sentences)
    assert alone.model_.linear is None
    assert not any(name.startswith("linear") for name in alone.model_.weights)
    assert tagger.model_.without_networks(sentences[0]) == sentences[1]
    assert tagger.model_.linear.table.dtype == np.float16
