from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from textseq import Tokenizer
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.tasks.model_folder import ModelFormat, SavedModel, read_histories


def check_entries(entries):
    if entries.get("units", 1) < 1:
        raise ArgumentError("its units must be 1 or more")


TWO = ModelFormat("own-model", 3, "model of two", "own train", check_entries, ("a.json", "b.json"))
NONE = ModelFormat("other-model", 1, "other model", "other train", check_entries)


def tokenizer(text):
    made = Tokenizer()
    made.fit_on_texts([text])
    return made


TOKENIZERS = {"a.json": tokenizer("one two"), "b.json": tokenizer("eins zwei")}


@pytest.fixture
def model():
    table = np.array([[0, 0], [1, 0.5]], "float32")
    weights = {"w": np.arange(3, dtype="float32"), "embedding.embeddings": table}
    return SavedModel({"units": 2}, weights, {"histories": [{"loss": [0.5]}]})


def save(path, model, **how):
    TWO.save(path, model, {name: each.save for name, each in TOKENIZERS.items()}, **how)


def test_weights_metrics_and_files_and_metrics_come_back(model, tmp_path):
    save(tmp_path / "m", model)
    loaded = TWO.load(tmp_path / "m")
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == sorted(TWO.names)
    for name, each in TOKENIZERS.items():
        assert Tokenizer.load(tmp_path / "m" / name).word_index == each.word_index
    for name, weight in model.weights.items():
        np.testing.assert_array_equal(loaded.weights[name], weight)
    assert loaded.config["units"] == 2
    assert read_histories(TWO.read_metrics(tmp_path / "m")) == model.metrics["histories"]
    assert TWO.read_settings(tmp_path / "m" / "config.json")["units"] == 2


def test_a_model_of_another_task_is_refused_by_its_format(model, tmp_path):
    save(tmp_path / "m", model)
    with pytest.raises(ArtifactError, match="not describe a textseq other model.*'own-model'"):
        NONE.load(tmp_path / "m")
    with pytest.raises(ArtifactError, match="not a folder; expected one that `other train` wrote"):
        NONE.load(tmp_path / "nothing")


@pytest.mark.parametrize("name", TWO.names)
def test_each_file_is_needed_and_checked(model, tmp_path, name):
    save(tmp_path / "m", model)
    shutil.copytree(tmp_path / "m", tmp_path / "less")
    (tmp_path / "less" / name).unlink()
    with pytest.raises(ArtifactError, match="not whole"):
        TWO.load(tmp_path / "less")
    file = tmp_path / "m" / name
    file.write_bytes(file.read_bytes()[:-2])
    with pytest.raises(ArtifactError):
        TWO.load(tmp_path / "m")


def test_entries_are_checked_before_use(model, tmp_path):
    save(tmp_path / "m", model)
    edited = tmp_path / "config.json"
    edited.write_text(json.dumps({"format": "own-model", "units": 0}))
    with pytest.raises(ArtifactError, match="cannot be used: its units must be 1 or more"):
        TWO.read_settings(edited)


def test_other_files_are_not_replaced(model, tmp_path):
    NONE.save(tmp_path / "m", SavedModel({}, {}, {}))
    with pytest.raises(OutputExistsError):
        save(tmp_path / "m", model)
    (tmp_path / "m" / "notes.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"something other than a model, 'notes\.txt'"):
        save(tmp_path / "m", model, force=True)
