"""Tables in the least space: saved and read in pieces, and what does not fit together refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from textseq.errors import ArgumentError
from textseq.tasks import sparse_rows
from textseq.tasks.four_bits import round_rows
from textseq.tasks.sparse_rows import pack_tables, read_weights

TABLE = np.zeros((40, 3), "float32")
TABLE[[2, 30]] = [[1, 0, 0], [0, 5, 6]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


@given(
    st.integers(1, 40),
    st.integers(1, 5),
    st.sampled_from([np.float16, np.float32, "four bits"]),
    st.integers(1, 64),
    st.floats(0, 1),
)
def test_what_is_saved_comes_back_in_pieces_of_any_size(folder, rows, columns, kind, piece, zeros):
    random = np.random.default_rng(rows)
    table = random.normal(size=(rows, columns))
    table = round_rows(table) if kind == "four bits" else table.astype(kind)
    table[random.random(rows) < zeros] = 0
    weights = {"linear.table": table, "bias": np.zeros(3, np.float32), "cube": np.ones((2, 2, 2))}
    path, saved = folder / "weights.safetensors", pack_tables(weights)
    save_file(saved, path)
    if kind == "four bits":
        assert ("linear.table.scales" in saved) == (columns > 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_rows, "PIECE_BYTES", piece)
        found = read_weights(path)
    assert found.keys() == weights.keys()
    for name, array in weights.items():
        same_type = name != "linear.table" or array.any()
        np.testing.assert_array_equal(found[name], array, strict=same_type)


def test_tables_alone_are_saved_in_parts():
    weights = {
        "2.embedding.embeddings": TABLE,
        "linear.table": TABLE[:, :1] * 0,
        "2.forward.kernel": TABLE,
    }
    saved = pack_tables(weights)
    assert {name: array.shape for name, array in saved.items()} == {
        "2.embedding.embeddings": (3, 3),  # the first row is always kept
        "2.embedding.embeddings.rows": (5,),
        "2.embedding.embeddings.shape": (2,),
        "linear.table": (1, 1),
        "linear.table.rows": (5,),
        "linear.table.shape": (2,),
        "2.forward.kernel": (40, 3),
    }


HALF = pack_tables({"linear.table": TABLE})
FOUR = pack_tables({"linear.table": round_rows(TABLE)})
ROWS, MASK = HALF["linear.table"], HALF["linear.table.rows"]
SHAPE = HALF["linear.table.shape"]
NAN = np.array([np.nan, 1, 1], "float16")


@pytest.mark.parametrize(
    ("saved", "changed", "message"),
    [
        (HALF, {"": None}, "describes a table that is not there"),
        (FOUR, {"": None}, "describes a table that is not there"),
        (HALF, {".rows": None}, "'linear.table.rows' must be 5 bytes, for a table of 40 rows"),
        (HALF, {".rows": MASK[:4]}, "must be 5 bytes"),
        (HALF, {".rows": MASK.astype("int8")}, "must be 5 bytes"),
        (HALF, {".rows": MASK[None]}, "must be 5 bytes"),
        (HALF, {".rows": MASK * 0}, r"should have the shape \(0, 3\)"),
        (HALF, {".rows": MASK | 1}, r"should have the shape \(8, 3\)"),
        (HALF, {".shape": None}, "must hold two int64 above 0"),
        (HALF, {".shape": SHAPE.astype("int32")}, "must hold two int64 above 0"),
        (HALF, {".shape": SHAPE[:1]}, "must hold two int64 above 0"),
        (HALF, {".shape": SHAPE * [1, 0]}, "must hold two int64 above 0"),
        (HALF, {".shape": SHAPE * -1}, "must hold two int64 above 0"),
        (HALF, {".shape": SHAPE + [1, 0]}, "must be 6 bytes, for a table of 41 rows"),
        (HALF, {".shape": SHAPE + [-2, 0], ".rows": MASK | 1}, "marks rows beyond the 38"),
        (HALF, {".shape": np.array([2**62, 3])}, "must be 576460752303423488 bytes"),
        (HALF, {".shape": SHAPE + [0, 1]}, r"should have the shape \(3, 4\)"),
        (HALF, {".shape": np.array([40, 2**62])}, "should have the shape"),
        (FOUR, {".shape": SHAPE + [0, 2]}, r"should have the shape \(3, 3\)"),
        (HALF, {"": ROWS[0]}, r"should have the shape \(3, 3\)"),
        (HALF, {"": ROWS[:2]}, r"should have the shape \(3, 3\)"),
        (HALF, {"": np.full_like(ROWS, np.inf)}, "finite float32 or float16"),
        (HALF, {"": ROWS.astype("float64")}, "finite float32 or float16"),
        (HALF, {"": ROWS.astype("uint8")}, "finite float32 or float16"),
        (HALF, {".scales": np.ones(3, "float16")}, r"should have the shape \(3, 2\)"),
        (FOUR, {".scales": None}, r"should have the shape \(3, 3\)"),
        (FOUR, {".scales": np.ones(2, "float16")}, r"'linear.table.scales' should have the shape"),
        (FOUR, {".scales": np.ones(3, "float32")}, "'linear.table.scales' must hold finite float1"),
        (FOUR, {".scales": NAN}, "'linear.table.scales' must hold finite float16"),
        (FOUR, {"": np.ones((3, 2), "int8")}, "must be uint8, as it has scales"),
        (FOUR, {"": np.ones((3, 2), "float16")}, "must be uint8, as it has scales"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_are_refused(saved, changed, message, tmp_path):
    arrays = saved | {f"linear.table{suffix}": array for suffix, array in changed.items()}
    path = tmp_path / "weights.safetensors"
    save_file({k: np.ascontiguousarray(v) for k, v in arrays.items() if v is not None}, path)
    with pytest.raises(ArgumentError, match=message):
        read_weights(path)


@given(st.data())
def test_any_parts_are_read_or_refused(folder, data):
    """Nothing but ArgumentError, whatever types and shapes the parts have."""
    kinds = st.sampled_from(["uint8", "int8", "float16", "float32", "int64"])
    shapes = st.lists(st.integers(0, 4), max_size=3)
    arrays = dict(FOUR)
    for suffix in data.draw(st.sets(st.sampled_from(["", ".scales", ".rows", ".shape"]))):
        value = data.draw(st.integers(0, 127))
        arrays[f"linear.table{suffix}"] = np.full(data.draw(shapes), value, data.draw(kinds))
    path = folder / "any.safetensors"
    save_file(arrays, path)
    try:
        table = read_weights(path)["linear.table"]
    except ArgumentError:
        return
    assert np.isfinite(table).all()
    assert table.ndim == 2
