"""Observers and Keras callbacks, told apart where Keras may be absent."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from textseq.classifier import SentenceClassifier
from textseq.errors import ArgumentError
from textseq.network.training.observers import Observer, split_callbacks

SMALL = {"units": 4, "dimension": 4, "epochs": 2, "networks": 1, "linear": 0}


class Count(Observer):
    def __init__(self):
        self.epochs = 0

    def on_epoch_end(self, epoch, logs):
        self.epochs += 1


@pytest.fixture
def keras(monkeypatch):
    """Return a stand-in for Keras, as if it were loaded."""
    module = ModuleType("keras")
    module.callbacks = SimpleNamespace(Callback=type("Callback", (), {}))
    monkeypatch.setitem(sys.modules, "keras", module)
    return module


def test_several_or_one_or_none_may_be_given(keras):
    one, other = Observer(), keras.callbacks.Callback()
    assert split_callbacks(None) == split_callbacks([]) == ([], [])
    assert split_callbacks(one) == split_callbacks([one]) == ([one], [])
    assert split_callbacks(other) == ([], [other])
    assert split_callbacks(each for each in (one, other)) == ([one], [other])


def test_what_is_neither_is_refused_with_keras_and_without(keras, monkeypatch):
    message = "must hold Keras callbacks.*or textseq's observers.*of type builtin_function"
    with pytest.raises(ArgumentError, match=message):
        split_callbacks([Observer(), print])
    monkeypatch.delitem(sys.modules, "keras")
    with pytest.raises(ArgumentError, match=message):
        split_callbacks(print)


@pytest.mark.parametrize("kind", ["list", "generator", "alone"])
def test_an_observer_watches_a_fit(kind, labelled):
    count = Count()
    given = {"list": [count], "generator": (each for each in [count]), "alone": count}[kind]
    SentenceClassifier(**SMALL).fit(*labelled, callbacks=given)
    assert count.epochs == 2


def test_a_fit_asks_for_callbacks_after_it_checked_the_texts():
    def callbacks():
        pytest.fail("was asked")
        yield

    with pytest.raises(ArgumentError, match="two classes or more"):
        SentenceClassifier(**SMALL).fit(["a", "b"], ["x", "x"], callbacks=callbacks())


ABSENT = """
import sys, warnings
for name in ("keras", "tensorflow"):
    sys.modules[name] = None
import numpy as np
from textseq.classifier import SentenceClassifier
from textseq.network.training.observers import Observer
from textseq.errors import ArgumentError, MissingExtraError

texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
settings = {"units": 4, "dimension": 4, "epochs": 2}
for own in (
    {},
    {"embedding": "onehot", "dimension": None, "cell": "gru"},
    {"embedding": "ngrams", "buckets": 9},
    {"cell": "lstm", "pooling": "attention", "bidirectional": False, "maxlen": 1},
):
    made = SentenceClassifier(**settings | own).fit(texts, labels, callbacks=Observer())
    assert made.predict_proba([*texts, "", "unknown"]).shape == (18, 2)
for own, callbacks, kind in (
    ({"cell": lambda units: None}, (), MissingExtraError),
    ({"pooling": lambda directions: None}, (), MissingExtraError),
    ({}, [print], ArgumentError),
):
    try:
        SentenceClassifier(**settings | own).fit(texts, labels, callbacks=callbacks)
    except kind as error:
        print(error)
"""


def test_textseqs_own_parts_are_trained_where_keras_is_absent():
    command = [sys.executable, "-W", "error", "-c", ABSENT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    missing = (
        "Training with a part of your own needs keras, which is not installed; install it with: "
        "pip install keras tensorflow."
    )
    *own, neither = done.stdout.splitlines()
    assert own == [missing] * 2
    assert neither.startswith("`callbacks` must hold Keras callbacks")
