"""Keras's legacy names: the same signatures, and each difference that docs/keras.md lists."""

import inspect
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import text as keras_text

import textseq
from textseq.errors import ArgumentError, NotFittedError

PAIRS = {
    "Tokenizer": keras_text.Tokenizer,
    "tokenizer_from_json": keras_text.tokenizer_from_json,
    "text_to_word_sequence": keras_text.text_to_word_sequence,
    "hashing_trick": keras_text.hashing_trick,
    "pad_sequences": keras.utils.pad_sequences,
    "to_categorical": keras.utils.to_categorical,
}
METHODS = [name for name in vars(keras_text.Tokenizer) if not name.startswith("_")]
TEXTS = ["Ain't no mountain high enough!", "standing on the shoulder of giants"]
DOCS = (Path(__file__).parents[2] / "docs" / "keras.md").read_text("utf-8")


def parameters(function):
    return [p for p in inspect.signature(function).parameters.values() if p.name != "self"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        *((getattr(textseq, name), theirs) for name, theirs in PAIRS.items()),
        *((getattr(textseq.Tokenizer, m), getattr(keras_text.Tokenizer, m)) for m in METHODS),
    ],
    ids=[*PAIRS, *METHODS],
)
def test_arguments_have_the_names_the_order_and_the_defaults_of_keras(ours, theirs):
    expected = [p for p in parameters(theirs) if p.kind != p.VAR_KEYWORD]
    received = parameters(ours)[: len(expected)]
    assert [p.name for p in received] == [p.name for p in expected]
    for one, other in zip(received, expected, strict=True):
        if (one.name, other.default) != ("x", inspect.Parameter.empty):  # ours may be called `y`
            assert one.default == other.default


@given(
    st.text("ab,.! é\t", max_size=20),
    st.integers(2, 9),
    st.sampled_from([None, "md5", len]),
    st.fixed_dictionaries(
        {},
        optional={
            "filters": st.sampled_from(["", ",", ["!", "."]]),
            "lower": st.booleans(),
            "split": st.sampled_from([" ", ",", "ab"]),
            "analyzer": st.sampled_from([None, str.split]),
        },
    ),
)
def test_functions_on_texts_are_those_of_keras(text, n, hash_function, settings):
    expected = keras_text.hashing_trick(text, n, hash_function, **settings)
    assert textseq.hashing_trick(text, n, hash_function, **settings) == expected
    assert keras_text.one_hot(text, n, **settings) == textseq.hashing_trick(text, n, **settings)
    settings.pop("analyzer", None)
    expected = keras_text.text_to_word_sequence(text, **settings)
    assert textseq.text_to_word_sequence(text, **settings) == expected


def fitted(kind, **settings):
    tokenizer = kind(**settings)
    tokenizer.fit_on_texts(TEXTS)
    return tokenizer


def test_characters_of_a_bare_string():
    theirs = keras_text.Tokenizer()
    theirs.fit_on_texts("ab")
    assert theirs.word_index == {"a": 1, "b": 2}
    with pytest.raises(ArgumentError, match=r"write \[text\]"):
        textseq.Tokenizer().fit_on_texts("ab")


def test_fitting_further_after_json():
    with pytest.raises(KeyError):
        keras_text.tokenizer_from_json(fitted(keras_text.Tokenizer).to_json()).fit_on_texts(["new"])
    ours = textseq.tokenizer_from_json(fitted(keras_text.Tokenizer).to_json())
    ours.fit_on_texts(["new"])
    assert ours.word_index == fitted_twice().word_index


def fitted_twice():
    tokenizer = fitted(keras_text.Tokenizer)
    tokenizer.fit_on_texts(["new"])
    return tokenizer


def test_use_before_fitting_and_an_oov_token_set_late():
    assert keras_text.Tokenizer().texts_to_sequences(["a"]) == [[]]
    with pytest.raises(NotFittedError):
        textseq.Tokenizer().texts_to_sequences(["a"])
    theirs, ours = fitted(keras_text.Tokenizer), fitted(textseq.Tokenizer)
    theirs.oov_token = ours.oov_token = "?"
    assert theirs.texts_to_sequences(["new"]) == [[None]]
    with pytest.raises(NotFittedError):
        ours.texts_to_sequences(["new"])


def test_an_analyzer_beside_char_level():
    theirs = fitted(keras_text.Tokenizer, char_level=True, analyzer=str.split)
    assert theirs.word_index == fitted(keras_text.Tokenizer, char_level=True).word_index
    with pytest.raises(ArgumentError, match="give one"):
        textseq.Tokenizer(char_level=True, analyzer=str.split)


def test_settings_are_checked_when_they_are_given():
    for wrong in ({"num_words": "5"}, {"oov_token": 1}, {"split": None}, {"lower": "no"}):
        keras_text.Tokenizer(**wrong)
        with pytest.raises(ArgumentError):
            textseq.Tokenizer(**wrong)
    with pytest.raises(TypeError):
        keras_text.Tokenizer(words=5)
    with pytest.raises(ArgumentError):
        textseq.Tokenizer(words=5)


def test_numbers_in_json():
    assert json.loads(keras_text.Tokenizer(num_words=9.0).to_json())["config"]["num_words"] == 9.0
    assert textseq.Tokenizer(num_words=9.0).to_json() == keras_text.Tokenizer(9).to_json()
    with pytest.raises(TypeError):
        keras_text.Tokenizer(num_words=np.int64(9)).to_json()


def test_negative_ids_in_a_matrix():
    theirs = fitted(keras_text.Tokenizer).sequences_to_matrix([[-1, 1]])
    assert theirs[0, -1] == 1
    assert fitted(textseq.Tokenizer).sequences_to_matrix([[-1, 1]])[0].nonzero()[0].tolist() == [1]


def test_ids_that_are_no_integers():
    theirs, ours = fitted(keras_text.Tokenizer), fitted(textseq.Tokenizer)
    assert theirs.sequences_to_texts([["a", None]]) == [""]
    with pytest.raises(ArgumentError):
        ours.sequences_to_texts([["a", None]])


def test_elements_that_a_type_cannot_hold():
    with np.errstate(all="ignore"):
        assert keras.utils.pad_sequences([np.array([np.nan])]).tolist() != [[0]]
    assert keras.utils.pad_sequences([np.array([2**40 + 1])]).tolist() == [[1]]
    for wrong in ([np.nan], [2**40 + 1]):
        with pytest.raises(ArgumentError):
            textseq.pad_sequences([np.array(wrong)])


def test_classes_that_are_no_classes():
    assert keras.utils.to_categorical([-1], 3).tolist() == [[0, 0, 1]]
    assert keras.utils.to_categorical([1.7], 3).tolist() == [[0, 1, 0]]
    for wrong in ([-1], [1.7]):
        with pytest.raises(ArgumentError):
            textseq.to_categorical(wrong, 3)


def test_a_bucket_for_words():
    with pytest.raises(ZeroDivisionError):
        keras_text.hashing_trick("a", 1)
    with pytest.raises(ArgumentError):
        textseq.hashing_trick("a", 1)


def test_every_difference_is_in_the_documentation():
    listed = DOCS.split("## What differs on purpose")[1]
    for word in (
        "bare string", "word_docs", "fitted further", "NotFittedError", "char_level", "num_words",
        "sequences_to_matrix", "sequences_to_texts", "pad_sequences", "to_categorical",
        "hashing_trick", "one_hot", "ArgumentError", "index_word", "pickle",
    ):  # fmt: skip
        assert word in listed, word
