"""Guessing the format."""

import pytest

from textseq.corpus import read_corpus
from textseq.corpus.formats import format_of_head, format_of_name


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
        ("a.txt", None),
        ("a.text", None),
        ("csv", None),
        (".gz", None),
    ],
)
def test_names(name, expected):
    assert format_of_name(name) == expected


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.txt", b"id\tdocument\tlabel\n1\ta\t0\n", "tsv"),
        ("a.txt.gz", b"Label\tText", "tsv"),
        ("a.raw", b"id\tdocument\tlabel\n", "text"),
        ("a.txt", b"document,label\n", "text"),
        ("a.txt", b"id\tdocument\n", "text"),
        ("a.txt", b"label\tthing\n", "text"),
        ("a.txt", b"\n\n__label__x a\n", "fasttext"),
        ("a.raw", b"__label__x a", "fasttext"),
        ("a.txt", b"", "text"),
        ("a.txt", b"\xff\xfe", "text"),
    ],
)
def test_heads(name, head, expected):
    assert format_of_head(name, head) == expected


def test_a_named_format_wins(write):
    path = write("a.csv", "text,label\na,b\n")
    assert list(read_corpus(path, format="text")) == ["text,label", "a,b"]
