from __future__ import annotations

import numpy as np
import pytest
from gensim.models import KeyedVectors

from textseq import word2vec
from textseq.errors import ArgumentError


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


@pytest.fixture
def many():
    """Return vectors at random, of which no two are equally near."""
    made = KeyedVectors(12)
    rows = np.random.default_rng(1).normal(size=(400, 12)).astype("float32")
    made.add_vectors([f"w{i}" for i in range(400)], rows)
    return made


def assert_same(ours, theirs):
    np.testing.assert_allclose([c for _, c in ours], [c for _, c in theirs], atol=1e-6)
    assert [word for word, _ in ours] == [word for word, _ in theirs]


def test_neighbours_equal_gensims(many):
    words = [f"w{i}" for i in range(20)]
    for word, ours in zip(words, word2vec.neighbours_of_all(many, words, count=15), strict=True):
        assert_same(ours, many.most_similar(word, topn=15))
        assert_same(word2vec.neighbours(many, word, count=15), ours)


def test_analogies_equal_gensims(many):
    for start in range(10, 100, 3):
        a, b, c = (f"w{start + i}" for i in range(3))
        theirs = many.most_similar(positive=[a, c], negative=[b], topn=5)
        assert_same(word2vec.analogy(many, a, b, c, count=5), theirs)


def test_similarity_is_the_cosine(many):
    assert word2vec.similarity(many, "w1", "w2") == pytest.approx(many.similarity("w1", "w2"))
    many.vectors[9] = 2 * many.vectors[8]
    assert word2vec.similarity(many, "w8", "w9") == pytest.approx(1)
    many.vectors[7] = 0
    assert word2vec.similarity(many, "w1", "w7") == 0
    assert {cosine for _, cosine in word2vec.neighbours(many, "w7")} == {0}


def test_no_answer_is_the_question_and_all_others_can_be(vectors):
    assert len(word2vec.neighbours(vectors, "cat", count=99)) == 3
    assert [word for word, _ in word2vec.analogy(vectors, "cat", "tiger", "computer")] == [
        "keyboard"
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda v: word2vec.analogy(v, "cat", "tigre", "computer"),
        lambda v: word2vec.similarity(v, "cat", "tigre"),
        lambda v: word2vec.word_map(v, words=["cat", "tigre"]),
    ],
)
def test_every_question_about_an_unknown_word_is_answered_with_those_like_it(vectors, ask):
    with pytest.raises(ArgumentError, match="'tigre' has no vector among 4; did you mean 'tiger'"):
        ask(vectors)


def test_another_case_and_korean_are_suggested(vectors):
    with pytest.raises(ArgumentError, match="did you mean 'cat'"):
        word2vec.neighbours(vectors, "CAT")
    vectors.add_vectors(["사랑해"], np.ones((1, 2), "float32"))
    with pytest.raises(ArgumentError, match="did you mean '사랑해'"):
        word2vec.neighbours(vectors, "사랑헤")
    with pytest.raises(ArgumentError, match=r"has no vector among 5\.$"):
        word2vec.neighbours(vectors, "zzzzzzzz")


def test_collapsed_vectors_are_noted(tmp_path, caplog):
    random = np.random.default_rng(0)
    for spread, noted in ((0.05, True), (1, False)):
        made = KeyedVectors(20)
        rows = np.ones((50, 20)) + spread * random.normal(size=(50, 20))
        made.add_vectors([f"w{i}" for i in range(50)], rows.astype("float32"))
        word2vec.save(made, tmp_path / "v.bin", force=True)
        word2vec.load(tmp_path / "v.bin")
        said = "The vectors have collapsed: two words have a mean cosine of 0.9"
        assert (said in caplog.text) is noted
        caplog.clear()


def test_vectors_of_zeros_and_few_words_are_not_called_collapsed(tmp_path, caplog):
    made = KeyedVectors(2)
    made.add_vectors([f"w{i}" for i in range(20)], np.repeat([[0, 0], [1, 1]], [12, 8], 0))
    word2vec.save(made, tmp_path / "v.bin")
    word2vec.load(tmp_path / "v.bin")
    assert not caplog.records
