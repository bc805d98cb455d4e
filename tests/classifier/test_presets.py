"""What presets decide, and that a classifier is made and saved so."""

from __future__ import annotations

import pytest

from textseq.classifier import SentenceClassifier, presets
from textseq.classifier.config import ClassifierConfig, describe
from textseq.classifier.presets import (
    FEW_TEXTS,
    MANY_TEXTS,
    PRESETS,
    SYLLABLE_NGRAMS,
    preset_settings,
    preset_table,
)
from textseq.errors import ArgumentError


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("documents", [1, FEW_TEXTS, MANY_TEXTS])
def test_a_preset_decides_every_setting_that_is_left_open(preset, documents):
    config = ClassifierConfig(preset=preset)
    resolved = config.resolve(documents, tokens=1000, syllables=False)
    settings = {
        **resolved.settings,
        "vectors": 0,
        "tokenizer": 0,
        "class_weight": 0,
        "analyzer": 0,
        "multilabel": 0,
        "clean": 0,
        "vocab_size": 0,
    }
    assert None not in settings.values()
    assert resolved.replace(**config.settings) == config


def test_the_number_of_texts_decides():
    few, some, many = (
        preset_settings("accurate", documents, tokens=10**9, syllables=False)
        for documents in (FEW_TEXTS - 1, MANY_TEXTS - 1, MANY_TEXTS)
    )
    assert (few["batch_size"], few["validation_fraction"]) == (16, 0.0)
    assert (some["batch_size"], some["validation_fraction"]) == (32, 0.1)
    assert (some["embedding"], some["networks"], some["linear"]) == ("learned", 3, 2)
    assert (many["embedding"], many["networks"], many["linear"]) == ("ngrams", 1, 3)


def test_syllables_make_longer_ngrams_and_few_tokens_share_few_vectors():
    settings = preset_settings("fast", 10, tokens=1000, syllables=True)
    assert (settings["ngrams"], settings["buckets"]) == (SYLLABLE_NGRAMS, 1024)
    assert preset_settings("fast", 10, tokens=0, syllables=True)["buckets"] == 2
    assert preset_settings("textbook", 10, tokens=1000, syllables=True)["linear"] == 0


def test_the_textbooks_network_is_one_plain_simple_rnn():
    config = ClassifierConfig(preset="textbook").resolve(20_000, tokens=9, syllables=False)
    assert describe(config) == "1 SimpleRNN, last pooling"
    assert config.embedding == "learned"


def test_settings_that_are_given_stay():
    config = ClassifierConfig(embedding="onehot", units=3, linear=0, networks=2, buckets=5)
    resolved = config.resolve(MANY_TEXTS, tokens=1000, syllables=True)
    for name in ("embedding", "units", "linear", "networks", "buckets"):
        assert resolved.settings[name] == config.settings[name]


def test_the_table_shows_every_setting_of_every_preset():
    header, _, *rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in preset_table().splitlines()
    ]
    assert header == ["setting", *PRESETS]
    shown = {row[0]: dict(zip(PRESETS, row[1:], strict=True)) for row in rows}
    for name, preset in PRESETS.items():
        for setting, value in preset.settings.items():
            assert shown[setting][name].startswith(str(value))
            assert str(preset.many.get(setting, value)) in shown[setting][name]


def test_a_classifier_from_a_preset():
    classifier = SentenceClassifier.from_preset("fast", units=20)
    assert (classifier.preset, classifier.units, classifier.cell) == ("fast", 20, "simple_rnn")
    with pytest.raises(ArgumentError, match="`preset` must be one of textbook, fast, accurate"):
        SentenceClassifier.from_preset("quick")
    with pytest.raises(ArgumentError, match="`units` must be 1 or more"):
        SentenceClassifier.from_preset("fast", units=0)


def test_a_classifier_is_built_saved_and_loaded_by_its_preset(monkeypatch, tmp_path):
    monkeypatch.setattr(presets, "MANY_TEXTS", 40)
    texts, labels = ["정말 좋아요", "너무 싫어요"] * 20, ["good", "bad"] * 20
    classifier = SentenceClassifier(units=4, epochs=2).fit(texts, labels)
    config = classifier.config_
    assert (config.embedding, config.ngrams, config.units) == ("ngrams", SYLLABLE_NGRAMS, 4)
    assert classifier.tokenizer_.analyzer == "syllables"
    rows = classifier.model_.vocabulary + config.buckets
    dimension = PRESETS["accurate"].many["dimension"]
    assert classifier.weights_["1.embedding.embeddings"].shape == (rows, dimension)
    classifier.save(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model")
    assert loaded.config_ == config
    assert (loaded.predict_proba(texts) == classifier.predict_proba(texts)).all()
