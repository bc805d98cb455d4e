"""Splitting and hashing words, by equality with Keras."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import text as keras_text

from textseq.errors import ArgumentError
from textseq.tokenizer.words import DEFAULT_FILTERS, hashing_trick, text_to_word_sequence

CHARACTERS = st.characters(exclude_categories=["Cs"])
MARKS = " \t\n\r\u00a0\u2028\u3000.,!'\0aAb"
HARD = st.sampled_from(
    [
        "ΟΔΟΣ",
        "Σ",
        "ς.",
        "İ",
        "I\u0307",
        "cafe\u0301",
        "\u1112\u1161\u11ab",
        "한",
        "👩\u200d👧",
        *MARKS,
    ]
)
TEXTS = st.text(CHARACTERS) | st.lists(HARD).map("".join)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "filters": st.sampled_from(["", " ", "a", "é한Σ"]) | st.text(CHARACTERS, max_size=5),
        "lower": st.booleans(),
        "split": st.sampled_from(["a", "ab", "  ", "\n", "한"])
        | st.text(CHARACTERS, min_size=1, max_size=2),
    },
)


@given(TEXTS, ARGUMENTS)
def test_words_are_those_of_keras(text, arguments):
    ours = text_to_word_sequence(text, **arguments)
    assert ours == keras_text.text_to_word_sequence(text, **arguments)
    assert "" not in ours


@given(TEXTS, st.integers(2, 50), st.sampled_from([None, "md5", len]), ARGUMENTS)
def test_hashes_are_those_of_keras(text, n, hash_function, arguments):
    ours = hashing_trick(text, n, hash_function, **arguments)
    assert ours == keras_text.hashing_trick(text, n, hash_function, **arguments)
    assert all(1 <= number < n for number in ours)


def test_an_analyzer_makes_the_words_to_hash():
    assert hashing_trick("a-b", 9, len, analyzer=lambda text: text.split("-")) == [2, 2]


def test_the_default_filters_are_those_of_keras():
    default = keras_text.text_to_word_sequence.__defaults__[0]
    assert default == DEFAULT_FILTERS


def test_filters_in_a_list_as_keras_takes_them():
    assert text_to_word_sequence("a.b,c", filters=[".", ","]) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_text": b"a"}, "`input_text` must be a string. Received: b'a' of type bytes"),
        ({"input_text": ["a"]}, "`input_text` must be a string"),
        ({"input_text": "a", "split": ""}, "`split` must be a string of one character or more"),
        ({"input_text": "a", "split": None}, "`split` must be"),
        ({"input_text": "a", "filters": None}, "`filters` must be characters. Received: None"),
        ({"input_text": "a", "filters": ["ab"]}, "`filters` must be characters"),
    ],
)
def test_arguments_that_cannot_be(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        text_to_word_sequence(**arguments)


@pytest.mark.parametrize(
    ("n", "hash_function", "message"),
    [(1, None, "`n` must be 2 or more"), (5, "sha1", "`hash_function` must be None, 'md5' or")],
)
def test_hashing_arguments_that_cannot_be(n, hash_function, message):
    with pytest.raises(ArgumentError, match=message):
        hashing_trick("a", n, hash_function)
