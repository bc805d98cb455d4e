"""Settings that do nothing are said."""

from __future__ import annotations

import json

import pytest

from textseq import Tokenizer
from textseq.classifier import SentenceClassifier
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.config_json import to_config
from textseq.classifier.data import prepare
from textseq.classifier.unused import unused_settings

TEXTS = ["a joy", "a bore", "pure joy", "pure bore", "what joy", "what bore", "joy", "bore"]
LABELS = ["good", "bad"] * 4


def said(caplog, **settings):
    prepare(TEXTS, LABELS, ClassifierConfig(**settings))
    return {line.split("`")[1] for line in caplog.messages}


@pytest.mark.parametrize(
    ("settings", "idle"),
    [
        ({}, set()),
        ({"units": 3, "dropout": 0.0}, set()),
        ({"ngrams": 3}, {"ngrams"}),
        ({"buckets": 64}, {"buckets"}),
        ({"ngrams": 3, "buckets": 64, "embedding": "ngrams"}, set()),
        ({"tuned": False}, {"tuned"}),
        ({"dimension": 5, "embedding": "onehot"}, {"dimension"}),
        ({"patience": 1}, {"patience"}),
        ({"metric": "macro-f1"}, {"metric"}),
        ({"patience": 1, "validation_fraction": 0.5}, set()),
    ],
)
def test_what_does_nothing_is_said(caplog, settings, idle):
    assert said(caplog, **settings) == idle


def test_a_tokenizer_that_is_given_decides_what_it_does(caplog):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    found = said(
        caplog, tokenizer=tokenizer, num_words=9, min_count=2, clean="html", analyzer="words"
    )
    assert found == {"num_words", "min_count", "analyzer", "clean"}
    caplog.clear()
    assert said(caplog, tokenizer=tokenizer, vocab_size=20) == {"vocab_size"}


def test_the_settings_of_a_saved_config_are_no_choice_of_the_users(tmp_path, caplog):
    config = prepare(TEXTS, LABELS, ClassifierConfig(embedding="onehot")).config
    assert {"ngrams", "buckets", "dimension"} <= unused_settings(config).keys()
    file = tmp_path / "config.json"
    entries = {"format": "textseq-classifier", **to_config(config)}
    file.write_text(json.dumps(entries))
    again = SentenceClassifier.from_config(file)
    prepare(TEXTS, LABELS, ClassifierConfig(**again.get_params()))
    assert not caplog.messages
    of_pieces = ClassifierConfig(analyzer="bpe", vocab_size=20)
    file.write_text(json.dumps({**entries, **to_config(of_pieces)}))
    assert SentenceClassifier.from_config(file).vocab_size == 20
    assert SentenceClassifier.from_config(file, analyzer="words").vocab_size is None
    file.write_text(json.dumps(entries))
    asked = SentenceClassifier.from_config(file, ngrams=3)
    prepare(TEXTS, LABELS, ClassifierConfig(**asked.get_params()))
    assert len(caplog.messages) == 1
