"""A folder that is replaced is loaded again; a broken one is not."""

from __future__ import annotations

import logging
import shutil

import pytest

from textseq.classifier import Predictor
from textseq.serve.limits import Limits
from textseq.serve.metrics import Metrics
from textseq.serve.served_model import ServedModel
from textseq.tokenizer.text_splitter import worth_kernels


@pytest.fixture
def folder(reviews, tmp_path):
    return shutil.copytree(reviews, tmp_path / "model")


@pytest.fixture
def model(folder):
    return ServedModel("m", folder, Predictor.load, Limits(), Metrics())


def replace(folder, other):
    shutil.rmtree(folder)
    shutil.copytree(other, folder)


def test_nothing_is_loaded_again_that_stays(model):
    before = model.predictor
    model.reload()
    assert model.predictor is before


def test_a_replaced_folder_is_loaded(model, folder, moods, caplog):
    before = model.describe()["sha256"]
    replace(folder, moods)
    with caplog.at_level(logging.INFO):
        model.reload()
    assert model.multilabel
    assert model.describe()["sha256"] != before
    assert "The model 'm' was replaced, and is loaded again." in caplog.text
    assert 'textseq_reloads_total{model="m",outcome="loaded"} 1.0' in model._metrics.text()


def test_a_broken_folder_changes_nothing(model, folder, moods, caplog):
    before = model.predictor
    (folder / "weights.safetensors").write_bytes(b"half")
    model.reload()
    assert model.predictor is before
    assert "The model 'm' stays as it was loaded: The model '" in caplog.text
    caplog.clear()
    model.reload()
    assert not caplog.text, "it is tried again only when a file changes"
    replace(folder, moods)
    model.reload()
    assert model.multilabel


def test_code_of_the_users_own_that_fails_changes_nothing(model, folder, moods, caplog):
    def fail(folder):
        raise KeyError("units")

    before, model._load = model.predictor, fail
    replace(folder, moods)
    assert not model.reload()
    assert model.predictor is before
    assert "The model 'm' stays as it was loaded: KeyError: 'units'" in caplog.text


def test_a_folder_copied_file_by_file_is_loaded_when_it_is_whole(model, folder, moods):
    for name in ("config.json", "weights.safetensors", "tokenizer.json", "metrics.json"):
        assert not model.multilabel
        shutil.copyfile(moods / name, folder / name)
        model.reload()
    assert model.multilabel


def test_a_missing_folder_changes_nothing_and_is_said_once(model, folder, caplog):
    shutil.rmtree(folder)
    model.reload()
    assert not caplog.messages  # it may be on its way
    for _ in range(3):
        model.reload()
    assert model.predictor is not None
    (said,) = caplog.messages
    assert said.startswith("The model 'm' stays as it was loaded: '")
    assert said.endswith("' does not exist.")


def test_what_the_largest_request_needs_is_loaded_before_the_first(folder, monkeypatch):
    longest = []
    predict = Predictor.predict_proba

    def measure(self, texts):
        longest.append(max(map(len, texts)))
        return predict(self, texts)

    monkeypatch.setattr(Predictor, "predict_proba", measure)
    ServedModel("m", folder, Predictor.load, Limits(), Metrics())
    assert max(longest) > worth_kernels()


def test_a_link_to_another_folder_is_followed(reviews, moods, tmp_path):
    link = tmp_path / "current"
    link.symlink_to(reviews)
    model = ServedModel("m", link, Predictor.load, Limits(), Metrics())
    link.unlink()
    link.symlink_to(moods)
    model.reload()
    assert model.multilabel


def test_a_predictor_has_no_folder(predictor):
    model = ServedModel("m", predictor, Predictor.load, Limits(), Metrics())
    model.reload()
    assert model.predictor is predictor
