from __future__ import annotations

import numpy as np
import pytest
from gensim.models import KeyedVectors

from textseq import word2vec
from textseq.errors import ArgumentError

STILL = {"alpha": 1e-12, "min_alpha": 0, "deterministic": True}


def test_starts_from_the_vectors_given(sentences):
    init = word2vec.train(sentences, vector_size=8, min_count=1, seed=7)
    more = [[*sentence, "new"] for sentence in sentences if "apple" in sentence]
    vectors = word2vec.train(more, vector_size=8, min_count=1, init=init, **STILL)
    for word in init.index_to_key:
        np.testing.assert_allclose(vectors[word], init[word], atol=1e-6)
    assert set(vectors.index_to_key) == {*init.index_to_key, "new"}
    # Words of the new text come first.
    assert vectors.index_to_key[-1] not in {word for sentence in more for word in sentence}


def test_trains_them_further(sentences):
    init = word2vec.train(sentences, vector_size=8, min_count=1)
    vectors = word2vec.train(sentences, vector_size=8, min_count=1, init=init)
    assert np.abs(vectors["apple"] - init["apple"]).max() > 0.01


def test_vectors_that_do_not_fit_are_refused(sentences):
    init = word2vec.train(sentences, vector_size=8)
    with pytest.raises(ArgumentError, match="have 8 values and `vector_size` is 9"):
        word2vec.train(sentences, vector_size=9, init=init)
    with pytest.raises(ArgumentError, match="fasttext cannot start"):
        word2vec.train(sentences, vector_size=8, init=init, algorithm="fasttext")


def test_words_that_no_file_can_hold_are_left_out(sentences, caplog):
    init = KeyedVectors(8)
    init.add_vectors([". . .", "melon"], np.ones((2, 8), "float32"))
    vectors = word2vec.train(sentences, vector_size=8, min_count=1, init=init)
    assert "melon" in vectors
    assert ". . ." not in vectors
    assert "files of vectors cannot hold them: 1, such as '. . .'" in caplog.text


def test_what_is_no_vectors_is_refused(sentences):
    with pytest.raises(ArgumentError, match="`init` must be vectors, such as `load` returns"):
        word2vec.train(sentences, init="vectors.bin")
