"""Detecting the format."""

import gzip

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
    path = write(name, gzip.compress(b"high enough\n"))
    assert detect_format(open_source(str(path))) == expected


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.txt", b"id\tdocument\tlabel\n1\ta\t0\n", "tsv"),
        ("a.txt.gz", gzip.compress(b"Label\tText"), "tsv"),
        ("a.raw", b"id\tdocument\tlabel\n", "text"),
        ("a.txt", b"document,label\n", "text"),
        ("a.txt", b"id\tdocument\n", "text"),
        ("a.txt", b"label\tthing\n", "text"),
        ("a.txt", b"\n\n__label__x a\n", "fasttext"),
        ("a.raw", b"__label__x a", "fasttext"),
        ("a.txt", b" __label__x a", "fasttext"),
        ("a.txt", b"a film __label__x", "fasttext"),
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
