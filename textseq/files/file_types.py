"""The type of a file or folder, by its content and not its name.

Nothing here runs code: a pickle is detected by its first bytes and not loaded.
"""

import contextlib
import gzip
import json
import zipfile
from pathlib import Path

from textseq.errors import ArtifactError
from textseq.files.paths import StrPath

# The type, and the extensions of its files; no extensions where any name will do.
FileType = tuple[str, tuple[str, ...]]

_START = 1 << 16  # bytes to read

_FASTTEXT = b"\xba\x16O/"  # how fastText's own .bin begins


def detect_type(path: StrPath) -> FileType:
    """Return the type of a file or folder, and the extensions that its name may have."""
    path = Path(path)
    if not path.exists():
        raise ArtifactError(f"'{path}' does not exist.")
    if path.is_dir():
        if (path / "config.json").is_file() or (path / "weights.safetensors").is_file():
            return "model", ()
        raise ArtifactError(f"The folder '{path}' is no model: it has no config.json.")
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError as error:
        raise ArtifactError(f"'{path}' cannot be read: {error.strerror}.") from error
    found = _detect_binary(path, start) or _detect_json(start) or _detect_vectors(start)
    if found is None:
        raise ArtifactError(
            f"'{path}' is {'empty' if not start else 'of a type that textseq does not write'}; "
            f"expected a tokenizer, sequences, one-hot rows, vectors or a model. For text, use "
            f"`textseq tokenize`."
        )
    return found


def _detect_binary(path: Path, start: bytes) -> FileType | None:
    """Detect formats by their magic bytes."""
    if start.startswith(b"PAR1"):
        return "sequences", (".parquet",)
    if start.startswith(b"\x93NUMPY"):
        return "onehot", (".npy",)
    if start.startswith(b"PK\x03\x04"):
        rows = b"indices.npy" in start[:100]
        # A damaged archive may lack its end, with the table of contents; its reader says so.
        with contextlib.suppress(Exception), zipfile.ZipFile(path) as archive:
            rows = rows or "indptr.npy" in archive.namelist()
        return ("onehot" if rows else "sequences"), (".npz",)
    if start.startswith(b"\x80") and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle", ()
    if start.startswith(b"\x1f\x8b"):
        with contextlib.suppress(Exception), gzip.open(path) as file:  # likewise
            return _detect_vectors(file.read(_START))
        return "vectors", ()  # damaged
    return None


def _detect_json(start: bytes) -> FileType | None:
    """Detect a tokenizer, which is one object, or JSON lines of ids."""
    line = start.lstrip().split(b"\n", 1)[0]
    if line.startswith(b'{"ids"') or (line.startswith(b"{") and b'"ids":' in line[:1000]):
        return "sequences", (".jsonl",)
    if line.startswith(b"{") and (
        (b'"class_name"' in start and b'"word_' in start)
        or b'"class_name": "Tokenizer"' in start
        or b'"filters"' in start
    ):
        return "tokenizer", ()
    if line.startswith(b"["):
        with contextlib.suppress(ValueError, RecursionError):
            if all(type(i) is int for i in json.loads(line)):
                return "sequences", (".jsonl",)
    return None


def _detect_vectors(start: bytes) -> FileType | None:
    """Detect word2vec's formats by their first line, and GloVe's by a word and its values."""
    parts = start.partition(b"\n")[0].split()
    counts = len(parts) == 2 and parts[0].isdigit() and parts[1].isdigit()
    values = len(parts) > 2 and all(map(_is_number, parts[1:]))
    return ("vectors", ()) if counts or values or start.startswith(_FASTTEXT) else None


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
