"""Texts in every form a caller may have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from textseq import Sequences, Tokenizer, embedded_corpus, read_corpus
from textseq.classifier.texts import check_texts, encode, iterate_strings, select_texts
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


@pytest.mark.parametrize("wrong", [["high", None], ["high", "\ud83d"], ["high", 3]])
def test_what_is_not_text_is_left_for_the_tokenizer_to_refuse_with_its_position(wrong):
    with pytest.raises(ArgumentError, match="Document 1"):
        Tokenizer().fit_on_texts(check_texts(wrong))


def test_ids_are_checked_against_the_vocabulary():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough"])
    with pytest.raises(ArgumentError, match="from 2 to 3, where the tokenizer has 1 to 2"):
        encode(tokenizer, Sequences.from_lists([[2, 3]]), 3)
