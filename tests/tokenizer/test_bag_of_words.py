"""The four weights of a word in a document, by their formulas; Keras is in test_tokenizer.py."""

import json
import math

import numpy as np
import pytest

from textseq import Sequences, Tokenizer, tokenizer_from_json
from textseq.errors import ArgumentError
from textseq.tokenizer.bag_of_words import MODES, document_matrix

SEQUENCES = Sequences.from_lists([[1, 1, 2, 9], [], [2]])


@pytest.mark.parametrize(
    ("mode", "rows"),
    [
        ("binary", [[0, 1, 1], [0, 0, 0], [0, 0, 1]]),
        ("count", [[0, 2, 1], [0, 0, 0], [0, 0, 1]]),
        ("freq", [[0, 2 / 4, 1 / 4], [0, 0, 0], [0, 0, 1]]),
        (
            "tfidf",
            [
                [0, (1 + math.log(2)) * math.log(1 + 6 / 2), math.log(1 + 6 / 1)],
                [0, 0, 0],
                [0, 0, math.log(1 + 6 / 1)],
            ],
        ),
    ],
)
def test_formulas(mode, rows):
    ours = document_matrix(SEQUENCES, 3, mode, document_count=6, index_docs={1: 1, 9: 4, -1: 5})
    np.testing.assert_allclose(ours, rows, rtol=1e-15)
    assert ours.dtype == np.float64


@pytest.mark.parametrize("mode", MODES)
def test_no_documents_and_numbers_out_of_range(mode):
    empty = document_matrix(Sequences.from_lists([]), 3, mode, document_count=1)
    assert empty.shape == (0, 3)
    outside = document_matrix(Sequences.from_lists([[-1, 3]]), 3, mode, document_count=1)
    assert not outside.any()


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("tf-idf", "`mode` must be one of binary, count, freq, tfidf. Received: 'tf-idf'"),
        ("tfidf", "needs a tokenizer fitted on documents"),
    ],
)
def test_modes_that_cannot_be(mode, message):
    with pytest.raises(ArgumentError, match=message):
        document_matrix(SEQUENCES, 3, mode)


@pytest.mark.parametrize("num_words", [2**45, 2**60, 2**62, 1.5e18])
@pytest.mark.parametrize("mode", MODES)
def test_a_matrix_wider_than_memory_is_told_in_a_sentence(num_words, mode):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough", "high"])
    layout = json.loads(tokenizer.to_json())
    layout["config"]["num_words"] = num_words
    hostile = tokenizer_from_json(json.dumps(layout))
    with pytest.raises(ArgumentError, match=r"A matrix of 2 documents .* GiB.*`num_words`"):
        hostile.texts_to_matrix(["high", "enough"], mode)
