"""One-hot rows on disk, written and read without SciPy.

.npz      SciPy's CSR layout, a row per token, which `scipy.sparse.load_npz` reads, and the
          `offsets` of the documents
.parquet  a row per document, `columns: list<int32>` and `width: int32`; see `onehot_parquet`
.npy      a dense array of shape (documents, longest, width)
"""

from __future__ import annotations

import itertools
import math
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.files.safe_load import load_array, safe_load, wrap_read_errors
from textseq.sequences.onehot import DENSE_LIMIT, check_dense_size, check_range, one_hot
from textseq.sequences.onehot_parquet import read_columns, write_columns
from textseq.sequences.sequences import Sequences

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_AT_ONCE = 1 << 18  # values in memory at a time


def save_one_hot(
    path: StrPath,
    sequences: Sequences | Iterable[Sequences],
    width: int,
    *,
    limit: float = DENSE_LIMIT,
    force: bool = False,
) -> int:
    """Write one-hot rows, sparse to `.npz` or `.parquet`, dense to `.npy`; return their number.

    Batches of ids become sparse rows one by one; a dense array, of at most `limit` bytes, is built
    in memory.
    """
    width = as_integer(width, "width", at_least=1)
    parts = [sequences] if isinstance(sequences, Sequences) else sequences
    suffix = _format_of(path)
    if suffix == ".npy":
        whole = Sequences.concatenate(parts)
        shape = (len(whole), int(whole.lengths.max(initial=0)), width)
        remedy = "name a .npz file, which holds sparse rows, or raise --limit (limit=)"
        check_dense_size(shape, np.dtype(np.float32), limit, remedy)
        rows = one_hot(whole, width, limit=math.inf)
        with atomic_file(path, force=force) as temporary, temporary.open("wb") as file:
            # Not np.save, whose error on a full disk does not say what is wrong.
            header = np.lib.format.header_data_from_array_1_0(rows)
            np.lib.format.write_array_header_1_0(file, header)
            file.write(rows.data)
        return len(whole.ids)
    with atomic_file(path, force=force) as temporary:
        if suffix == ".parquet":
            return write_columns(temporary, parts, width)
        return _save_sparse(temporary, parts, width)


def _save_sparse(path: Path, parts: Iterable[Sequences], width: int) -> int:
    """Write CSR rows, a batch at a time.

    An array in the archive begins with its length, which is known only at the end, so ids and ends
    of documents are written to temporary files first.
    """
    with (
        tempfile.TemporaryFile(dir=path.parent) as ids,
        tempfile.TemporaryFile(dir=path.parent) as ends,
    ):
        rows = documents = 0
        for part in parts:
            check_range(part.ids, width, "width", first=rows)
            ids.write(part.ids.data)
            ends.write((part.offsets[1:] + rows).data)
            rows += len(part.ids)
            documents += len(part)
        index = np.dtype(np.int32 if max(width, rows) < np.iinfo(np.int32).max else np.int64)
        # The arrays of scipy.sparse.save_npz, and the offsets.
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _write(archive, "indices", index, (rows,), _read(ids, np.dtype(np.int32)))
            _write(archive, "indptr", index, (rows + 1,), _count_to(rows + 1))
            _write(archive, "format", np.dtype("S3"), (), [np.array(b"csr")])
            _write(archive, "shape", np.dtype(np.int64), (2,), [np.array((rows, width))])
            ones = map(np.ones_like, _count_to(rows))
            _write(archive, "data", np.dtype(np.float32), (rows,), ones)
            _write(archive, "_is_array", np.dtype(bool), (), [np.array(True)])
            starts = itertools.chain([np.zeros(1, np.int64)], _read(ends, np.dtype(np.int64)))
            _write(archive, "offsets", np.dtype(np.int64), (documents + 1,), starts)
    return rows


def _write(
    archive: zipfile.ZipFile,
    name: str,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    parts: Iterable[npt.NDArray[Any]],
) -> None:
    """Write one array of an .npz from its parts."""
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        header = {"descr": dtype.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.asarray(part, dtype).tobytes())


def _read(file: IO[bytes], dtype: np.dtype[Any]) -> Iterator[npt.NDArray[Any]]:
    """Yield the values of a temporary file, from its beginning."""
    file.seek(0)
    while block := file.read(_AT_ONCE * dtype.itemsize):
        yield np.frombuffer(block, dtype)


def _count_to(end: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the integers from 0 to `end` - 1, in blocks."""
    for start in range(0, end, _AT_ONCE):
        yield np.arange(start, min(start + _AT_ONCE, end))


class SparseRows(NamedTuple):
    """One-hot rows of `width` columns, one per token, as their ids."""

    sequences: Sequences
    width: int

    def to_scipy(self) -> csr_array:
        """Return the rows as a SciPy matrix of float32, shape (tokens, width)."""
        return one_hot(self.sequences, self.width, sparse=True)


def load_one_hot(path: StrPath) -> SparseRows | npt.NDArray[np.float32]:
    """Read what `save_one_hot` wrote; `.npy` has the shape (documents, longest, width).

    A folder of Parquet files is read like one of them.
    """
    suffix = ".parquet" if Path(path).is_dir() else _format_of(path)
    with wrap_read_errors(f"The one-hot rows '{path}'"):
        if suffix == ".parquet":
            return SparseRows(*read_columns(Path(path)))
        return _load_sparse(Path(path)) if suffix == ".npz" else _load_dense(Path(path))


def _load_sparse(path: Path) -> SparseRows:
    arrays = safe_load(path)
    expected = {"indices", "indptr", "data", "shape", "format", "offsets"}
    if not expected <= arrays.keys() or arrays["format"].tolist() not in (b"csr", "csr"):
        raise ArtifactError(f"'{path}' is not a CSR matrix with offsets, as textseq writes it.")
    tokens, width = arrays["shape"].tolist()
    try:
        if width < 1:
            raise ArgumentError(f"The width must be 1 or more. Received: {width}.")
        sequences = Sequences(arrays["indices"], arrays["offsets"])
        check_range(sequences.ids, width, "width")
    except ArgumentError as error:
        raise ArtifactError(f"'{path}' is damaged: {error}") from error
    if (
        tokens != len(sequences.ids)
        or not np.array_equal(arrays["indptr"], np.arange(tokens + 1))
        or not np.array_equal(arrays["data"], np.ones(tokens))
    ):
        raise ArtifactError(f"'{path}' is damaged: its rows do not hold a single 1 each.")
    return SparseRows(sequences, width)


def _load_dense(path: Path) -> npt.NDArray[np.float32]:
    rows = load_array(path)
    if rows.ndim != 3 or rows.dtype != np.float32:
        raise ArtifactError(
            f"'{path}' must hold one array of float32 and shape (documents, longest, width)."
        )
    if np.any(np.count_nonzero(rows, axis=2) != 1) or np.any(rows.sum(axis=2) != 1):
        raise ArtifactError(f"'{path}' is damaged: its rows do not hold a single 1 each.")
    return rows


def _format_of(path: StrPath) -> str:
    suffix = Path(path).suffix
    if suffix not in (".npz", ".parquet", ".npy"):
        raise ArgumentError(
            f"'{path}' must end in .npz or .parquet (sparse rows) or .npy (a dense array)."
        )
    return suffix
