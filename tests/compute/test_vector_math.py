from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.compute.compiled_late import compiled_late
from textseq.compute.vector_math import multiply, tanh


@compiled_late
def map_tanh(values, out):
    """Write the tanh of each value to `out`."""
    for i in range(len(values)):
        out[i] = tanh(values[i])


@compiled_late
def product(a, b, out):
    """Write a b to `out`."""
    multiply(a, b, out)


def test_tanh_is_close_everywhere_and_exact_in_double_precision():
    values = np.linspace(-12, 12, 100_001)
    found = np.empty_like(values)
    map_tanh(values, found)
    np.testing.assert_allclose(found, np.tanh(values), atol=1e-15)
    single = np.empty(len(values), np.float32)
    map_tanh(values.astype("float32"), single)
    np.testing.assert_allclose(single, np.tanh(values), atol=5e-7)


def test_tanh_lets_nothing_that_is_no_number_pass_unseen():
    found = np.empty(3, np.float32)
    map_tanh(np.array([np.nan, np.inf, -np.inf], np.float32), found)
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], [1, -1], atol=5e-7)


@given(st.tuples(st.integers(0, 9), st.integers(0, 40), st.integers(0, 100)), st.booleans())
def test_products_equal_numpys_at_all_sizes(sizes, transposed):
    rows, inner, columns = sizes
    random = np.random.default_rng(sizes)
    a = random.normal(size=(inner, rows)).T if transposed else random.normal(size=(rows, inner))
    b = random.normal(size=(inner, columns))
    for kind in ("float32", "float64"):
        given_a = a.astype(kind, order="K")
        out = np.full((rows, columns), np.nan, kind)
        product(given_a, b.astype(kind), out)
        np.testing.assert_allclose(out, a @ b, atol=1e-4 if kind == "float32" else 1e-12)


@pytest.mark.parametrize("rows", [slice(2, 7), slice(0, 0)])
def test_parts_of_larger_matrices_are_multiplied_where_they_are(rows):
    random = np.random.default_rng(0)
    a, b = random.normal(size=(9, 33)), random.normal(size=(33, 64))
    out = np.zeros((9, 64), np.float32)
    product(a.astype("float32")[rows], b.astype("float32"), out[rows])
    expected = np.zeros((9, 64))
    expected[rows] = a[rows] @ b
    np.testing.assert_allclose(out, expected, atol=1e-5)


def test_without_numba_they_are_plain_python():
    out = np.empty((2, 2))
    multiply(np.eye(2), np.ones((2, 2)), out)
    assert out.tolist() == [[1, 1], [1, 1]]
    assert tanh(0.5) == pytest.approx(np.tanh(0.5))
