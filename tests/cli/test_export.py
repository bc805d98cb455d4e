"""`textseq export`: formats, by name and by extension, and what does not go together."""

from __future__ import annotations

import pytest

from textseq.classifier import SentenceClassifier


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model"
    settings = {"units": 4, "dimension": 4, "epochs": 3, "networks": 1, "linear": 1}
    SentenceClassifier(**settings).fit(["pure joy", "pure bore"] * 8, ["good", "bad"] * 8).save(
        path
    )
    return path


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["--output", "model.onnx"], "model.onnx"),
        (["--output", "model.onnx", "--input", "ids"], "model.onnx"),
        (["--output", "model.bin", "--format", "onnx"], "model.bin"),
        (["--output", "model.keras"], "model.keras"),
        (["--output", "page", "--format", "web"], "page/index.html"),
    ],
)
def test_writes_what_is_asked_for(textseq, model, tmp_path, monkeypatch, arguments, file):
    monkeypatch.chdir(tmp_path)
    done = textseq("export", model, *arguments)
    assert done.exit_code == 0, done.stderr
    assert done.stderr.startswith(f"{model} (")
    assert (tmp_path / file).stat().st_size > 100
    again = textseq("export", model, *arguments)
    assert again.exit_code == 1
    assert "exists and is not overwritten" in again.stderr
    assert textseq("export", model, *arguments, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "model"], "'model' should end in .onnx or .keras, or say what to write: --format"),
        (["-o", "m.keras", "--input", "ids"], "it is for --format onnx; leave it out"),
        (["-o", "m.onnx", "--runtime", "dist"], "it is for --format web; leave it out"),
        (["-o", "m.onnx", "--format", "pickle"], "'pickle' is not one of 'onnx', 'keras', 'web'"),
    ],
)
def test_a_wrong_command_line_is_status_2(
    textseq, model, tmp_path, monkeypatch, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    done = textseq("export", model, *arguments)
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert not [*tmp_path.iterdir()]


def test_a_model_is_not_overwritten(textseq, model):
    done = textseq("export", model, "--format", "web", "--output", model, "--force")
    assert done.exit_code == 1
    assert "an input of this command; choose another name" in done.stderr
