import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from textseq.network.linear_kernels import distinct_rows, sum_distinct_rows

ROWS = 6
documents = st.lists(st.lists(st.tuples(*[st.integers(0, ROWS - 1)] * 2), max_size=5), max_size=5)


@given(documents)
def test_each_row_once_in_the_order_in_which_it_comes(documents):
    tokens = [token for document in documents for token in document]
    rows = np.array(tokens, np.int32).reshape(-1, 2)
    offsets = np.cumsum([0, *map(len, documents)])
    found, ends = distinct_rows(rows, offsets, ROWS)
    parts = [found[start:end].tolist() for start, end in itertools.pairwise(ends)]
    flat = [[row for token in document for row in token if row] for document in documents]
    assert parts == [[*dict.fromkeys(rows)] for rows in flat]
    table = np.random.default_rng(0).normal(size=(ROWS, 3)).astype("float32")
    sums = [table[part].sum(axis=0) for part in parts]
    np.testing.assert_allclose(
        sum_distinct_rows(rows, offsets, table), np.reshape(sums, (-1, 3)), atol=1e-5
    )
