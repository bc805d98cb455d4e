"""Bytes as UTF-8, and bytes that are not text."""

import gzip
import pickle

import pytest

from textseq.corpus import read_corpus
from textseq.corpus.source import open_source
from textseq.errors import CorpusError


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp949"])
def test_reading_in_pieces_is_reading(write, size, encoding):
    path = write("a.txt", ("가나\r다\r\n" * 30_000).encode(encoding))
    with open_source(str(path), encoding=encoding).open() as stream:
        pieces = iter(lambda: stream.read(size), b"") if size > 1 else [stream.read()]
        assert b"".join(pieces).decode() == "가나 다\n" * 30_000


@pytest.mark.parametrize("content", ["a\n".encode("utf-16"), b"\xfe\xff" + "a".encode("utf-16-be")])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_utf16_is_recognised(write, content, encoding):
    path = write("a.txt", content)
    with pytest.raises(CorpusError, match=r"looks like UTF-16.*--encoding utf-16"):
        read_corpus(path, encoding=encoding)
    assert list(read_corpus(path, encoding="utf-16")) == ["a"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04rest", "zip"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (pickle.dumps(["a"]), "pickle"),
        (b"PAR1", "--format parquet"),
        (b"text\0text\n", "zero bytes"),
        (gzip.compress(b"text\0"), "zero bytes"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.ft"])
def test_binary_files(write, name, content, kind):
    with pytest.raises(CorpusError, match=f"does not look like text.*{kind}"):
        read_corpus(write(name, content))
