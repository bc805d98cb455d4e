"""The search by blocks, against one that computes all cosines at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.word2vec import search


@given(
    st.integers(1, 40),
    st.integers(0, 9),
    st.integers(1, 12),
    st.integers(1, 60),
    st.integers(0, 10_000),
)
def test_blocks_and_batches_change_nothing(rows, queries, count, at_once, seed):
    random = np.random.default_rng(seed)
    # Small integers make ties, and rows of zeros.
    matrix = random.integers(-2, 3, (rows, 3)).astype("float32")
    asked = random.integers(-2, 3, (queries, 3)).astype("float32")
    passed = [
        random.choice(rows, random.integers(0, min(3, rows) + 1), False).tolist()
        for _ in range(queries)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "COSINES_AT_ONCE", at_once)
        patch.setattr(search, "QUERIES_AT_ONCE", 2)
        found, cosines = search.nearest(matrix, asked, count, passed_over=passed)
    expected = search.unit_rows(asked) @ search.unit_rows(matrix).T
    for line, omitted in zip(expected, passed, strict=True):
        line[omitted] = -np.inf
    assert found.shape == cosines.shape == (queries, min(count, rows))
    there = np.isfinite(cosines)
    at_rows = np.take_along_axis(expected, found, 1)
    np.testing.assert_allclose(at_rows[there], cosines[there], atol=1e-6)
    assert (found[~there] == -1).all()
    np.testing.assert_allclose(-np.sort(-expected, axis=1)[:, :count], cosines, atol=1e-6)
    for line, real in zip(found, there, strict=True):
        assert len(set(line[real])) == real.sum()


def test_long_vectors_do_not_overflow():
    matrix = np.array([[1e30, 0], [0, 1e-30]], dtype="float32")
    np.testing.assert_allclose(search.unit_rows(matrix), np.eye(2), rtol=1e-6)
