"""Files and pipes, packed or not."""

import gzip
import io
import os
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from textseq.corpus import read_corpus
from textseq.errors import ArgumentError, CorpusError


@pytest.fixture
def stdin(monkeypatch):
    """Return a function that makes some bytes be on stdin."""

    def fill(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return fill


@pytest.fixture
def temporary(monkeypatch, tmp_path):
    """Make temporary files appear in a folder of their own, and return it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_stdin_is_spooled_to_be_read_twice(stdin, temporary):
    stdin(b"one\ntwo\n")
    corpus = read_corpus("-")
    assert [list(corpus), list(corpus)] == [["one", "two"]] * 2
    assert len(list(temporary.iterdir())) == (sys.platform != "linux")  # there it has no name
    del corpus
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("name", ["text", "csv", "jsonl", "fasttext"])
def test_stdin_is_streamed_once(stdin, temporary, name):
    rows = {"text": "a\n", "csv": "text\na\n", "jsonl": '"a"\n', "fasttext": "__label__x a\n"}
    stdin(gzip.compress(rows[name].encode()))
    corpus = read_corpus("-", format=name, spool=False)
    assert list(corpus) == ["a"]
    assert not list(temporary.iterdir())
    with pytest.raises(CorpusError, match=r"cannot be read again.*spool"):
        list(corpus)


def test_a_stream_hands_on_lines_as_they_come(monkeypatch):
    out, into = os.pipe()
    with os.fdopen(out, "rb") as pipe, os.fdopen(into, "wb", buffering=0) as writer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
        writer.write(b"one\n")
        texts = read_corpus("-", spool=False).texts()
        assert next(texts) == "one"
        writer.write(b"two\n")
        assert next(texts) == "two"


def test_a_row_longer_than_a_block_of_a_stream(stdin):
    stdin(b"text,label\na,b\n" + b"c" * 100 + b",d\n")
    corpus = read_corpus("-", format="csv", spool=False, block_size=50)
    assert list(corpus) == ["a", "c" * 100]


def test_parquet_cannot_be_streamed(stdin):
    stdin(b"PAR1")
    with pytest.raises(ArgumentError, match="spool"):
        read_corpus("-", format="parquet", spool=False)


def test_stdin_is_named_once():
    with pytest.raises(ArgumentError, match="more than once"):
        read_corpus(["-", "-"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
@pytest.mark.parametrize("spool", [True, False])
def test_a_named_pipe_is_read_like_stdin(tmp_path, spool):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"text,label\na,x\n",))
    writer.start()
    corpus = read_corpus(path, spool=spool)
    assert list(corpus) == ["a"]
    writer.join()


@pytest.mark.parametrize("pack", [gzip.compress, lambda b: pa.compress(b, "zstd", asbytes=True)])
@pytest.mark.parametrize("format_name", ["text", "csv"])
def test_a_truncated_archive(write, pack, format_name):
    path = write("a", pack(os.urandom(100_000).hex().encode() + b"\n")[:-6])
    with pytest.raises(CorpusError, match=r"cannot be read to its end|no header"):
        list(read_corpus(path, format=format_name))


@pytest.mark.parametrize("pack", [gzip.compress, lambda b: pa.compress(b, "zstd", asbytes=True)])
def test_archives_one_after_another(write, pack):
    path = write("a", pack(b"") + pack(b"one\n") + pack(b"two\n" * 50_000) + pack(b"three"))
    assert list(read_corpus(path)) == ["one", *["two"] * 50_000, "three"]


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt.zst"])
def test_a_file_that_was_unpacked_and_kept_its_name(write, name):
    assert list(read_corpus(write(name, "plain\n"))) == ["plain"]


def test_a_pointer_under_the_name_of_an_archive(write):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12345\n"
    with pytest.raises(CorpusError, match="Git LFS pointer"):
        read_corpus(write("a.csv.gz", pointer))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_that_may_not_be_read(write):
    path: Path = write("a.txt", "a")
    path.chmod(0)
    with pytest.raises(CorpusError, match="cannot be opened"):
        read_corpus(path)
