"""One-hot rows on disk.

.npz  SciPy's CSR, a row per token, which `scipy.sparse.load_npz` reads, with the documents'
`offsets` beside it
.npy  a dense array of shape (documents, longest, width)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError, ArtifactError
from textseq.files import StrPath, atomic_file
from textseq.onehot import DENSE_LIMIT, one_hot
from textseq.sequences import Sequences
from textseq.untrusted import arrays_of, reading

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def save_one_hot(
    path: StrPath,
    sequences: Sequences,
    width: int,
    *,
    limit: int = DENSE_LIMIT,
    force: bool = False,
) -> None:
    """Write one-hot rows: CSR to `.npz`, dense to `.npy`.

    Raises:
        ArgumentError: An id is beyond `width`, a dense result would pass `limit` bytes, or the
            extension is neither.

    Example:
        >>> import tempfile
        >>> import scipy.sparse
        >>> from textseq import Sequences
        >>> from textseq.onehot_files import save_one_hot
        >>> path = tempfile.mkdtemp() + "/onehot.npz"
        >>> save_one_hot(path, Sequences.from_lists([[1], [2, 3]]), width=4)
        >>> scipy.sparse.load_npz(path).shape
        (3, 4)
    """
    if _format_of(path) == ".npy":
        rows = one_hot(sequences, width, limit=limit)
        with atomic_file(path, force=force) as temporary:
            np.save(temporary, rows)
        return
    matrix = one_hot(sequences, width, sparse=True)
    with atomic_file(path, force=force) as temporary:
        # The keys of scipy.sparse.save_npz, which takes no further arrays.
        np.savez_compressed(
            temporary,
            indices=matrix.indices,
            indptr=matrix.indptr,
            format=np.array(b"csr"),
            shape=np.array(matrix.shape),
            data=matrix.data,
            _is_array=np.array(True),
            offsets=sequences.offsets,
        )


def load_one_hot(
    path: StrPath,
) -> tuple[csr_array | npt.NDArray[np.float32], npt.NDArray[np.int64] | None]:
    """Read what `save_one_hot` wrote.

    Returns:
        From `.npz`, a CSR matrix of shape (tokens, width) and the offsets of the documents, int64,
        shape (documents + 1,). From `.npy`, an array of shape (documents, longest, width) and None.

    Raises:
        ArgumentError: The extension is neither.
        ArtifactError: The file is missing or damaged, or its rows are not one-hot.
    """
    suffix = _format_of(path)
    with reading(f"The one-hot rows '{path}'"):
        return _load_sparse(Path(path)) if suffix == ".npz" else (_load_dense(Path(path)), None)


def _load_sparse(path: Path) -> tuple[csr_array, npt.NDArray[np.int64]]:
    arrays = arrays_of(path)
    expected = {"indices", "indptr", "data", "shape", "format", "offsets"}
    if not expected <= arrays.keys() or arrays["format"].tolist() not in (b"csr", "csr"):
        raise ArtifactError(f"'{path}' is not a CSR matrix with offsets, as textseq writes it.")
    try:
        tokens, width = arrays["shape"].tolist()
        documents = Sequences(arrays["indices"], arrays["offsets"])
        matrix = one_hot(documents, width, sparse=True, dtype=arrays["data"].dtype)
    except ArgumentError as error:
        raise ArtifactError(f"'{path}' is unsound: {error}") from error
    for name, sound in (("indptr", matrix.indptr), ("data", matrix.data)):
        if tokens != len(documents.ids) or not np.array_equal(arrays[name], sound):
            raise ArtifactError(f"'{path}' is unsound: its rows do not hold a single 1 each.")
    return matrix, documents.offsets


def _load_dense(path: Path) -> npt.NDArray[np.float32]:
    rows = np.load(path, allow_pickle=False)
    if not isinstance(rows, np.ndarray) or rows.ndim != 3 or rows.dtype != np.float32:
        raise ArtifactError(
            f"'{path}' must hold one array of float32 and shape (documents, longest, width)."
        )
    if np.any(np.count_nonzero(rows, axis=2) != 1) or np.any(rows.sum(axis=2) != 1):
        raise ArtifactError(f"'{path}' is unsound: its rows do not hold a single 1 each.")
    return rows


def _format_of(path: StrPath) -> str:
    suffix = Path(path).suffix
    if suffix not in (".npz", ".npy"):
        raise ArgumentError(f"'{path}' must end in .npz (sparse rows) or .npy (a dense array).")
    return suffix
