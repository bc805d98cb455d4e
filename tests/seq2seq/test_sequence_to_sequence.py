"""The estimator."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from textseq.errors import NotFittedError
from textseq.seq2seq import SequenceToSequence
from textseq.seq2seq.examples import dates, sums

from .conftest import SETTINGS, SOURCES, TARGETS


@pytest.fixture(scope="module")
def fitted():
    return SequenceToSequence(**SETTINGS).fit(SOURCES, TARGETS)


def test_it_follows_scikit_learn(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        copy.predict(["ein hund"])
    assert fitted.score(np.array(SOURCES), TARGETS) == 1
    assert fitted.score(SOURCES[:2], [TARGETS[0], "nothing"]) == 0.5


def test_save_and_load(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = SequenceToSequence.load(tmp_path / "model")
    assert loaded.get_params() == fitted.get_params()
    assert loaded.histories_ == fitted.histories_
    assert loaded.explain(SOURCES[0]).text == TARGETS[0]


def test_dates_are_learned_in_seconds():
    sources, targets = dates(1_500)
    model = SequenceToSequence.from_preset("characters", epochs=6, batch_size=32)
    model.fit(sources, targets)
    new = [pair for pair in zip(*dates(300, seed=1), strict=True) if pair[0] not in set(sources)]
    assert model.score(*zip(*new, strict=True)) > 0.9


def test_sums_are_learned_in_seconds():
    model = SequenceToSequence.from_preset("characters", analyzer="whitespace", batch_size=32)
    model.fit(*sums(3_000))
    assert model.score(*sums(200, seed=1)) > 0.9


def test_examples_are_right():
    for source, target in zip(*sums(200, digits=3), strict=True):
        numbers = zip(*(column.split("+") for column in source.split()[::-1]), strict=True)
        assert sum(int("".join(digits)) for digits in numbers) == int(target[::-1].replace(" ", ""))
    assert len(set(dates(50)[0])) > 45
