"""Weights before training, against the distributions of Keras's initializers."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.network.initializers import glorot_uniform, normal, orthogonal, uniform
from textseq.network.model_spec import ModelSpec

SHAPES = [(300, 200), (200, 300), (250, 250)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("ours", "limit"),
    [(uniform, lambda shape: 0.05), (glorot_uniform, lambda shape: (6 / sum(shape)) ** 0.5)],
    ids=["uniform", "glorot_uniform"],
)
def test_uniform_values_fill_their_range(ours, limit, shape):
    values, limit = ours(np.random.default_rng(0), shape), limit(shape)
    assert (values.dtype, values.shape) == (np.float32, shape)
    found = values.min(), values.max(), values.std(), np.quantile(values, 0.25)
    np.testing.assert_allclose(found, [-limit, limit, limit / 3**0.5, -limit / 2], rtol=0.02)
    assert abs(values).max() <= limit * (1 + 1e-6)
    assert abs(values.mean()) < 0.02 * limit


def test_normal_values_have_their_deviation():
    values = normal(np.random.default_rng(0), (50_000,), 0.05)
    assert values.dtype == np.float32
    assert values.std() == pytest.approx(0.05, rel=0.02)
    assert values.mean() == pytest.approx(0, abs=0.002)


@pytest.mark.parametrize("shape", [(5, 5), (4, 12), (12, 4), (1, 3)])
def test_rows_or_columns_of_an_orthogonal_matrix_are_orthonormal(shape):
    matrix = orthogonal(np.random.default_rng(0), shape)
    assert (matrix.dtype, matrix.shape) == (np.float32, shape)
    short = matrix if shape[0] <= shape[1] else matrix.T
    np.testing.assert_allclose(short @ short.T, np.eye(len(short)), atol=1e-6)


def test_orthogonal_matrices_favour_no_direction():
    random = np.random.default_rng(0)
    corners = np.array([orthogonal(random, (3, 3))[0] for _ in range(3000)])
    assert abs(corners.mean(axis=0)).max() < 0.05
    np.testing.assert_allclose(corners.var(axis=0), 1 / 3, atol=0.03)


def test_given_vectors_are_where_the_words_start():
    vectors = np.random.default_rng(0).normal(size=(10, 4)).astype("float32")
    sizes = {"vocabulary": 10, "dimension": 4, "buckets": 6, "classes": 2}
    for embedding, rows in (("word2vec", 10), ("ngrams", 16)):
        weights = ModelSpec(embedding=embedding, **sizes).starting_weights(
            np.random.default_rng(0), vectors
        )
        table = weights["embedding.embeddings"]
        assert table.shape == (rows, 4)
        np.testing.assert_array_equal(table[:10], vectors)
        assert not table[10:].any()
    with pytest.raises(ValueError, match=r"a matrix of shape \(9, 4\), where .* \(10, 4\)"):
        ModelSpec(embedding="word2vec", **sizes).starting_weights(
            np.random.default_rng(0), vectors[:9]
        )
