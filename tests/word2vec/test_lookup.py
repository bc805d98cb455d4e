from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath

from textseq import Tokenizer, word2vec
from textseq.errors import ArgumentError, ArtifactError


@pytest.fixture
def vectors():
    made = KeyedVectors(2)
    rows = np.array([[1, 0], [1, 0.1], [0, 1], [-1, 0]], dtype="float32")
    made.add_vectors(["tiger", "cat", "computer", "keyboard"], rows)
    return made


def test_neighbours_by_falling_cosine(vectors):
    near = word2vec.neighbours(vectors, "tiger", count=3)
    assert [word for word, _ in near] == ["cat", "computer", "keyboard"]
    assert near[0][1] == pytest.approx(1 / np.sqrt(1.01))


def test_an_unknown_word_is_answered_with_those_like_it(vectors):
    with pytest.raises(ArgumentError, match="did you mean 'tiger'"):
        word2vec.neighbours(vectors, "tigre")
    with pytest.raises(ArgumentError, match="`count`"):
        word2vec.neighbours(vectors, "cat", count=0)


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


def test_agreement_equals_gensims_on_wordsim(vectors):
    """Gensim's own evaluation, told to skip pairs with unknown words, is the reference."""
    random = np.random.default_rng(0)
    lines = Path(datapath("wordsim353.tsv")).read_text(encoding="utf-8").splitlines()
    words = sorted({w.lower() for line in lines if line[0] != "#" for w in line.split("\t")[:2]})
    made = KeyedVectors(8)
    made.add_vectors(words[:300], random.normal(size=(300, 8)).astype("float32"))
    got = word2vec.evaluate(made, datapath("wordsim353.tsv"))
    _, spearman, unknown = made.evaluate_word_pairs(
        datapath("wordsim353.tsv"), case_insensitive=True
    )
    assert got.spearman == pytest.approx(spearman[0], abs=1e-6)
    assert got.skipped / (got.pairs + got.skipped) * 100 == pytest.approx(unknown, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("cat\ttiger\n", ArtifactError, "Line 1"),
        ("cat\ttiger\t1\ncat\tcomputer\tx\n", ArtifactError, "Line 2"),
        ("# only a comment\n", ArgumentError, "Only 0 pairs"),
    ],
)
def test_unsound_pairs(vectors, tmp_path, text, error, message):
    (tmp_path / "pairs.tsv").write_text(text)
    with pytest.raises(error, match=message):
        word2vec.evaluate(vectors, tmp_path / "pairs.tsv")
