from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textseq import Tokenizer
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.data import (
    prepare,
    starting_vectors,
)
from textseq.errors import ArgumentError
from textseq.tokenizer.vocabulary_size import vocabulary_size


def data_of(texts, labels, **settings):
    validation = settings.pop("validation_data", None)
    return prepare(texts, labels, ClassifierConfig(**settings), validation_data=validation)


TEXTS, LABELS = ["a joy", "a bore"] * 4, ["good", "bad"] * 4


def test_validation_texts_that_are_training_texts_are_counted(caplog):
    held = (["a joy", "pure joy", "a bore"], ["good", "good", "bad"])
    data_of(TEXTS, LABELS, validation_data=held)
    assert "2 of the 3 validation texts are also training texts" in caplog.text


def test_so_are_those_of_a_split_and_ids(caplog):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    for texts, settings in ((TEXTS, {}), (tokenizer.encode(TEXTS), {"tokenizer": tokenizer})):
        caplog.clear()
        data_of(texts, LABELS, validation_fraction=0.25, **settings)
        assert "2 of the 2 validation texts are also training texts" in caplog.text


def test_other_validation_texts_are_fine(caplog):
    data_of(TEXTS, LABELS, validation_data=(["pure joy", "pure bore"], ["good", "bad"]))
    assert not caplog.text


def test_labels_that_hardly_are_classes(caplog):
    data_of([f"a text {i}" for i in range(120)], [f"kind {max(1, i)}" for i in range(120)])
    assert "118 of 119 classes have one text only" in caplog.text
    caplog.clear()
    data_of(["a text"] * 6, [1, 1, 2, 2, 3, 3])
    assert not caplog.text


@pytest.mark.parametrize("validation", [(["a joy"],), ["a joy", "good", 1.0], 3])
def test_validation_data_is_a_pair(validation):
    with pytest.raises(ArgumentError, match="`validation_data` must be a pair"):
        data_of(TEXTS, LABELS, validation_data=validation)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"embedding": "word2vec"}, "starts from word vectors; give them with --vectors"),
        ({"embedding": "learned", "vectors": "v.txt"}, "ask for --embedding word2vec"),
        ({"embedding": "onehot", "vectors": "v.txt"}, "ask for --embedding word2vec"),
        ({"vectors": "v.txt"}, "ask for --embedding word2vec"),
    ],
)
def test_vectors_and_the_embedding_must_fit(tmp_path, monkeypatch, settings, message):
    monkeypatch.chdir(tmp_path)
    Path("v.txt").write_text("1 2\njoy 0.5 0.25\n")
    with pytest.raises(ArgumentError, match=message):
        data_of(TEXTS, LABELS, **settings)


def test_published_vectors_start_a_network(tmp_path, caplog):
    """GloVe's, with a word of spaces, a repeat and bytes that are not UTF-8."""
    (tmp_path / "glove.txt").write_bytes(b". . . 3 4\nfilm 1 2\nfilm 5 6\n\xff\xfe 7 8\n")
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a film"])
    config = ClassifierConfig(embedding="word2vec", vectors=str(tmp_path / "glove.txt"))
    matrix, coverage = starting_vectors(config, tokenizer, vocabulary_size(tokenizer))
    np.testing.assert_array_equal(matrix, [[0, 0], [0, 0], [1, 2]])
    assert coverage.covered == 1
    assert "2 words are skipped, and 2 are read" in caplog.text
