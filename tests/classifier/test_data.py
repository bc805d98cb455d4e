from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textseq import Tokenizer
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.config_json import from_config, to_config
from textseq.classifier.data import (
    prepare,
    starting_vectors,
)
from textseq.errors import ArgumentError
from textseq.tokenizer.vocabulary_size import vocabulary_size
from textseq.word2vec import load


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


TAGGED = ["a joy<br />", "a bore &amp; more"] * 4


@pytest.mark.parametrize(
    ("settings", "steps", "words"),
    [
        ({}, ("html",), {"a", "joy", "bore", "&", "more"}),
        ({"clean": "none"}, (), {"a", "joy", "bore", "&", "more", "<", "br", "/", ">", "amp", ";"}),
        ({"clean": ["urls", "html"]}, ("html", "urls"), {"a", "joy", "bore", "&", "more"}),
    ],
)
def test_html_is_cleaned_where_texts_hold_tags_and_it_is_said(caplog, settings, steps, words):
    caplog.set_level("INFO")
    data = data_of(TAGGED, LABELS, **settings)
    assert data.config.clean == data.tokenizer.clean == steps
    assert set(data.tokenizer.word_index) == words
    note = "50.0% of the training texts hold HTML tags such as '<br />', so all texts are cleaned"
    assert (note in caplog.text) == (not settings)
    again = prepare(TAGGED, LABELS, from_config(to_config(data.config), {}))
    assert again.config == data.config


def test_texts_without_tags_and_tokens_and_ids_are_not_cleaned(caplog):
    caplog.set_level("INFO")
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(TAGGED)
    rare = TAGGED[:1] + ["a bore", "a joy"] * 50
    for texts, settings in (
        (rare, {}),
        ([text.split() for text in TAGGED], {}),
        (tokenizer.encode(TAGGED), {"tokenizer": tokenizer}),
        (TAGGED, {"tokenizer": Tokenizer()}),
    ):
        assert data_of(texts, (["good", "bad"] * 99)[: len(texts)], **settings).config.clean == ()
    assert not caplog.text


def test_the_script_is_that_of_the_text_and_not_of_its_markup():
    korean = ["<p style='margin: 0' class='text'>좋다</p>", "<p style='margin: 0'>싫다</p>"] * 4
    assert data_of(korean, LABELS).tokenizer.analyzer == "syllables"
    assert data_of(korean, LABELS, clean="none").tokenizer.analyzer == "words_and_marks"


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


def test_words_that_fasttexts_file_lacks_start_from_their_ngrams(tmp_path, write_fasttext):
    rows = np.random.default_rng(0).normal(size=(30, 4))
    path = write_fasttext(tmp_path / "v.bin", ["joy"], rows, shortest=3, longest=4)
    config = ClassifierConfig(embedding="word2vec", vectors=path)
    data = prepare(["a joy", "joyful", "a bore"], ["good", "good", "bad"], config)
    vectors = load(path)
    for word in ("joy", "joyful", "bore"):
        row = data.vectors[data.tokenizer.word_index[word]]
        np.testing.assert_array_equal(row, vectors[word])
        assert row.any()
    assert (data.coverage.covered, data.coverage.built) == (4, 3)
