"""`inspect` knows the model of each task, and what is wrong with a damaged one."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from textseq.migrate.inspect import TASKS, inspect_artifact


def tagger(path):
    from textseq.tagger import SequenceTagger

    words, tags = [["the", "cat"], ["a", "dog"]] * 4, [["D", "N"]] * 8
    SequenceTagger(units=4, epochs=1, validation_fraction=0, buckets=64).fit(words, tags).save(path)


def series(path):
    from textseq.series import SequenceForecaster

    settings = {"window": 10, "horizon": 2, "units": 4, "networks": 1, "epochs": 1}
    SequenceForecaster(**settings).fit(np.sin(np.arange(80) / 3)).save(path)


def seq2seq(path):
    from textseq.seq2seq import SequenceToSequence

    model = SequenceToSequence(units=4, dimension=4, epochs=1, validation_fraction=0)
    model.fit(["eins zwei", "drei"] * 4, ["one two", "three"] * 4).save(path)


TRAIN = {f"textseq-{train.__name__}": train for train in (tagger, series, seq2seq)}


@pytest.mark.parametrize("name", TASKS)
def test_models_of_tasks_are_shown_and_checked(name, tmp_path):
    if importlib.util.find_spec("textseq." + name.removeprefix("textseq-")) is None:
        pytest.skip("not there yet")
    TRAIN[name](tmp_path / "model")
    found = inspect_artifact(tmp_path / "model")
    assert (found.kind, found.sound) == ("model", True)
    assert found.figures["cell"] in ("simple_rnn", "gru", "lstm")
    assert found.figures["units"] == 4
    assert found.figures["parameters"] > 20
    config = inspect_artifact(tmp_path / "model" / "config.json")
    assert (config.kind, config.sound) == ("config", True)
    weights = tmp_path / "model" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    assert "changed or damaged" in inspect_artifact(tmp_path / "model").problem
