"""`classify compare`: two models on the same texts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from textseq.classifier import SentenceClassifier

TEXTS = ["pure joy", "pure bore", "a joy", "a bore"] * 8
SETTINGS = {"units": 4, "dimension": 4, "epochs": 10, "learning_rate": 0.05, "networks": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a good model, one of wrong labels, one of several, and texts."""
    path = tmp_path_factory.mktemp("compare")
    labels = ["good", "bad"] * 16
    several = [["good"], ["bad", "long"]] * 16
    validation = {"validation_data": (TEXTS[:16], several[:16])}
    SentenceClassifier(**SETTINGS).fit(TEXTS, labels).save(path / "good")
    SentenceClassifier(**SETTINGS).fit(TEXTS, labels[::-1]).save(path / "wrong")
    SentenceClassifier(**SETTINGS).fit(TEXTS, several, **validation).save(path / "several")
    rows = [f"{label}\t{text}" for label, text in zip(labels, TEXTS, strict=True)]
    (path / "test.tsv").write_text("label\ttext\n" + "\n".join(rows) + "\n")
    lists = [json.dumps({"text": t, "label": each}) for t, each in zip(TEXTS, several, strict=True)]
    (path / "several.jsonl").write_text("\n".join(lists))
    return path


def test_says_which_is_better(textseq, folder):
    done = textseq("classify", "compare", folder / "good", folder / "wrong", folder / "test.tsv")
    assert "A is better: A - B is +100.0% on 32 texts" in done.stdout
    assert "p = 5e-10" in done.stdout
    assert "89.3% to 100.0%" in done.stdout


def test_as_json(textseq, folder):
    models = [folder / "wrong", folder / "good"]
    found = json.loads(
        textseq("classify", "compare", *models, folder / "test.tsv", "--json").stdout
    )
    assert found["models"] == [str(model) for model in models]
    assert found["right"] == {"both": 0, "first": 0, "second": 32, "neither": 0}
    assert found["difference"] == -1.0
    np.testing.assert_array_less(found["interval"][0], -0.8)


def test_the_same_model_twice_is_no_better(textseq, folder):
    done = textseq("classify", "compare", folder / "good", folder / "good", folder / "test.tsv")
    assert "Which is better is not certain: A - B is +0.0%" in done.stdout


def test_of_several_labels_a_text_is_right_if_all_are(textseq, folder):
    model = folder / "several"
    found = textseq("classify", "compare", model, model, folder / "several.jsonl", "--json").stdout
    assert json.loads(found)["right"]["both"] == 32


def test_names_the_model_that_does_not_know_a_label(textseq, folder):
    done = textseq(
        "classify", "compare", folder / "several", folder / "good", folder / "several.jsonl"
    )
    assert done.exit_code == 1
    assert f"The model '{folder / 'good'}' is not for these texts." in done.stderr


def test_a_model_that_is_not_there_is_named(textseq, folder):
    done = textseq("classify", "compare", folder / "good", folder / "nope", folder / "test.tsv")
    assert done.exit_code == 1
    assert f"The model '{folder / 'nope'}' is not a folder" in done.stderr
