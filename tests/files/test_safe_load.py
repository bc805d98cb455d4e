"""Files that may be damaged: whatever a decoder raises on them is one error."""

import io
import lzma
import zipfile
import zlib

import numpy as np
import pytest

from textseq.errors import ArgumentError, ArtifactError, CorpusError, OutputError
from textseq.files.safe_load import load_array, safe_load, wrap_read_errors


class Panic(BaseException):
    """As code in Rust raises it."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (lzma.LZMAError("Corrupt input data"), "Corrupt input data"),
        (zlib.error("Error -3"), "Error -3"),
        (IndexError("tuple index out of range"), "tuple index out of range"),
        (MemoryError(), "it needs more memory than there is"),
        (RecursionError(), "it is nested too deeply"),
        (KeyError("ids"), "it has no 'ids'"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), "it is not UTF-8 text"),
        (FileNotFoundError(2, "No such file or directory"), "No such file or directory"),
        (ArgumentError("its width is 0."), "its width is 0"),
        (Panic("index out of\n bounds"), "index out of bounds"),
        (AssertionError(), "AssertionError"),
    ],
    ids=repr,
)
def test_whatever_is_raised_is_one_error(error, reason):
    with (
        pytest.raises(ArtifactError) as caught,
        wrap_read_errors("The ids 'a'", remedy="delete it"),
    ):
        raise error
    if not isinstance(error, OSError | ArgumentError):
        reason = f"it is damaged, or not what it seems ({reason})"
    assert str(caught.value) == f"The ids 'a' cannot be read: {reason}; delete it."
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [ArtifactError("x"), OutputError("x"), KeyboardInterrupt(), SystemExit(1)], ids=repr
)
def test_what_says_enough_passes(error):
    with pytest.raises(type(error)) as caught, wrap_read_errors("The ids 'a'"):
        raise error
    assert caught.value is error


def test_in_a_corpus_an_argument_error_is_of_the_users_argument():
    with pytest.raises(ArgumentError, match="^no format$"), wrap_read_errors("x", kind=CorpusError):
        raise ArgumentError("no format")


def npz(path, compression, damage=0):
    """Write an archive; `damage` is how many of the member's packed bytes are changed."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        packed = io.BytesIO()
        np.save(packed, np.arange(1000))
        archive.writestr("ids.npy", packed.getvalue())
    data = bytearray(path.read_bytes())
    for at in range(60, 60 + damage):
        data[at] ^= 255
    path.write_bytes(data)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_members_of_every_compression_are_one_error(tmp_path, compression):
    npz(tmp_path / "a.npz", compression)
    assert safe_load(tmp_path / "a.npz")["ids"].tolist() == list(range(1000))
    for damage in (1, 5, 40):
        npz(tmp_path / "a.npz", compression, damage)
        refused = pytest.raises(ArtifactError, match=r"The ids cannot be read: .*\.$")
        with refused, wrap_read_errors("The ids"):
            safe_load(tmp_path / "a.npz")


@pytest.mark.parametrize("descr", ["()", "((),)", "[()]", "[('a',)]", "'|O'", "{'names': 1}"])
def test_hostile_headers_of_arrays_are_one_error(tmp_path, descr):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}".ljust(117) + "\n"
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\x01\0v\0" + header.encode() + bytes(8))
    with pytest.raises(ArtifactError), wrap_read_errors("The rows"):
        load_array(tmp_path / "a.npy")


def test_an_array_that_claims_more_than_the_file_holds_is_not_allocated(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(1000))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data.replace(b"(1000,), }   ", b"(10**15,)}   ", 1))
    with pytest.raises(ArtifactError), wrap_read_errors("The rows"):
        load_array(tmp_path / "a.npy")
    (tmp_path / "a.npy").write_bytes(data.replace(b"(1000,), }     ", b"(1000000000,),}"))
    with pytest.raises(ArtifactError, match="which 8,128 bytes cannot hold"):
        load_array(tmp_path / "a.npy")
