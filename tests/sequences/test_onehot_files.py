"""One-hot rows on disk: there and back, and files that are not sound."""

import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences, one_hot
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.sequences import onehot_files
from textseq.sequences.onehot_files import load_one_hot, save_one_hot
from textseq.sequences.onehot_parquet import SCHEMA

ROOT = str(Path(__file__).parents[2])
SEQUENCES = Sequences.from_lists([[7, 8], [], [9, 10]])
DOCUMENTS = st.lists(st.lists(st.integers(0, 11), max_size=4), max_size=6)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@given(DOCUMENTS)
def test_sparse_rows_are_what_scipy_reads(tmp_path_factory, documents):
    path = tmp_path_factory.mktemp("onehot") / "onehot.npz"
    sequences = Sequences.from_lists(documents)
    save_one_hot(path, sequences, 12)
    expected = one_hot(sequences, 12, sparse=True)
    ours = load_one_hot(path)
    theirs = scipy.sparse.load_npz(path)
    for matrix in (ours.to_scipy(), theirs):
        assert isinstance(matrix, scipy.sparse.csr_array)
        assert (matrix.shape, matrix.dtype) == (expected.shape, expected.dtype)
        assert (matrix != expected).nnz == 0
    assert ours == (sequences, 12)


@given(DOCUMENTS)
def test_rows_as_parquet_are_those_of_the_npz(tmp_path_factory, documents):
    path = tmp_path_factory.mktemp("onehot") / "onehot.parquet"
    sequences = Sequences.from_lists(documents)
    assert save_one_hot(path, sequences, 12) == len(sequences.ids)
    table = pq.read_table(path)
    assert table.schema.equals(SCHEMA)
    assert table.to_pylist() == [{"columns": row, "width": 12} for row in documents]
    assert load_one_hot(path) == (sequences, 12 if documents else 1)


@given(st.lists(DOCUMENTS, max_size=4), st.sampled_from([1, 3, 1 << 18]))
def test_batches_make_the_file_that_the_whole_makes(tmp_path_factory, batches, at_once):
    folder = tmp_path_factory.mktemp("onehot")
    parts = [Sequences.from_lists(batch) for batch in batches]
    whole = Sequences.concatenate(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onehot_files, "_AT_ONCE", at_once)
        assert save_one_hot(folder / "a.npz", iter(parts), 12) == len(whole.ids)
        assert save_one_hot(folder / "a.npy", iter(parts), 12) == len(whole.ids)
        assert save_one_hot(folder / "a.parquet", iter(parts), 12) == len(whole.ids)
    save_one_hot(folder / "b.npz", whole, 12)
    assert names(folder) == ["a.npy", "a.npz", "a.parquet", "b.npz"]
    assert load_one_hot(folder / "a.parquet").sequences == whole
    arrays, expected = np.load(folder / "a.npz"), np.load(folder / "b.npz")
    assert list(arrays) == list(expected)
    for name in expected:
        assert arrays[name].dtype == expected[name].dtype
        np.testing.assert_array_equal(arrays[name], expected[name])
    np.testing.assert_array_equal(np.load(folder / "a.npy"), one_hot(whole, 12))


@pytest.mark.parametrize("name", ["a.npz", "a.parquet"])
def test_an_id_beyond_the_width_is_named_by_its_place_in_the_stream(tmp_path, name):
    parts = [Sequences.from_lists([[1, 2], [3]]), Sequences.from_lists([[1], [4]])]
    with pytest.raises(ArgumentError, match="Index 4 at position 4 is outside 0 to 3"):
        save_one_hot(tmp_path / name, parts, 4)
    assert names(tmp_path) == []


def test_dense_rows(tmp_path):
    sequences = Sequences.from_lists([[1], [2, 3]])
    save_one_hot(tmp_path / "a.npy", sequences, 4)
    rows = load_one_hot(tmp_path / "a.npy")
    assert (rows.shape, rows.dtype) == ((2, 2, 4), np.float32)
    np.testing.assert_array_equal(rows, one_hot(sequences, 4))


@pytest.mark.parametrize(
    ("name", "width", "limit", "message"),
    [
        ("a.npz", 3, 10**9, "Index 3 at position 2 is outside 0 to 2"),
        ("a.npy", 3, 10**9, "Index 3 at position 2 is outside 0 to 2"),
        ("a.parquet", 3, 10**9, "Index 3 at position 2 is outside 0 to 2"),
        ("a.parquet", 2**31, 10**9, "are at most 2,147,483,647 wide. Received: 2,147,483,648"),
        ("a.npy", 4, 63, "more than the limit"),
        ("a.jsonl", 4, 10**9, r"must end in \.npz or \.parquet .* or \.npy"),
    ],
)
def test_rows_that_cannot_be_written(tmp_path, name, width, limit, message):
    with pytest.raises(ArgumentError, match=message):
        save_one_hot(tmp_path / name, Sequences.from_lists([[1], [2, 3]]), width, limit=limit)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_rows_that_exist(tmp_path, name):
    save_one_hot(tmp_path / name, SEQUENCES[:1], 9)
    with pytest.raises(OutputExistsError):
        save_one_hot(tmp_path / name, SEQUENCES[:1], 9)
    save_one_hot(tmp_path / name, SEQUENCES[:1], 10, force=True)
    rows = load_one_hot(tmp_path / name)
    assert (rows.shape[-1] if name == "a.npy" else rows.width) == 10


