"""Bytes as UTF-8, and bytes that are not text."""

import contextlib
import gzip
import pickle

import pyarrow as pa
import pytest

from textseq.corpus import read_corpus, stream
from textseq.corpus.readers import records
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
        (b"\xd0\xcf\x11\xe0\xa1", "old Excel"),
        (b"SQLite format 3\0", "SQLite"),
        (b"ARROW1\0\0", "Arrow or Feather"),
        (b"pos/1.txt".ljust(257, b"\0") + b"ustar\x0000", "a tar archive"),
        (b"\xff\xff\xff\xff\x10\0\0\0", "an Arrow file"),
        (b"text\0text\n", "zero bytes"),
        (gzip.compress(b"text\0", mtime=0), "zero bytes"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.json", "a.ft"])
def test_binary_files(write, name, content, kind):
    with pytest.raises(CorpusError, match=f"does not look like text.*{kind}"):
        read_corpus(write(name, content))


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.parquet", "a.jsonl"])
def test_a_git_lfs_pointer(write, name):
    with pytest.raises(CorpusError, match="is a Git LFS pointer.*git lfs pull"):
        read_corpus(write(name, LFS))


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.parquet", "a.jsonl", "a.tsv.gz"])
@pytest.mark.parametrize(
    ("first", "kind"), [("<!DOCTYPE html>", "HTML page"), ('<?xml version="1.0"?>', "XML document")]
)
def test_a_web_page_in_place_of_a_file(write, name, first, kind):
    page = f"\n{first}\n<html>404</html>\n".encode()
    path = write(name, gzip.compress(page, mtime=0) if name.endswith(".gz") else page)
    with pytest.raises(CorpusError, match=f"is an {kind}.*--format text"):
        read_corpus(path)
    assert list(read_corpus(path, format="text"))[1] == first


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.json", "a.ft"])
def test_zero_bytes_far_from_the_beginning(write, name):
    rows = {"a.csv": "text\n" + "a film\n" * 30_000, "a.ft": "__label__x a film\n" * 30_000}
    content = rows.get(name, '{"text": "a film"}\n' * 30_000)
    path = write(name, content.encode() + b"\0")
    with pytest.raises(CorpusError, match="zero bytes, the first after .*tr -d"):
        list(read_corpus(path))


def test_few_zero_bytes_are_no_utf_16(write):
    with pytest.raises(CorpusError, match="after 13 bytes; if they are errors, remove them"):
        read_corpus(write("a.csv", b"text,label\nab\0c,1\nd,0\n"))


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["a film\n", "나쁜 영화\n" * 20])
def test_wide_text_without_a_mark(write, order, text):
    path = write("a.txt", text.encode(order))
    with pytest.raises(CorpusError, match=f"say --encoding {order}"):
        read_corpus(path)
    with pytest.raises(CorpusError, match=f"has no byte order mark: say --encoding {order}"):
        read_corpus(path, encoding=order[:6])
    assert list(read_corpus(path, encoding=order)) == text.splitlines()


@pytest.mark.parametrize("encoding", ["utf-7", "unicode_escape", "hz", "iso2022_jp", "charmap"])
def test_odd_encodings_read_or_refuse(write, encoding):
    path = write("a.txt", b"a film\n\xff~{x\\ud800\n+")
    with contextlib.suppress(CorpusError):
        list(read_corpus(path, encoding=encoding))


@pytest.mark.parametrize("pack", [gzip.compress, lambda b: pa.compress(b, "zstd", asbytes=True)])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.json", "a.ft", "d/x/a"])
def test_a_line_without_an_end(write, tmp_path, monkeypatch, pack, name):
    monkeypatch.setattr(stream, "LONGEST_TEXT", 1 << 20)
    monkeypatch.setattr(records, "LONGEST_ROW", 1 << 20)
    start = {"a.csv": "text,label\n", "a.json": '["', "a.jsonl": '{"'}
    packed = pack(start.get(name, "__label__x ").encode() + b"a" * (3 << 20))
    path = write(f"{name}.gz" if pack is gzip.compress else f"{name}.zst", packed)
    with pytest.raises(CorpusError, match="longer than"):
        list(read_corpus(tmp_path / "d" if name.startswith("d") else path))
