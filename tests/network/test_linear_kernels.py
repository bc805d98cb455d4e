import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from textseq.network.linear_kernels import sum_distinct_rows

ROWS = 6
documents = st.lists(st.lists(st.tuples(*[st.integers(0, ROWS - 1)] * 2), max_size=5), max_size=5)


@given(documents, st.sampled_from([np.float16, np.float32]), st.integers(1, 3))
def test_sums_of_distinct_rows(documents, dtype, columns):
    tokens = [token for document in documents for token in document]
    rows = np.array(tokens, np.int32).reshape(-1, 2)
    offsets = np.cumsum([0, *map(len, documents)])
    table = np.random.default_rng(0).normal(size=(ROWS, columns)).astype(dtype)
    sums = np.zeros((len(documents), columns))
    sum_distinct_rows(rows, offsets, table, sums)
    each = [{row for token in document for row in token} - {0} for document in documents]
    expected = [table[sorted(distinct)].sum(axis=0, dtype=np.float64) for distinct in each]
    np.testing.assert_allclose(sums, np.reshape(expected, (-1, columns)), rtol=0, atol=1e-12)


def test_many_rows_with_one_hash_are_told_apart():
    """Multiples of 2^32 / golden ratio's inverse fall into one place of the hash table."""
    inverse = pow(0x9E3779B1, -1, 2**32)
    same = [row for n in range(4000) if 0 < (row := n * inverse % 2**32) < 2**20]
    rows = np.array([same * 2], np.int32).T.copy()
    table = np.random.default_rng(0).normal(size=(2**20, 1)).astype("float32")
    sums = np.zeros((1, 1))
    sum_distinct_rows(rows, np.array([0, len(rows)]), table, sums)
    assert len(same) > 1
    np.testing.assert_allclose(sums[0, 0], table[same].sum(dtype=np.float64))
