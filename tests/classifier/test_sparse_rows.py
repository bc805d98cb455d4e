from __future__ import annotations

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.classifier.sparse_rows import with_zero_rows, without_zero_rows
from textseq.errors import ArgumentError

TABLE = np.zeros((40, 3), "float32")
TABLE[[2, 30]] = [[1, 0, 0], [0, 5, 6]]


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6),
        elements=st.sampled_from([0.0, 0.0, 0.0, 1.5, -2.0]),
    )
)
def test_what_is_saved_comes_back_and_is_never_larger(array):
    saved = without_zero_rows({"w": array})
    np.testing.assert_array_equal(with_zero_rows(saved)["w"], array, strict=True)
    assert sum(part.nbytes for part in saved.values()) <= array.nbytes


def test_only_a_table_of_many_zero_rows_is_saved_without_them():
    few = np.ones((40, 3), "float32")
    few[7] = 0
    saved = without_zero_rows({"table": TABLE, "few": few, "none": np.zeros_like(TABLE)})
    assert {name: array.shape for name, array in saved.items()} == {
        "table": (2, 3),
        "table.stored": (40,),
        "few": (40, 3),
        "none": (40, 3),
    }


MASK = without_zero_rows({"t": TABLE})["t.stored"]
ROWS = TABLE[[2, 30]]


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({"t.stored": MASK}, "not there"),
        ({"t": ROWS[0], "t.stored": MASK}, "not there"),
        ({"t": ROWS, "t.stored": MASK * 2}, "a 0 or 1"),
        ({"t": ROWS, "t.stored": MASK.astype("int8")}, "a 0 or 1"),
        ({"t": ROWS, "t.stored": MASK[None]}, "a 0 or 1"),
        ({"t": ROWS[:, :0], "t.stored": MASK}, "one row or more"),
        ({"t": np.empty((0, 2**40), "float32"), "t.stored": MASK * 0}, "one row or more"),
        ({"t": ROWS, "t.stored": MASK * 0}, "marks 0 rows, where 2"),
        ({"t": ROWS[:1], "t.stored": MASK}, "marks 2 rows, where 1"),
        ({"t": ROWS, "t.stored": np.ones(40, "uint8")}, "marks 40 rows"),
    ],
)
def test_a_mask_that_fits_no_table_is_refused(saved, message):
    with pytest.raises(ArgumentError, match=message):
        with_zero_rows(saved)
