from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer, word2vec
from textseq.errors import ArgumentError


@pytest.fixture
def vectors():
    made = KeyedVectors(2)
    rows = np.array([[1, 0], [1, 0.1], [0, 1], [-1, 0]], dtype="float32")
    made.add_vectors(["tiger", "cat", "computer", "keyboard"], rows)
    return made


def test_rows_follow_the_word_index(vectors):
    tokenizer = Tokenizer(oov_token="<unk>")
    tokenizer.fit_on_texts(["tiger cat dog", "tiger"])
    matrix, coverage = word2vec.embedding_matrix(vectors, tokenizer.word_index)
    assert matrix.shape == (5, 2)
    assert matrix.dtype == np.float32
    for word, number in tokenizer.word_index.items():
        expected = vectors[word] if word in vectors else np.zeros(2)
        np.testing.assert_array_equal(matrix[number], expected)
    assert not matrix[0].any()
    assert (coverage.covered, coverage.total) == (2, 4)
    assert coverage.missing == ("<unk>", "dog")
    assert str(coverage) == "2 of 4 words (50.0%) have a vector"


def test_num_words_cuts_as_the_tokenizer_does(vectors):
    index = {"cat": 1, "dog": 2, "tiger": 3}
    matrix, coverage = word2vec.embedding_matrix(vectors, index, num_words=3)
    assert matrix.shape == (3, 2)
    assert coverage.total == 2


def test_unknown_words_at_random_repeat_with_the_seed(vectors):
    def make(seed):
        return word2vec.embedding_matrix(vectors, {"dog": 1}, unknown="random", seed=seed)[0]

    np.testing.assert_array_equal(make(1), make(1))
    assert not np.array_equal(make(1), make(2))
    assert not make(1)[0].any()
    with pytest.raises(ArgumentError, match="zeros, random"):
        word2vec.embedding_matrix(vectors, {"dog": 1}, unknown="ones")


def test_an_empty_vocabulary(vectors):
    matrix, coverage = word2vec.embedding_matrix(vectors, {})
    assert matrix.shape == (1, 2)
    assert coverage.share == 0


def test_the_syllables_space_is_found_as_files_hold_it(vectors, tmp_path):
    tokenizer = Tokenizer(analyzer="syllables")
    tokenizer.fit_on_texts(["사랑 사랑"])
    made = KeyedVectors(1)
    made.add_vectors(["사", "랑", " "], np.array([[1], [2], [3]], "float32"))
    word2vec.save(made, tmp_path / "v.txt")
    loaded = word2vec.load(tmp_path / "v.txt")
    assert loaded.index_to_key == ["사", "랑", "▁"]
    for known in (made, loaded):
        matrix, coverage = word2vec.embedding_matrix(known, tokenizer.word_index)
        assert coverage.covered == coverage.total == 3
        assert matrix[tokenizer.word_index[" "]] == [3]


@given(st.lists(st.sampled_from("abcdefgh ")), st.sets(st.sampled_from("abcdefgh▁"), min_size=1))
def test_coverage_equals_counting_one_by_one(tokens, known):
    vectors = KeyedVectors(1)
    vectors.add_vectors(sorted(known), [[1]] * len(known))
    found = word2vec.corpus_coverage(vectors, Counter(tokens))
    kept = [token for token in tokens if token.replace(" ", "▁") in known]
    assert (found.tokens.covered, found.tokens.total) == (len(kept), len(tokens))
    assert (found.types.covered, found.types.total) == (len(set(kept)), len(set(tokens)))
    assert dict(found.missing) == {t: tokens.count(t) for t in set(tokens) - set(kept)}
    counts = [count for _, count in found.missing]
    assert counts == sorted(counts, reverse=True)
