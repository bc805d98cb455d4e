"""`skipgrams` and `make_sampling_table` return what Keras's do, draw for draw."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import sequence as keras_sequence

from textseq import Sequences
from textseq.errors import ArgumentError
from textseq.sequences import make_sampling_table, skipgrams

IDS = st.lists(st.integers(0, 9), max_size=12)


@given(st.integers(1, 200), st.sampled_from([1e-5, 1e-3, 0.5]))
def test_the_table_is_that_of_keras(size, factor):
    theirs = keras_sequence.make_sampling_table(size, factor)
    np.testing.assert_array_equal(make_sampling_table(size, factor), theirs)


@given(
    IDS,
    st.integers(1, 15),
    st.sampled_from([0, 0.5, 1.0, 2.7]),
    st.booleans(),
    st.booleans(),
    st.none() | st.lists(st.sampled_from([0.0, 0.4, 1.0]), min_size=10, max_size=10),
    st.none() | st.integers(0, 5),
)
def test_pairs_are_those_of_keras(ids, window, negative, shuffle, categorical, table, seed):
    settings = {  # without a seed, Keras fails to shuffle from Python 3.12 on
        "window_size": window, "negative_samples": negative,
        "shuffle": shuffle and seed is not None, "categorical": categorical,
        "sampling_table": table, "seed": seed,
    }  # fmt: skip
    random.seed(3 if seed is None else seed)
    theirs = keras_sequence.skipgrams(ids, 10, **settings)
    random.seed(3)
    assert skipgrams(ids, 10, **settings) == theirs


def test_a_seed_decides_everything_and_leaves_the_random_numbers_of_others():
    random.seed(0)
    expected = random.random()
    random.seed(0)
    first = skipgrams([1, 2, 3, 4], 5, seed=7)
    assert random.random() == expected
    assert skipgrams([1, 2, 3, 4], 5, seed=7) == first


def test_without_a_seed_the_random_numbers_are_those_of_python():
    random.seed(0)
    first = skipgrams([1, 2, 3, 4], 5)
    random.seed(0)
    assert skipgrams([1, 2, 3, 4], 5) == first != skipgrams([1, 2, 3, 4], 5)


def test_arrays_and_sequences_are_documents_too():
    expected = skipgrams([1, 2, 3], 5, seed=0)
    assert skipgrams(np.array([1, 2, 3]), 5, seed=0) == expected
    assert skipgrams(Sequences.from_lists([[1, 2, 3]])[0], 5, seed=0) == expected
    assert all(type(i) is int for pair in expected[0] for i in pair)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2], [3]], 5), r"one document.*\[skipgrams\(ids, vocabulary_size\) for ids in"),
        ((["a", "b"], 5), "texts become ids with `Tokenizer`"),
        (("ab", 5), "`sequence` must be a list of ids"),
        (([1, 5], 5), "ids from 0 to 4, below `vocabulary_size`.*Received: 5"),
        (([1, -2], 5), "Received: -2"),
        (([1, None], 5), "`sequence` must be class indices.*position 1"),
        (([1, 2], 1), "`vocabulary_size` must be 2 or more"),
        (([1, 2], 5, 0), "`window_size` must be 1 or more"),
        (([1, 2], 5, 4, -1), "`negative_samples` must be 0 or more"),
        (([1, 4], 5, 4, 1, True, False, [1, 1]), r"make_sampling_table\(5\) has.*\(2,\)"),
    ],
)
def test_what_makes_no_pairs_is_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        skipgrams(*arguments)


def test_a_table_needs_ranks_and_a_factor():
    with pytest.raises(ArgumentError, match="`size` must be 1 or more"):
        make_sampling_table(0)
    with pytest.raises(ArgumentError, match="`sampling_factor` must be above 0"):
        make_sampling_table(5, 0)
