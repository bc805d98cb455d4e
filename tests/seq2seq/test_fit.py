"""Training: what is trained on, and what is refused."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from textseq.errors import ArgumentError
from textseq.network.training.observers import Observer
from textseq.seq2seq import Seq2SeqConfig
from textseq.seq2seq.fit import train_translator

from .conftest import SETTINGS, SOURCES, TARGETS

CONFIG = Seq2SeqConfig(**SETTINGS).replace(epochs=2)


@pytest.mark.parametrize(
    ("sources", "targets", "message"),
    [
        (["a"], ["b", "c"], "Received 1 sources and 2 targets"),
        ([], [], "Received 0 sources"),
        ("ein hund", ["a dog"], "`X` must be a list of texts. Received: str"),
        (["a"], 5, "`y` must be a list of texts. Received: int"),
        (["a", None], ["b", "c"], "`X` must be a list of texts. Received: NoneType at position 1"),
        (["a", ""], ["", "c"], "No pair is left to train on"),
    ],
)
def test_what_are_no_pairs_is_refused(sources, targets, message):
    with pytest.raises(ArgumentError, match=message):
        train_translator(sources, targets, CONFIG)


def test_pairs_without_tokens_or_with_too_many_are_left_out(caplog):
    config = CONFIG.replace(maxlen=3)
    with caplog.at_level(logging.INFO):
        train_translator([*SOURCES, "", "a b c d"], [*TARGETS, "x", "y"], config)
    assert "2 of 26 pairs are not trained on" in caplog.text
    assert "--maxlen" in caplog.text


def test_words_that_are_all_unknown_are_noted(caplog):
    config = Seq2SeqConfig(units=2, dimension=2, epochs=1)
    train_translator(["a b", "a c"], ["x", "y"], config)
    assert "No word of the targets occurs 2 times or more" in caplog.text
    assert "of the sources" not in caplog.text


def test_the_same_seed_gives_the_same_weights_on_any_number_of_threads(monkeypatch):
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("TEXTSEQ_THREADS", threads)
        found.append(train_translator(SOURCES, TARGETS, CONFIG).model.weights)
    for name, weight in found[0].items():
        np.testing.assert_array_equal(weight, found[1][name], err_msg=name)


def test_validation_decides_when_to_stop():
    trained = train_translator(
        SOURCES, TARGETS, CONFIG.replace(epochs=30, patience=1, learning_rate=1e-6),
        validation_data=(SOURCES[:4], TARGETS[:4]),
    )  # fmt: skip
    (history,) = trained.histories
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(history["loss"]) < 30


def test_a_fraction_of_many_pairs_is_kept_for_validation():
    trained = train_translator(SOURCES * 10, TARGETS * 10, CONFIG.replace(epochs=1))
    assert "val_accuracy" in trained.histories[0]


def test_training_resumes_from_a_checkpoint(tmp_path):
    class Interrupt(Observer):
        def on_epoch_begin(self, epoch):
            if epoch == 1:
                raise KeyboardInterrupt

    whole = train_translator(SOURCES, TARGETS, CONFIG)
    first = train_translator(
        SOURCES, TARGETS, CONFIG, observers=[Interrupt()], checkpoint=tmp_path / "state"
    )
    assert first.interrupted
    assert len(first.histories[0]["loss"]) == 1
    resumed = train_translator(SOURCES, TARGETS, CONFIG, checkpoint=tmp_path / "state")
    for name, weight in whole.model.weights.items():
        np.testing.assert_array_equal(resumed.model.weights[name], weight, err_msg=name)


@pytest.mark.parametrize("settings", [{"tied": True, "attention": "none"}, {"unknown": "guess"}])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ArgumentError, match="tied|unknown"):
        Seq2SeqConfig(**settings)


def test_an_unknown_preset_is_refused():
    with pytest.raises(ArgumentError, match="did you mean 'textbook'"):
        Seq2SeqConfig.from_preset("textbok")
