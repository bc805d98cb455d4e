from __future__ import annotations

import numpy as np
import pytest
from gensim.models import KeyedVectors
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize

from textseq.errors import ArgumentError
from textseq.report.page import Page
from textseq.report.vectors import some_words, write_vectors_page
from textseq.word2vec import corpus_coverage, word_map


def vectors_of(words, size=5, seed=0):
    vectors = KeyedVectors(size)
    matrix = np.random.default_rng(seed).normal(size=(len(words), size)).astype("float32")
    vectors.add_vectors(list(words), matrix)
    return vectors


@pytest.mark.parametrize("shape", [(40, 6), (3, 50)])
def test_the_map_is_scikit_learns(shape):
    vectors = vectors_of([f"w{n}" for n in range(shape[0])], size=shape[1])
    drawn = word_map(vectors, count=shape[0])
    matrix = normalize(vectors.vectors.astype("float64"))
    theirs = PCA(2, svd_solver="full").fit(matrix)
    np.testing.assert_allclose(np.abs(drawn.places), np.abs(theirs.transform(matrix)), atol=1e-6)
    np.testing.assert_allclose(drawn.explained, theirs.explained_variance_ratio_, atol=1e-6)
    assert drawn.places.shape == (shape[0], 2)


def test_coverage_counts_words_and_tokens():
    coverage = corpus_coverage(vectors_of(["hill", "sea"]), {"hill": 5, "tarn": 1, "fell": 3})
    assert (coverage.types.covered, coverage.types.total) == (1, 3)
    assert (coverage.tokens.covered, coverage.tokens.total) == (5, 9)
    assert coverage.missing == (("fell", 3), ("tarn", 1))


def test_vectors_of_one_number_have_no_map(check_page, tmp_path):
    write_vectors_page(Page(tmp_path / "v.html", "flat"), vectors_of("abcd", size=1))
    assert "<svg" not in check_page(tmp_path / "v.html")


@pytest.mark.parametrize("words", [1, 5, 401, 30_000])
def test_words_are_of_all_frequencies(words):
    chosen = some_words([str(n) for n in range(words)])
    assert len(chosen) == len(set(chosen)) <= 20
    assert chosen[-1] == str(words - 1)
    assert int(chosen[0]) == (20 if words > 400 else 0)


def test_page_is_whole_and_escaped(check_page, tmp_path):
    path = tmp_path / "vectors.html"
    words = ["<script>alert(1)</script>", "$x$", "정말", *(f"word{n}" for n in range(300))]
    write_vectors_page(
        Page(path, "v.bin", "textseq train-w2v"),
        vectors_of(words),
        word_counts={"정말": 3, "<b>": 1},
        settings={"window": 5},
    )
    html = check_page(path)
    assert html.count("<svg") == 1
    for expected in ("&lt;script&gt;alert(1)", "정말", "&lt;b&gt;", "75.0%", "window"):
        assert expected in html


def test_asked_for_words_are_listed_and_unknown_ones_refused(check_page, tmp_path):
    vectors = vectors_of(["hill", "sea", "tarn"])
    write_vectors_page(Page(tmp_path / "v.html", "v"), vectors, words=["sea"])
    html = check_page(tmp_path / "v.html")
    assert html.count("<td>sea</td>") == 1
    assert "<td>hill</td>" not in html
    with pytest.raises(ArgumentError, match="'hil' has no vector"):
        write_vectors_page(Page(tmp_path / "w.html", "v"), vectors, words=["hil"])
    assert not (tmp_path / "w.html").exists()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_hardly_any_vectors_are_no_trouble(check_page, tmp_path, count):
    write_vectors_page(Page(tmp_path / "v.html", "few"), vectors_of("abc"[:count]))
    assert "few" in check_page(tmp_path / "v.html")
