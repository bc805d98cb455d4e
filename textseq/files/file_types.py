"""The type of a file or folder, by its content and not its name.

A folder of Parquet files and nothing else is what the first of them is; ids, unless its columns are
those of something else.

Nothing here runs code: a pickle is detected by its first bytes and not loaded.
"""

import codecs
import contextlib
import gzip
import itertools
import json
import re
import zipfile
import zlib
from pathlib import Path

from textseq.errors import ArtifactError
from textseq.files.part_files import holds_only, visible_entries
from textseq.files.paths import StrPath

# The type, and the extensions of its files; no extensions where any name will do.
FileType = tuple[str, tuple[str, ...]]

GIT_LFS = "version https://git-lfs.github.com/spec/"
IS_GIT_LFS = "it is a git-lfs pointer, which stands for the file; get the file with `git lfs pull`"

WEB_PAGES = ("<!doctype html", "<html")
IS_WEB_PAGE = (
    "it is a web page (HTML), as a report is; if it was downloaded, get the file itself, such as "
    "GitHub's raw one"
)

_START = 1 << 16  # bytes to read

# Protocols 0 and 1 begin with an object (its class, then its arguments), a dict, a list or a
# string; later ones with their number.
_PICKLE = re.compile(
    rb"\x80[\x02-\x05]|c[\w.]+\n[\w.]+\n(p\d+\n|q.)?\(|\([dl]p\d+\n|[}\]]q\0|V[^\n]*\np\d+\n|X..\0\0",
    re.DOTALL,
)

_STRING = rb'\s*"(?:[^"\\]|\\.)*"\s*'
_WORD, _ID = _STRING + rb":\s*\d+\s*", rb'\s*"\d+"\s*:' + _STRING
_TABLE = re.compile(
    rb"\{(?:%b,%b,%b|%b(?:,%b)?\}|%b,%b,%b|%b(?:,%b)?\})" % (*[_WORD] * 5, *[_ID] * 5), re.DOTALL
)
"""The beginning of a JSON object that gives words their ids, or ids their words."""

_IDS = re.compile(rb'\{.{,1000}?"ids"\s*:\s*\[')

_PAIR = rb'"label": %b,\s*"probability": [\d.]' % _STRING
_PREDICTION = re.compile(rb'\{(%b|"labels": \[(\]|\{%b))' % (_PAIR, _PAIR))

_CARD = re.compile(rb"---\r?\n(?:[^\n]*\n){0,100}?library_name: textseq\s")
"""The metadata of a model card."""

_FASTTEXT = b"\xba\x16O/"  # how fastText's own .bin begins


def detect_type(path: StrPath) -> FileType:
    """Return the type of a file or folder, and the extensions that its name may have."""
    path = Path(path)
    if not path.exists():
        raise ArtifactError(f"'{path}' does not exist.")
    if path.is_dir():
        if (path / "config.json").is_file() or (path / "weights.safetensors").is_file():
            return "model", ()
        if holds_only(path, ".parquet"):
            return _type_of_parquet(visible_entries(path)[0]), ()
        inside = itertools.chain(path.glob("*.safetensors"), path.glob("*/*.safetensors"))
        other = "".join(f"; it holds '{file}', which can be inspected" for file in [*inside][:1])
        raise ArtifactError(
            f"The folder '{path}' is no model and no ids: it has no config.json, and no Parquet "
            f"files alone{other}."
        )
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError as error:
        raise ArtifactError(f"'{path}' cannot be read: {error.strerror}.") from error
    _refuse_stand_ins(path, start)
    found = _detect_binary(path, start) or _detect_json(start) or _detect_vectors(start)
    if found is None and _CARD.match(start):
        found = "card", ()
    if found is None:
        raise ArtifactError(
            f"'{path}' is {'empty' if not start else 'of a type that textseq does not write'}; "
            f"expected a tokenizer, sequences, one-hot rows, vectors or a model. For text, use "
            f"`textseq tokenize`."
        )
    return found


def is_pickle(start: bytes) -> bool:
    """Return whether bytes are the beginning of a pickle, of any protocol."""
    return _PICKLE.match(start) is not None


