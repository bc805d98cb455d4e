"""Settings of any type that people have: used and saved, or refused in a sentence."""

import itertools

import numpy as np
import pytest

from textseq import Tokenizer, hashing_trick, tokenizer_from_json
from textseq.errors import ArgumentError, TextseqError

TEXTS = ["high high high enough enough mountain", "a b c"]

NUMBERS = [3, 3.0, np.int64(3), np.int8(3), np.uint32(3), np.float32(3), np.float64(3)]


def fitted(**settings):
    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(TEXTS)
    return tokenizer


@pytest.mark.parametrize("number", NUMBERS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("name", ["num_words", "min_count", "max_words", "document_count"])
def test_numbers_of_any_type(name, number):
    plain, given = fitted(**{name: 3}), fitted(**{name: number})
    assert given.to_json() == plain.to_json()
    assert tokenizer_from_json(given.to_json()).to_json() == plain.to_json()
    assert given.texts_to_matrix(TEXTS).tolist() == plain.texts_to_matrix(TEXTS).tolist()


def test_a_fraction_of_the_words_and_all_of_them():
    """In Keras, ids below `num_words` are used, whatever number it is."""
    assert fitted(num_words=0.5 * 5).encode(TEXTS) == fitted(num_words=3).encode(TEXTS)
    assert fitted(num_words=np.inf).to_json() == fitted().to_json()


WRONG = [float("nan"), "3", True, np.True_, [3], np.array([3, 4]), -1, -(2**70), 1j, b"3", ...]


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize("name", ["num_words", "min_count", "max_words", "document_count"])
def test_what_is_no_number(name, value):
    with pytest.raises(ArgumentError, match=f"`{name}` must be .* Received: "):
        Tokenizer(**{name: value})


@pytest.mark.parametrize("name", ["min_count", "max_words", "document_count"])
@pytest.mark.parametrize("value", [1.5, np.inf])
def test_what_is_no_whole_number(name, value):
    with pytest.raises(ArgumentError, match=f"`{name}` must be "):
        Tokenizer(**{name: value})


@pytest.mark.parametrize("name", ["lower", "char_level"])
def test_switches(name):
    for value in (True, np.True_, 1):
        assert fitted(**{name: value}).to_json() == fitted(**{name: True}).to_json()
    for value in ("yes", None, float("nan"), 1.0, [True]):
        with pytest.raises(ArgumentError, match=f"`{name}` must be True or False. Received: "):
            Tokenizer(**{name: value})


@pytest.mark.parametrize("filters", [("!", "a"), ["!", "a"], {"!", "a"}, np.array(["!", "a"])])
def test_filters_in_any_collection(filters):
    given = fitted(filters=filters)
    assert tokenizer_from_json(given.to_json()).encode(TEXTS) == given.encode(TEXTS)
    assert given.word_counts == fitted(filters="!a").word_counts


@pytest.mark.parametrize("filters", [5, ["ab"], [""], [None], b"ab", float("nan"), None])
def test_filters_that_cannot_be(filters):
    with pytest.raises(ArgumentError, match="`filters` must be characters"):
        Tokenizer(filters=filters)


@pytest.mark.parametrize("value", [True, 1, float("nan"), b"<unk>", ["<unk>"]])
def test_strings(value):
    with pytest.raises(ArgumentError, match="`oov_token` must be a string, such as '<unk>'"):
        Tokenizer(oov_token=value)
    for char_level in (False, True):
        with pytest.raises(ArgumentError, match="`split` must be a string"):
            Tokenizer(split=value, char_level=char_level)


def test_numbers_of_numpy_that_were_put_there_later():
    tokenizer = fitted()
    tokenizer.num_words = np.int64(4)
    tokenizer.word_index = {w: np.int64(i) for w, i in tokenizer.word_index.items()}
    tokenizer.index_word = {np.int64(i): w for w, i in tokenizer.word_index.items()}
    tokenizer.fit_on_sequences([np.array([1, 2]), np.array([2], np.int8)])
    expected = fitted()
    expected.num_words = 4
    expected.fit_on_sequences([[1, 2], [2]])
    assert tokenizer.to_json() == expected.to_json()


def test_ids_of_any_type_become_words():
    tokenizer = fitted(oov_token="?")
    for ids in ([2, 3], np.array([2, 3]), np.array([2.0, 3.0]), (np.int8(2), 3.0), range(2, 4)):
        assert tokenizer.sequences_to_texts([ids]) == ["high enough"]
    for wrong in ([2.5], [None], ["2"], [float("nan")], 5, None):
        with pytest.raises(ArgumentError, match=r"`sequences(\[1\])?` must be"):
            tokenizer.sequences_to_texts([[2], wrong])
        for use in (tokenizer.fit_on_sequences, tokenizer.sequences_to_matrix):
            with pytest.raises(ArgumentError, match="Document 1 must hold integers"):
                use([[2], wrong])
    for use in (tokenizer.fit_on_sequences, tokenizer.sequences_to_matrix):
        with pytest.raises(ArgumentError, match="Expected a list of lists of ids"):
            use(None)


@pytest.mark.parametrize("texts", [None, float("nan"), 5, "a text", [None], [float("nan")], [5]])
def test_texts_that_are_none(texts):
    tokenizer = fitted()
    uses = [tokenizer.fit_on_texts, tokenizer.texts_to_sequences, tokenizer.texts_to_matrix]
    for use in (*uses, tokenizer.encode, tokenizer.count_words):
        with pytest.raises(ArgumentError):
            use(texts)


def test_hashing_with_numbers_of_any_type():
    expected = hashing_trick("high enough", 12, "md5")
    for n in (12.0, np.int64(12), np.float32(12)):
        ids = hashing_trick("high enough", n, "md5")
        assert ids == expected
        assert set(map(type, ids)) == {int}
    for n, analyzer in itertools.product(("12", None, float("nan"), 1.5, True), (None, "words")):
        with pytest.raises(ArgumentError, match="`n` must be"):
            hashing_trick("high", n, analyzer=analyzer)
    with pytest.raises(ArgumentError, match="`analyzer` must be a callable or None"):
        hashing_trick("high", 12, analyzer="words")
    for text in (None, float("nan"), 5, ["high"]):
        with pytest.raises(TextseqError, match="`input_text` must be a string"):
            hashing_trick(text, 12)
