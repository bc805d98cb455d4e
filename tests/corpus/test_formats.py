"""Detecting the format."""

import gzip
import io
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq.corpus import read_corpus
from textseq.corpus.formats import detect_format
from textseq.corpus.source import open_source


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.csv", "csv"),
        ("a.tsv", "tsv"),
        ("a.tab", "tsv"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson.zst", "jsonl"),
        ("a.JSON.GZ", "jsonl"),
        ("a.parquet", "parquet"),
        ("a.ft", "fasttext"),
        ("a.txt", "text"),
        ("a.text", "text"),
        ("csv", "text"),
        (".gz", "text"),
    ],
)
def test_names(write, name, expected):
    path = write(name, gzip.compress(b"high enough\n", mtime=0))
    assert detect_format(open_source(str(path))) == expected


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.txt", b"id\tdocument\tlabel\n1\ta\t0\n", "tsv"),
        ("a.txt.gz", gzip.compress(b"Label\tText", mtime=0), "tsv"),
        ("a.raw", b"id\tdocument\tlabel\n", "tsv"),
        ("a.txt", b"document,label\n", "text"),
        ("a.txt", b"id\tdocument\n", "text"),
        ("a.txt", b"label\tthing\n", "text"),
        ("a.txt", b"\n\n__label__x a\n", "fasttext"),
        ("a.raw", b"__label__x a", "fasttext"),
        ("a.txt", b" __label__x a", "fasttext"),
        ("a.txt", b"a film __label__x", "fasttext"),
        ("a.txt", b"\n\n__label__x a", "fasttext"),
        ("a.txt", b"a __label__x film\na joy __label__y\n", "fasttext"),
        ("a.txt", b"fastText calls it __label__x by default\n", "text"),
        ("a.txt", b"__label__ marks labels\n", "text"),
        ("a.txt", b"a film __label__x\na joy\n", "text"),
        ("a.txt", b"\xff\xff", "text"),
    ],
)
def test_heads(write, name, head, expected):
    assert detect_format(open_source(str(write(name, head)))) == expected


def test_a_named_format_wins(write):
    path = write("a.csv", "text,label\na,b\n")
    assert list(read_corpus(path, format="text")) == ["text,label", "a,b"]


PROSE = b"One, two, three.\nFour, said he; five, said she | six.\n[Music] {sic}\n"
JSONL = b'{"text": "a film", "label": "x"}\n{"text": "b", "label": "y"}\n'
DETECTED = {
    "text": PROSE,
    "jsonl": JSONL,
    "json": b'[{"text": "a film", "label": "x"},\n{"text": "b", "label": "y"}]',
    "fasttext": b" __label__x a film\nb __label__y\n",
    "csv": b"text,label\na film,x\nb,y\n",
    "tsv": b"id\ttext\tlabel\n1\ta film\tx\n2\tb\ty\n",
}


@pytest.mark.parametrize("expected", DETECTED)
@pytest.mark.parametrize("name", ["a.txt", "a.data", "a", "a.txt.gz", "-"])
def test_by_content(write, monkeypatch, caplog, expected, name):
    caplog.set_level("INFO", "textseq")
    content = DETECTED[expected]
    path = write(
        "a" if name == "-" else name, gzip.compress(content, mtime=0) if ".gz" in name else content
    )
    if name == "-":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        path = "-"
    corpus = read_corpus(path)
    if expected == "text":
        assert list(corpus) == content.decode().splitlines()
        assert not caplog.messages
        return
    assert (list(corpus), corpus.labels()) == (["a film", "b"], ["x", "y"])
    shown = "stdin" if name == "-" else repr(str(path))
    assert caplog.messages[0] == (
        f"{shown} is read as {expected}, as it begins so; --format names another."
    )


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize("expected", ["json", "jsonl"])
def test_json_under_the_name_of_a_table(write, name, expected, caplog):
    caplog.set_level("INFO", "textseq")
    assert list(read_corpus(write(name, DETECTED[expected]))) == ["a film", "b"]
    assert f"a.{name[2:]}' is read as {expected}, as it begins so" in caplog.messages[0]


def test_parquet_without_its_extension(write, monkeypatch):
    path = write("a.data", b"")
    pq.write_table(pa.table({"text": ["a film"]}), path)
    assert list(read_corpus(path)) == ["a film"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert list(read_corpus("-")) == ["a film"]


@pytest.mark.parametrize("content", [b"one\n", JSONL.split(b"\n")[0] + b"\n"])
def test_a_live_pipe_is_waited_for_until_its_first_line(monkeypatch, content):
    out, into = os.pipe()
    with os.fdopen(out, "rb") as pipe, os.fdopen(into, "wb", buffering=0) as writer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
        writer.write(content)
        texts = read_corpus("-", spool=False).texts()
        assert next(texts) in ("one", "a film")


@pytest.mark.parametrize(
    ("content", "doubt"),
    [
        (b'{"a": 1} is a dict\n', "it looks like JSON; say --format json"),
        (
            b"i feel fine today;joy\ni was so sad;sadness\na good day;joy\nall is lost;sadness\n",
            "its lines look like texts and labels with ';' between; say --format csv",
        ),
        (
            b"1,what a good film\n0,what a bore it was\n1,a joy to watch\n0,never again please\n",
            "its lines look like texts and labels with ',' between; say --format csv",
        ),
        (b'{"a", "b"}\n', "it looks like JSON; say --format json"),
        (
            b"a joy\na film __label__x\n",
            "__label__ is in its first lines; say --format fasttext",
        ),
        (b"a\tb\nc\td\ne\tf\n", "each of its first lines has a tab; say --format tsv"),
        (
            b"id|sentence\n1|a film\n",
            "its first line looks like names of columns; say --format csv",
        ),
        (b"text\na film\n", "its first line looks like names of columns; say --format csv"),
        (b"text,label\n", "its first line looks like names of columns; say --format csv"),
    ],
)
def test_a_doubt_is_said(write, caplog, content, doubt):
    caplog.set_level("INFO", "textseq")
    path = write("a.txt", content)
    assert next(iter(read_corpus(path))) == content.decode().split("\n")[0]
    assert caplog.messages == [
        f"{str(path)!r} is read as plain text, though {doubt}, or --format text if it is text."
    ]
    list(read_corpus(path, format="text"))
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    "prose",
    [
        "[laughter]\n[Music playing]\n",
        "[[File:a.jpg]]\n",
        "{{Infobox}}\n",
        '"Yes," she said, "no."\n"No."\n',
        "text, label and\tmore\nare words\n",
        "Dear all,\nthe text,label of it\nis here, too, see\n",
        "a|b\nc\n",
        "<3 you all\n",
        "version 2 is out\n",
        "- one\n- two\n",
        "oh, oh, oh\nla, la, la\noh, oh, oh\nla, la, la\nhey, hey, hey\n",
        "Roses are red,\nViolets are blue,\nSugar is sweet,\nAnd so are you,\nmy dear\n",
        "".join(f"2024-01-0{i} 10:00:0{i},123 INFO started, ok\n" for i in range(1, 9)),
    ],
)
def test_prose_stays_text_without_a_word(write, caplog, prose):
    caplog.set_level("INFO", "textseq")
    assert list(read_corpus(write("a.txt", prose))) == prose.splitlines()
    assert not caplog.messages