def _refuse_stand_ins(path: Path, start: bytes) -> None:
    """Raise an error where a file stands for another one."""
    beginning = start[:60].lstrip().decode("latin-1")
    if beginning.startswith(GIT_LFS):
        raise ArtifactError(f"'{path}' cannot be read: {IS_GIT_LFS}.")
    if beginning.lower().startswith(WEB_PAGES):
        raise ArtifactError(f"'{path}' cannot be read: {IS_WEB_PAGE}.")
    if start.startswith(b"x"):
        with contextlib.suppress(zlib.error):
            zlib.decompressobj().decompress(start, 1)
            raise ArtifactError(
                f"'{path}' is compressed with zlib, as joblib does for `compress=`; write it again "
                f"without that."
            )


def _detect_binary(path: Path, start: bytes) -> FileType | None:
    """Detect formats by their magic bytes."""
    if start.startswith(b"PAR1"):
        return _type_of_parquet(path), (".parquet",)
    if start.startswith(b"\x93NUMPY"):
        return "onehot", (".npy",)
    if start.startswith(b"PK\x03\x04"):
        rows = b"indices.npy" in start[:100]
        # A damaged archive may lack its end, with the table of contents; its reader says so.
        with contextlib.suppress(Exception), zipfile.ZipFile(path) as archive:
            rows = rows or "indptr.npy" in archive.namelist()
        return ("onehot" if rows else "sequences"), (".npz",)
    if is_pickle(start):
        return "pickle", ()
    if start[8:9] == b"{" and 1 < int.from_bytes(start[:8], "little") < path.stat().st_size:
        return _detect_safetensors(start[8:]), (".safetensors",)
    if start.startswith(b"\x1f\x8b"):
        inside = None
        with contextlib.suppress(Exception), gzip.open(path) as file:  # likewise
            inside = file.read(_START)
        if inside is None:
            return "vectors", ()  # damaged
        if is_pickle(inside) or _detect_json(inside):
            raise ArtifactError(
                f"'{path}' is compressed with gzip, which is opened for texts and vectors only; "
                f"decompress it with `gunzip` first."
            )
        return _detect_vectors(inside)
    return None


def _type_of_parquet(path: Path) -> str:
    """Return what the columns of a Parquet file are: ids, where they are of no other type."""
    names: set[str] = set()
    with contextlib.suppress(Exception):  # damage, which its reader describes
        import pyarrow.parquet as pq

        names.update(pq.read_schema(path).names)
    if "ids" not in names and names >= {"columns", "width"}:
        return "onehot"
    is_predictions = names >= {"label", "probability"} or ("labels" in names and "ids" not in names)
    return "predictions" if is_predictions else "sequences"


def _detect_safetensors(header: bytes) -> str:
    """Tell the weights of a model from a checkpoint, which says what training it is of."""
    is_checkpoint = b'"figures"' in header or b'"fingerprint"' in header
    return "checkpoint" if is_checkpoint else "weights"


def _detect_json(start: bytes) -> FileType | None:
    """Detect JSON lines of ids, or one object: a tokenizer, or what a model folder holds."""
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    line = start.split(b"\n", 1)[0]
    if _IDS.match(line):
        return "sequences", (".jsonl",)
    if _PREDICTION.match(line):
        return "predictions", (".jsonl",)
    if line.startswith(b'"'):  # JSON in a string of JSON
        return _detect_object(start[1:].replace(b'\\"', b'"'))
    if line.startswith(b"{"):
        return _detect_object(start)
    if line.startswith(b"["):
        with contextlib.suppress(ValueError, RecursionError):
            if all(type(i) is int for i in json.loads(line)):
                return "sequences", (".jsonl",)
    return None


def _detect_object(start: bytes) -> FileType | None:
    """Detect what an object is by its keys."""
    if b'"format": "textseq-' in start:
        return "config", ()
    if b'"histories"' in start:
        return "metrics", ()
    # A tokenizer of Keras's or Hugging Face's, or a bare table of words and ids.
    keys = (b'"word_', b'"filters"', b'"Tokenizer"', b'"added_tokens"', b'"pre_tokenizer"')
    if any(key in start for key in keys) or _TABLE.match(start):
        return "tokenizer", ()
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
