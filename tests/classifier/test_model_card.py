"""The card of a classifier: written with each folder, right, and of no weight in reading it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from textseq import Sequences, Tokenizer
from textseq.classifier import (
    ClassifierConfig,
    Predictor,
    SentenceClassifier,
    compress,
    cross_validate,
)
from textseq.classifier.data_summary import summarize_data
from textseq.classifier.fit import train_classifier
from textseq.classifier.label_sets import check_label_sets
from textseq.classifier.model_card import card_of
from textseq.classifier.model_folder import load_artifact, read_metrics, save_artifact
from textseq.errors import OutputExistsError

TEXTS = ["pure joy", "pure bore", "a joy", "a bore"] * 6
LABELS = ["good", "bad | worse", "good", "bad | worse"] * 6
SETTINGS = {"units": 4, "dimension": 4, "epochs": 1, "networks": 1}


@pytest.fixture(scope="module")
def classifier():
    return SentenceClassifier(**SETTINGS).fit(TEXTS, LABELS)


@pytest.fixture
def folder(classifier, tmp_path):
    classifier.save(tmp_path / "my model")
    return tmp_path / "my model"


def read(folder):
    return (folder / "README.md").read_text("utf-8")


def lines_hash(*lines):
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def test_the_card_says_what_was_trained_on_and_how(folder):
    text = read(folder)
    assert "# my model\n" in text
    assert "one of 2 labels. One recurrent network (`simple_rnn`, bidirectional, max" in text
    assert "Trained on 24 texts." in text
    assert "| bad &#124; worse | 12 |" in text
    assert f"`{lines_hash(*TEXTS, *LABELS)}`" in text
    assert "| `units` | 4 |" in text
    assert "is the label of" not in text  # both labels have half of the texts
    assert "probabilities are not calibrated" in text


def test_it_says_what_validation_texts_were_used_for():
    data = {"texts": 90, "labels": [["a", 80], ["b", 10]]}
    metrics = {"data": data, "validation": {"texts": 20}, "trials": [{}, {}, {}]}
    text = card_of({"classes": ["a", "b"]}, metrics, {}).render("m")
    assert "20 other texts decided when to stop. They also decided which of 3 trials" in text
    assert "a is the label of 89% of the training texts" in text


def test_what_it_says_to_recompute_the_hash_by_does(folder):
    expression = re.search(r"`(hashlib\..*)`", read(folder))[1]
    found = eval(expression, {"hashlib": hashlib, "texts": TEXTS, "labels": LABELS})
    assert found == read_metrics(folder)["data"]["sha256"]


def test_the_programs_on_it_run(folder, textseq_here):
    shell, python = re.findall(r"```(?:sh|python)\n(.*?)```", read(folder), re.S)
    (folder.parent / "texts.csv").write_text("text\na joy\n")
    for line in shell.splitlines():
        assert textseq_here(line, folder.parent).returncode == 0
    done = subprocess.run([sys.executable, "-c", python], cwd=folder.parent, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def textseq_here():
    def run(line, place):
        root = str(Path(__file__).parents[2])
        command = line.replace("textseq", f"'{sys.executable}' -m textseq", 1)
        env = {"PYTHONPATH": root, "PATH": ""}
        return subprocess.run(command, shell=True, cwd=place, env=env, capture_output=True)

    return run


def test_the_card_may_be_edited_and_missing(folder, classifier):
    expected = classifier.predict_proba(["pure joy"])
    (folder / "README.md").write_text("mine")
    np.testing.assert_array_equal(Predictor.load(folder).predict_proba(["pure joy"]), expected)
    (folder / "README.md").unlink()
    np.testing.assert_array_equal(Predictor.load(folder).predict_proba(["pure joy"]), expected)
    assert "README.md" not in json.loads((folder / "config.json").read_text())["sha256"]


def test_a_model_with_a_card_is_replaced_and_a_folder_with_one_alone_is_not(classifier, folder):
    (folder / "README.md").write_text("mine")
    classifier.save(folder, force=True)
    assert "# my model" in read(folder)
    for name in ("config.json", "metrics.json", "tokenizer.json", "weights.safetensors"):
        (folder / name).unlink()
    with pytest.raises(OutputExistsError, match="'README.md'"):
        classifier.save(folder, force=True)


def test_what_is_known_survives_loading_and_compression(folder, tmp_path):
    SentenceClassifier.load(folder).save(tmp_path / "again")
    compress(folder, tmp_path / "small")
    for name in ("again", "small"):
        assert "Trained on 24 texts." in read(tmp_path / name)
        assert read_metrics(tmp_path / name)["data"] == read_metrics(folder)["data"]


def test_folders_of_the_same_day_are_the_same(classifier, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    again = SentenceClassifier(**SETTINGS).fit(TEXTS, LABELS)
    for one, place in ((classifier, "a"), (again, "b")):
        (tmp_path / place).mkdir()
        one.save(tmp_path / place / "model")
    for file in (tmp_path / "a" / "model").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / "model" / file.name).read_bytes()


def test_metrics_and_calibration_are_on_the_card(tmp_path):
    config = ClassifierConfig(**SETTINGS)
    trained = train_classifier(TEXTS, LABELS, config, validation_data=(TEXTS, LABELS))
    estimate = cross_validate(TEXTS, LABELS, config, folds=2)
    replace(trained, cross_validation=estimate).save(tmp_path / "m")
    text = read(tmp_path / "m")
    for of in ("24 validation texts", "24 texts, cross-validated"):
        assert re.search(rf"\| accuracy \| [\d.]+% \(95% interval .*\) \| {of} \|", text)
    assert "calibrated on 24 validation texts (temperature" in text
    assert "Trained on 24 texts. 24 other texts decided when to stop." in text
    kept = train_classifier(TEXTS, LABELS, config.replace(validation_fraction=0.5))
    kept.save(tmp_path / "kept")
    assert "Trained on 24 texts. 12 of them were kept to decide when to stop." in read(
        tmp_path / "kept"
    )


def test_several_labels(tmp_path):
    labels = [["joy"], ["bore", "joy"], [], ["bore"]] * 6
    SentenceClassifier(**SETTINGS).fit(TEXTS, labels).save(tmp_path / "m")
    assert "answers with any of 2 labels" in read(tmp_path / "m")
    data = read_metrics(tmp_path / "m")["data"]
    assert data["labels"] == [["bore", 12], ["joy", 12]]
    lines = ["\t".join(each) for each in labels]
    assert data["sha256"] == lines_hash(*TEXTS, *lines)


def test_labels_of_every_kind_and_ids_are_summarized():
    assert summarize_data(["a"], np.array([True]))["labels"] == [[True, 1]]
    assert summarize_data(["a"], np.array([7]))["sha256"] == lines_hash("a", 7)
    several = check_label_sets([["x", "y"], ["y"]])
    assert summarize_data(["a", "\ud800"], several)["labels"] == [["y", 2], ["x", 1]]
    tokenizer_ids = Sequences.from_lists([[1, 2], [1]] * 8)
    classifier = SentenceClassifier(tokenizer=_tokenizer(), **SETTINGS)
    classifier.fit(tokenizer_ids, ["a", "b"] * 8)
    assert classifier.data_["sha256"] == lines_hash(*["1 2", "1"] * 8, *["a", "b"] * 8)


def _tokenizer():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["x y"])
    return tokenizer


@pytest.mark.parametrize(
    "metrics",
    [
        {"data": 1, "validation": 2, "cross_validation": "x"},
        {"data": {"texts": "many", "labels": 3}},
        {"data": {"texts": 3, "labels": [5]}},
        {"data": {"texts": 3, "labels": [["a"], 1, ["b", None]], "files": [1, "<b>"]}},
        {"validation": {"together": None, "texts": "x", "interval": [1]}},
        {"validation": {"together": 0.5, "interval": ["a", "b"]}},
    ],
)
def test_metrics_of_any_kind_make_a_card(folder, tmp_path, metrics):
    artifact = load_artifact(folder)
    artifact.metrics.update(metrics)
    config = {k: v for k, v in artifact.config.items() if k != "sha256"}
    save_artifact(tmp_path / "odd", replace(artifact, config=config))
    assert "<b>" not in read(tmp_path / "odd")


def test_of_many_labels_some_are_listed():
    labels = [[f"label {i}", 100 - i] for i in range(60)]
    config = {"classes": [name for name, _ in labels]}
    text = card_of(config, {"data": {"texts": 99, "labels": labels, "sha256": "0"}}, {}).sections
    assert text["Data"].count("| label ") == 51
    assert "And 10 labels more." in text["Data"]
    assert "And 10 labels more." in card_of(config, {}, {}).sections["Data"]


def test_other_tasks_have_cards_too(tmp_path):
    from textseq.series import SequenceForecaster
    from textseq.tagger import SequenceTagger

    tagger = SequenceTagger(epochs=1, units=4, networks=1).fit([["a", "b"]] * 8, [["X", "Y"]] * 8)
    forecaster = SequenceForecaster(window=4, horizon=1, networks=1, epochs=1, units=4)
    forecaster.fit(np.sin(np.arange(80.0)))
    for name, model in (("tagger", tagger), ("series", forecaster)):
        model.save(tmp_path / name)
        assert f"# {name}\n" in read(tmp_path / name)
        (tmp_path / name / "README.md").write_text("mine")
        type(model).load(tmp_path / name)
        model.save(tmp_path / name, force=True)


def test_parts_of_ones_own_are_named_where_the_model_is_used():
    card = card_of({"cell": "own:{cell}", "pooling": "max", "networks": 1}, {}, {})
    text = card.render("m")
    assert "textseq classify predict m \"a sentence\" --cell 'own:{cell}'\n" in text
    assert "Predictor.load('m', cell='own:{cell}')" in text
    assert "(`own:{cell}`, max pooling)" in text
