"""Texts in every form a caller may have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from textseq import Sequences, Tokenizer, embedded_corpus, read_corpus
from textseq.classifier.texts import (
    check_texts,
    count_shared,
    encode,
    iterate_strings,
    select_texts,
)
from textseq.errors import ArgumentError

TEXTS = ["high", "enough", "가나"]
FORMS = {
    "list": TEXTS,
    "generator": (text for text in TEXTS),
    "NumPy": np.array(TEXTS),
    "Arrow": pa.array(TEXTS),
    "chunks": pa.chunked_array([TEXTS[:1], TEXTS[1:]]),
}


@pytest.mark.parametrize("form", FORMS)
def test_strings_become_arrow_strings(form):
    checked = check_texts(FORMS[form])
    assert isinstance(checked, pa.ChunkedArray)
    assert checked.to_pylist() == list(iterate_strings(checked)) == TEXTS
    assert select_texts(checked, np.array([2, 0])).to_pylist() == ["가나", "high"]


def test_a_corpus_is_read_as_arrow_strings():
    corpus = read_corpus(embedded_corpus("giants.txt"))
    assert check_texts(corpus).to_pylist() == list(corpus)


def test_tokens_and_ids_stay_as_they_are():
    tokens, ids = [["high"], ["enough"]], Sequences.from_lists([[1], [2]])
    assert check_texts(tokens) == tokens
    assert list(iterate_strings(tokens)) == ["high", "enough"]
    assert select_texts(tokens, np.array([1])) == [["enough"]]
    assert check_texts(ids) is ids
    assert select_texts(ids, np.array([1])).to_lists() == [[2]]


def test_one_text_is_not_a_list_of_texts():
    with pytest.raises(ArgumentError, match=r"write \[text\]"):
        check_texts("a text")


@pytest.mark.parametrize(
    "wrong",
    ["\ud83d", None, 3, float("nan"), b"high", ["high", None], [["high"]], {"text": "high"}],
)
def test_what_is_not_text_is_refused_with_its_position(wrong):
    with pytest.raises(ArgumentError, match="Document 1"):
        check_texts(["high", wrong])


def test_a_null_is_refused_with_its_position():
    with pytest.raises(ArgumentError, match="Document 1 .* is null"):
        check_texts(pa.array(["high", None]))


def table_like(**attributes):
    return type("Table", (), {**attributes, "__iter__": lambda self: iter(["text"])})()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (np.array([[0, 1], [2, 3]]), r"shape \(2, 2\); ids go in without padding"),
        (np.array([["high"], ["enough"]]), r"shape \(2, 1\); .* such as X\[:, 0\]"),
        (np.array("high"), r"shape \(\)"),
        (pa.table({"text": ["high"]}), r"a table of the columns text; .* such as X\['text'\]"),
        (table_like(columns=["text", "label"]), r"the columns text, label; .* X\['text'\]"),
        ({"text": ["high"]}, "a dict; give its values as a list"),
        (3, "Received: 3"),
        (None, "Received: None"),
        ({"high"}, "Received a set, which has no order; give a list"),
        (frozenset(["high"]), "Received a frozenset"),
    ],
)
def test_tables_and_matrices_are_no_texts(texts, message):
    with pytest.raises(ArgumentError, match=message):
        check_texts(texts)
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high"])
    with pytest.raises(ArgumentError, match=message):
        encode(tokenizer, texts, 2)


def test_arrow_strings_of_several_types():
    texts = check_texts(pa.chunked_array([pa.array(["high"]).dictionary_encode()]))
    assert texts.to_pylist() == ["high"]
    assert check_texts(pa.array(["high"], pa.string_view())).to_pylist() == ["high"]
    assert check_texts([]).to_pylist() == []


def test_texts_that_two_sets_share():
    assert count_shared(check_texts(["a", "b"]), check_texts(pa.array(["b", "b", "c"]))) == 2
    assert count_shared([["a", "b"]], [["a", "b"], ["a"]]) == 1
    assert count_shared(check_texts(["a"]), Sequences.from_lists([[1]])) == 0


def test_ids_are_checked_against_the_vocabulary():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough"])
    with pytest.raises(ArgumentError, match="from 2 to 3, where the tokenizer has 1 to 2"):
        encode(tokenizer, Sequences.from_lists([[2, 3]]), 3)
