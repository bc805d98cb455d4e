"""Choosing the text and the label among a table's columns."""

import decimal

import numpy as np
import pytest

from textseq.corpus import read_corpus
from textseq.corpus.columns import LABEL_NAMES, TEXT_NAMES, choose_columns, is_missing
from textseq.corpus.readers.reader import Options
from textseq.errors import ArgumentError, CorpusError


def chosen(names, **options):
    columns = choose_columns("a.csv", names, Options(**options))
    return columns.text, columns.label


@pytest.mark.parametrize("text", TEXT_NAMES)
@pytest.mark.parametrize("label", LABEL_NAMES)
def test_usual_names(text, label):
    assert chosen(["id", label.upper(), f" {text.title()}"]) == (2, 1)


@pytest.mark.parametrize(
    ("names", "options", "expected"),
    [
        (["review", "text", "class", "label"], {}, (1, 3)),  # the first of the list of names
        (["words"], {}, (0, None)),
        (["label"], {}, (0, None)),
        (["text", "stars"], {}, (0, None)),
        (["text", "stars"], {"label_column": "stars"}, (0, 1)),
        (["text", "body"], {"text_column": "body"}, (1, None)),
        (["label", "body"], {"text_column": "label"}, (0, None)),
        (["question", "body"], {"label_column": "question"}, (1, 0)),
        (["Text", "text"], {"text_column": "text"}, (1, None)),
        (["id", "id", "text"], {}, (2, None)),
    ],
)
def test_choices(names, options, expected):
    assert chosen(names, **options) == expected


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["a", "b"], {}, r"None of the columns .* 'a', 'b'\. .*--text-column"),
        (["a"], {"label_column": "a"}, "--text-column"),
        (["a", "b"], {"text_column": "c"}, "has no column 'c'; it has: 'a', 'b'.*--text-column"),
        (["text"], {"label_column": "c"}, "has no column 'c'; it has: 'text'.*--label-column"),
        (["text"], {"where": {"c": "d"}}, "has no column 'c'; it has: 'text'.*--where"),
        (["text", "text"], {}, "2 columns named 'text'"),
        (["text", "TEXT"], {}, "2 columns named 'text'"),
        (["text", "y", "y"], {}, "2 columns named 'y'.*--label-column"),
        (["a", "a"], {"text_column": "a"}, "2 columns named 'a'"),
    ],
)
def test_refusals(names, options, message):
    with pytest.raises(CorpusError, match=message):
        chosen(names, **options)


@pytest.mark.parametrize(
    ("label", "missing"),
    [
        *[(label, True) for label in (None, float("nan"), np.float32("nan"), "", " \t", "\u3000")],
        *[(label, True) for label in (np.datetime64("NaT"), decimal.Decimal("NaN"))],
        *[(label, False) for label in ("nan", "None", "NA", 0, 0.0, False, b"", np.zeros(2), [])],
    ],
)
def test_what_is_a_missing_label(label, missing):
    assert is_missing(label) == missing


def test_a_label_that_is_neither_itself_nor_not_is_missing():
    class NA:  # as pandas has it
        __hash__ = None

        def __ne__(self, other):
            return self

        def __bool__(self):
            raise TypeError

    assert is_missing(NA())


def test_one_column_is_not_both():
    with pytest.raises(ArgumentError, match="cannot be both"):
        Options(text_column="a", label_column="a")


def test_a_message_lists_some_of_many_columns(write):
    path = write("a.csv", ",".join(f"c{i}" for i in range(1000)) + "\n" + "1," * 999 + "1\n")
    for reading in ({}, {"text_column": "x"}, {"text_column": "c1", "labels": True}):
        with pytest.raises(CorpusError, match=r"'c49' and 950 more\."):
            read_corpus(path, **reading)
