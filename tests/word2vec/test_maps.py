"""Maps: the numbers against scikit-learn's, the images by what is on them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from gensim.models import KeyedVectors
from matplotlib.image import imread
from sklearn.decomposition import PCA

from textseq import word2vec
from textseq.errors import ArgumentError, MissingExtraError, OutputExistsError
from textseq.word2vec.maps import font_families

WORDS = ["mountain", "sea", "$x_1$", "<unk>", *[f"w{i}" for i in range(40)]]


@pytest.fixture
def vectors():
    made = KeyedVectors(6)
    rows = np.random.default_rng(0).normal(size=(len(WORDS), 6)) * [9, 5, 3, 1, 1, 1]
    made.add_vectors(WORDS, rows.astype("float32"))
    return made


def test_places_are_those_of_scikit_learn(vectors):
    made = word2vec.word_map(vectors)
    units = vectors.vectors / np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
    model = PCA(2)
    expected = model.fit_transform(units.astype("float64"))
    np.testing.assert_allclose(np.abs(made.places), np.abs(expected), atol=1e-5)
    np.testing.assert_allclose(made.explained, model.explained_variance_ratio_, atol=1e-5)


def test_words_may_be_chosen(vectors):
    assert word2vec.word_map(vectors, count=5).words == tuple(WORDS[:5])
    chosen = ["w3", "sea", "w3", "w1"]
    assert word2vec.word_map(vectors, words=chosen).words == ("w3", "sea", "w1")


def test_tsne_repeats_with_its_seed(vectors):
    one, same, other = (
        word2vec.word_map(vectors, method="tsne", seed=seed).places for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "umap"}, "pca, tsne"),
        ({"count": 2}, "2 words of 6"),
        ({"words": ["sea", "sea", "w1"]}, "2 words of 6"),
    ],
)
def test_maps_that_cannot_be_made(vectors, settings, message):
    with pytest.raises(ArgumentError, match=message):
        word2vec.word_map(vectors, **settings)


def test_equal_vectors_make_a_map_too():
    made = KeyedVectors(2)
    made.add_vectors(["a", "b", "c"], np.ones((3, 2), "float32"))
    np.testing.assert_allclose(word2vec.word_map(made).places, 0, atol=1e-6)


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_drawing_is_a_png_that_repeats_to_the_byte(vectors, tmp_path, method):
    made = word2vec.word_map(vectors, method=method)
    paths = [tmp_path / f"{i}.png" for i in range(2)]
    assert word2vec.draw_map(made, paths[0]) == word2vec.draw_map(made, paths[1]) == ()
    assert paths[0].read_bytes() == paths[1].read_bytes()
    image = imread(paths[0])
    assert image.shape[:2] == (1080, 1440)
    assert (image[..., :3].max(axis=2) < 0.5).sum() > 1_000  # names in black
    with pytest.raises(OutputExistsError):
        word2vec.draw_map(made, paths[0])


def test_names_make_room_for_earlier_ones(tmp_path):
    """Of words at one place, as many are named as there are sides to stand on."""
    ink = []
    for count in (1, 4, 5, 9):
        places = np.zeros((count + 1, 2))
        places[-1] = 1
        made = word2vec.WordMap(("name",) * count + ("far",), places, "tsne", None)
        word2vec.draw_map(made, tmp_path / "map.png", force=True)
        ink.append((imread(tmp_path / "map.png")[..., :3].max(axis=2) < 0.5).sum())
    assert ink[0] < ink[1] == ink[2] == ink[3]


def test_no_matplotlib_and_no_png(vectors, tmp_path, monkeypatch):
    made = word2vec.word_map(vectors)
    with pytest.raises(ArgumentError, match=r"ends in \.png"):
        word2vec.draw_map(made, tmp_path / "map.svg")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match="pip install jinja2 matplotlib"):
        word2vec.draw_map(made, tmp_path / "map.png")


def test_words_that_no_font_can_show_are_returned(tmp_path, monkeypatch):
    monkeypatch.setattr("textseq.word2vec.maps.FALLBACK_FONTS", frozenset())
    words = ("mountain", "гора", "사랑")
    made = word2vec.WordMap(words, np.eye(3)[:, :2], "pca", (0.7, 0.3))
    assert word2vec.draw_map(made, tmp_path / "map.png") == ("사랑",)


def test_installed_fonts_are_tried_after_matplotlibs(monkeypatch):
    monkeypatch.setattr("textseq.word2vec.maps.FALLBACK_FONTS", frozenset({"DejaVuSansMono"}))
    assert font_families() == ["DejaVu Sans", "DejaVu Sans Mono"]
