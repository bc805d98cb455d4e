"""The options of `read_corpus`."""

import pytest

from textseq.corpus import read_corpus
from textseq.corpus.readers.reader import Options
from textseq.errors import ArgumentError


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("quoting", "all", "'all' is not a known quoting; known: minimal, none"),
        ("delimiter", "||", "must be one ASCII character .* 'tab'. Received: '[|][|]'"),
        ("delimiter", '"', "neither a quote nor a line end"),
        ("delimiter", "", "must be one ASCII character"),
        ("delimiter", "§", "must be one ASCII character"),
        ("label_separator", "", "must be the text between two labels, such as ','. Received: ''"),
        ("encoding", "utf-9", "'utf-9' is not a known encoding of text files; known are utf-8"),
        ("encoding", "hex", "'hex' is not a known encoding"),
        ("encoding", "idna", "'idna' is not a known encoding"),
        ("encoding", "punycode", "'punycode' is not a known encoding"),
        ("encoding", "undefined", "'undefined' is not a known encoding"),
        ("encoding", "\0", "is not a known encoding"),
        ("block_size", 0, "at least 1. Received: 0"),
    ],
)
def test_refusals(argument, value, message):
    with pytest.raises(ArgumentError, match=message):
        Options(**{argument: value})


def test_labels_are_read_or_not():
    with pytest.raises(ArgumentError, match="leave out --label-column or --no-labels"):
        Options(label_column="y", labels=False)
    with pytest.raises(ArgumentError, match="leave out --label-separator or --no-labels"):
        Options(label_separator=",", labels=False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("xml", "'xml' is not a known format; known: csv, fasttext, folder"),
        ("jsonlines", "'jsonlines' is not a known format; did you mean 'jsonl'"),
    ],
)
def test_an_unknown_format(name, message):
    with pytest.raises(ArgumentError, match=message):
        read_corpus("none.txt", format=name)
