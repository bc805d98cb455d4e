"""The rows that words sum."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from textseq.tagger.features import OWN, WordFeatures, shape

FEATURES = WordFeatures.learn([["the", "walk"], ["the", "Walk"]], affixes=3, buckets=1 << 16)


def test_known_words_are_in_order_of_frequency_and_others_have_no_row_of_their_own():
    assert FEATURES.words == ("the", "walk", "Walk")
    assert FEATURES.ids(["walk", "the", "talk"]).tolist() == [2, 1, 0]
    assert FEATURES.rows(["talk"])[0, 0] == 0


def test_a_word_shares_the_rows_of_its_parts():
    walk, talk, upper = FEATURES.rows(["walk", "talk", "Walk"])
    lower, of_shape, prefixes, suffixes = 1, OWN, slice(3, 6), slice(6, 9)
    assert walk[of_shape] == talk[of_shape] != upper[of_shape]
    assert walk[lower] == upper[lower] != talk[lower]
    assert (walk[suffixes] == talk[suffixes]).all()
    assert (walk[prefixes] != talk[prefixes]).all()


def test_short_words_have_fewer_rows_and_none_is_counted_twice():
    (row,) = FEATURES.rows(["a"])
    assert np.count_nonzero(row) == 4  # lower case, shape, one prefix, one suffix
    assert FEATURES.rows([]).shape == (0, FEATURES.columns)


def test_rows_never_change_since_models_depend_on_them():
    assert FEATURES.rows(["naïve"]).tolist() == [
        [0, 4386, 2658, 10074, 42665, 3077, 44321, 17600, 32020]
    ]


@given(st.lists(st.text()))
def test_any_text_has_rows_within_the_table(words):
    rows = FEATURES.rows(words)
    assert rows.shape == (len(words), FEATURES.columns)
    assert ((rows >= 0) & (rows < FEATURES.size)).all()
    assert (rows[:, OWN] > len(FEATURES.words)).all()


@given(st.text())
def test_a_shape_has_no_runs(word):
    found = shape(word)
    assert all(a != b for a, b in itertools.pairwise(found))
    assert bool(found) == bool(word)
