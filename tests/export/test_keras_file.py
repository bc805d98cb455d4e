"""`.keras` files: loaded without textseq, and what cannot be written."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.classifier import SentenceClassifier, cells
from textseq.classifier.in_keras import keras_inputs
from textseq.errors import ArgumentError, MissingExtraError, OutputExistsError
from textseq.export.keras_file import export_keras

SMALL = {"units": 4, "dimension": 4, "epochs": 3, "learning_rate": 0.05}
TEXTS, LABELS = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
ASKED = ["pure joy", "joyful bores", ""]
LOADER = """
inputs = {name: np.array(rows, "int32") for name, rows in given["inputs"].items()}
found = keras.saving.load_model(given["path"])(inputs).numpy()
print(json.dumps(found.tolist()))
"""


@pytest.fixture(scope="module")
def model():
    """Return a model of two networks, a linear model, character n-grams and a temperature."""
    made = SentenceClassifier(**SMALL, networks=2, linear=2, char_ngrams=3)
    return made.fit(TEXTS, LABELS, validation_data=(TEXTS, LABELS)).model_


def test_loads_in_a_process_without_textseq(model, run_in_keras, tmp_path):
    path = tmp_path / "model.keras"
    export_keras(model, path)
    inputs = {name: rows.tolist() for name, rows in keras_inputs(model, ASKED).items()}
    found = run_in_keras(LOADER, {"path": str(path), "inputs": inputs})
    np.testing.assert_allclose(found, model.predict_proba(ASKED), atol=1e-5)


def test_a_file_that_is_there_is_replaced_by_force_only(model, tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("mine")
    with pytest.raises(OutputExistsError):
        export_keras(model, path)
    assert path.read_text() == "mine"
    export_keras(model, path, force=True)
    assert path.stat().st_size > 1_000
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]


def test_another_extension_is_refused(model, tmp_path):
    with pytest.raises(
        ArgumentError, match=r"model.h5' should be a file whose name ends in .keras"
    ):
        export_keras(model, tmp_path / "model.h5")


def test_parts_of_ones_own_are_refused(tmp_path):
    made = SentenceClassifier(**SMALL, cell=lambda units: cells.simple_rnn(units))
    with pytest.raises(ArgumentError, match="your own, and Keras could not load it"):
        export_keras(made.fit(TEXTS, LABELS).model_, tmp_path / "model.keras")


def test_the_extra_is_named_before_any_work(model, tmp_path, monkeypatch):
    monkeypatch.setattr("textseq.errors._is_installed", lambda package: False)
    with pytest.raises(MissingExtraError, match="Exporting to Keras needs keras"):
        export_keras(model, tmp_path / "model.keras")
