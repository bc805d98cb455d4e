"""Tables without their zero rows: saved and read in pieces, and masks that do not fit refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from textseq.classifier import sparse_rows
from textseq.classifier.sparse_rows import read_weights, without_zero_rows
from textseq.errors import ArgumentError

TABLE = np.zeros((40, 3), "float32")
TABLE[[2, 30]] = [[1, 0, 0], [0, 5, 6]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


@given(
    st.integers(1, 40),
    st.integers(1, 5),
    st.sampled_from([np.float16, np.float32]),
    st.integers(1, 64),
    st.floats(0, 1),
)
def test_what_is_saved_comes_back_in_pieces_of_any_size(folder, rows, columns, dtype, piece, zeros):
    random = np.random.default_rng(rows)
    table = random.normal(size=(rows, columns)).astype(dtype)
    table[random.random(rows) < zeros] = 0
    weights = {"linear.table": table, "bias": np.zeros(3, np.float32), "cube": np.ones((2, 2, 2))}
    path = folder / "weights.safetensors"
    save_file(without_zero_rows(weights), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_rows, "PIECE_BYTES", piece)
        found = read_weights(path)
    assert found.keys() == weights.keys()
    for name, array in weights.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def test_tables_alone_are_saved_without_zero_rows():
    weights = {
        "2.embedding.embeddings": TABLE,
        "linear.table": TABLE * 0,
        "2.forward.kernel": TABLE,
    }
    saved = without_zero_rows(weights)
    assert {name: array.shape for name, array in saved.items()} == {
        "2.embedding.embeddings": (3, 3),  # the first row is always kept
        "2.embedding.embeddings.rows": (40,),
        "linear.table": (1, 3),
        "linear.table.rows": (40,),
        "2.forward.kernel": (40, 3),
    }


MASK = without_zero_rows({"linear.table": TABLE})["linear.table.rows"]
ROWS = TABLE[[0, 2, 30]]


@pytest.mark.parametrize(
    ("rows", "mask", "message"),
    [
        (None, MASK, "is the mask of a table that is not there"),
        (ROWS, None, "should be a table .* beside 'linear.table.rows'"),
        (ROWS[0], MASK, "should be a table"),
        (ROWS, MASK * 2, "must be uint8, 0 or 1"),
        (ROWS, MASK.astype("int8"), "must be uint8, 0 or 1"),
        (ROWS, MASK[None], "must be uint8, 0 or 1"),
        (ROWS[:, :0], MASK, "at least one of them 1"),
        (ROWS[:0], MASK * 0, "at least one of them 1"),
        (ROWS, MASK * 0, "marks 0 rows, where 3"),
        (ROWS[:1], MASK, "marks 3 rows, where 1"),
        (ROWS, np.ones(40, "uint8"), "marks 40 rows"),
    ],
)
def test_a_mask_that_does_not_fit_its_table_is_refused(rows, mask, message, tmp_path):
    arrays = {"linear.table": rows, "linear.table.rows": mask}
    path = tmp_path / "weights.safetensors"
    save_file({k: np.ascontiguousarray(v) for k, v in arrays.items() if v is not None}, path)
    with pytest.raises(ArgumentError, match=message):
        read_weights(path)