def test_no_damage_to_rows_raises_anything_else(tmp_path):
    chance = random.Random(0)
    for path in (tmp_path / "a.npz", tmp_path / "a.parquet", tmp_path / "a.npy"):
        save_one_hot(path, SEQUENCES[:1], 9)
        whole = path.read_bytes()
        for _ in range(300):
            damaged = bytearray(whole)
            damaged[chance.randrange(len(whole))] = chance.randrange(256)
            path.write_bytes(damaged)
            with contextlib.suppress(ArtifactError):
                load_one_hot(path)
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ArtifactError, match=r"The one-hot rows .* cannot be read"):
            load_one_hot(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": np.array(b"csc")}, "is not a CSR matrix with offsets"),
        ({"indices": [1, 2, 4]}, "Index 4 at position 2 is outside 0 to 3"),
        ({"indices": [1, 2, -1]}, "outside 0 to 3"),
        ({"indptr": [0, 2, 2, 3]}, "do not hold a single 1 each"),
        ({"data": [1.0, 1.0, 0.5]}, "do not hold a single 1 each"),
        ({"data": ["a", "b", "c"]}, "do not hold a single 1 each"),
        ({"shape": [2, 4]}, "do not hold a single 1 each"),
        ({"shape": [3]}, "cannot be read"),
        ({"shape": [3, 0]}, "The width must be 1 or more"),
        ({"offsets": [0, 2]}, "`offsets` must be"),
    ],
)
def test_sparse_rows_that_are_not_one_hot(tmp_path, change, message):
    save_one_hot(tmp_path / "a.npz", Sequences.from_lists([[1], [2, 3]]), 4)
    with np.load(tmp_path / "a.npz") as arrays:
        changed = {**arrays, **change}
    np.savez(tmp_path / "b.npz", **changed)
    with pytest.raises(ArtifactError, match=message):
        load_one_hot(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"ids": [[1]]}, "does not hold one-hot rows, which have `columns: list<.*>`, `width: int"),
        ({"columns": [[1]], "width": [2]}, "it has `columns: list<.*int64>`"),
        ({"columns": [[1], [4]], "width": [4, 4]}, "is damaged: Index 4 at position 1 is outside"),
        ({"columns": [[1], [-1]], "width": [4, 4]}, "is damaged: Index -1 at position 1"),
        ({"columns": [[1], [2]], "width": [4, 5]}, "must be one number, 1 or more. Received: 4, 5"),
        ({"columns": [[1]], "width": [None]}, "must be one number, 1 or more. Received: None"),
        ({"columns": [[]], "width": [0]}, "must be one number, 1 or more. Received: 0"),
        ({"columns": [None], "width": [3]}, "without nulls"),
    ],
)
def test_parquet_that_is_not_one_hot(tmp_path, table, message):
    schema = SCHEMA if "columns" in table and table["width"] != [2] else None
    pq.write_table(pa.table(table, schema), tmp_path / "a.parquet")
    with pytest.raises(ArtifactError, match=message):
        load_one_hot(tmp_path / "a.parquet")


def test_scipys_own_file_lacks_the_offsets(tmp_path):
    scipy.sparse.save_npz(tmp_path / "a.npz", one_hot([1, 2], 3, sparse=True))
    with pytest.raises(ArtifactError, match="is not a CSR matrix with offsets"):
        load_one_hot(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.eye(3, dtype=np.float32), "shape .documents, longest, width."),
        (np.eye(3)[None], "must hold one array of float32"),
        (np.zeros((1, 2, 3), np.float32), "do not hold a single 1 each"),
        (np.ones((1, 2, 3), np.float32), "do not hold a single 1 each"),
        (np.full((1, 2, 1), 2, np.float32), "do not hold a single 1 each"),
        (np.full((1, 2, 1), np.nan, np.float32), "do not hold a single 1 each"),
    ],
)
def test_dense_rows_that_are_not_one_hot(tmp_path, rows, message):
    np.save(tmp_path / "a.npy", rows)
    with pytest.raises(ArtifactError, match=message):
        load_one_hot(tmp_path / "a.npy")


def test_one_hot_rows_of_another_extension(tmp_path):
    with pytest.raises(ArgumentError, match=r"must end in \.npz .* or \.npy"):
        load_one_hot(tmp_path / "a.jsonl")


WITHOUT_SCIPY = """
import sys
sys.modules["scipy"] = sys.modules["sklearn"] = None
from textseq import Sequences, one_hot
from textseq.errors import MissingExtraError
from textseq.sequences.onehot_files import load_one_hot, save_one_hot
sequences = Sequences.from_lists([[1], [2, 3]])
save_one_hot(sys.argv[1] + "/a.npz", sequences, 4)
rows = load_one_hot(sys.argv[1] + "/a.npz")
assert rows == (sequences, 4)
for ask in (rows.to_scipy, lambda: one_hot(sequences, 4, sparse=True)):
    try:
        ask()
    except MissingExtraError as error:
        print(error)
sys.argv = ["textseq", "onehot", "ids.jsonl", "--width", "4", "--output", sys.argv[1] + "/b.npz"]
from textseq.cli.app import main
main()
"""


def test_one_hot_files_need_no_scipy(tmp_path):
    (tmp_path / "ids.jsonl").write_text("[1]\n[2, 3]\n")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SCIPY, tmp_path],
        cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ROOT},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    message = "A sparse one-hot matrix needs scipy, which is not installed; install it with: "
    assert done.stdout == f"{message}pip install gensim scikit-learn scipy.\n" * 2
    for name in ("a.npz", "b.npz"):
        expected = one_hot(Sequences.from_lists([[1], [2, 3]]), 4, sparse=True)
        assert (scipy.sparse.load_npz(tmp_path / name) != expected).nnz == 0
