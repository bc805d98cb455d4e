from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from textseq.classifier import large_tables
from textseq.classifier.large_tables import LargeTable, tables_in
from textseq.classifier.sparse_rows import whole, with_zero_rows, without_zero_rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@given(
    st.integers(0, 40),
    st.integers(1, 5),
    st.sampled_from([np.float16, np.float32]),
    st.integers(1, 64),
    st.floats(0, 1),
)
def test_tables_in_pieces_are_those_that_were_saved(folder, rows, columns, dtype, piece, zeros):
    random = np.random.default_rng(rows)
    table = random.normal(size=(rows, columns)).astype(dtype)
    table[random.random(rows) < zeros] = 0
    weights = {"table": table, "bias": np.zeros(3, np.float32), "cube": np.ones((2, 2, 2))}
    path = folder / "weights.safetensors"
    save_file(without_zero_rows(weights), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_tables, "LARGE", piece)
        found = tables_in(path)
        large = found["table"].size * found["table"].dtype.itemsize >= piece
        assert isinstance(found["table"], LargeTable) is large
        restored = with_zero_rows(found)
    assert restored.keys() == weights.keys()
    for name, array in weights.items():
        assert restored[name].dtype == array.dtype
        np.testing.assert_array_equal(restored[name], array)


def test_a_large_table_without_a_mask_is_read_whole(folder, monkeypatch):
    monkeypatch.setattr(large_tables, "LARGE", 8)
    table = np.arange(12, dtype=np.float32).reshape(6, 2)
    save_file({"table": table}, folder / "one.safetensors")
    (found,) = tables_in(folder / "one.safetensors").values()
    assert [start for start, _ in found.parts()] == [0, 1, 2, 3, 4, 5]
    assert (found.ndim, found.size) == (2, 12)
    np.testing.assert_array_equal(whole(found), table)
