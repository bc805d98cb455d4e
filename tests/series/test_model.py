"""A model folder: what is saved comes back; what is damaged is an error, and no other."""

import contextlib
import json
import random
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from textseq.errors import ArtifactError, TextseqError
from textseq.files.paths import sha256
from textseq.series import SequenceClassifier, SequenceForecaster, SequenceRegressor, SeriesModel
from textseq.tasks import model_folder

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
import fuzz_mutations as mutations

NAMES = ["forecaster", "classifier", "regressor"]
CLASSES = {
    "forecaster": SequenceForecaster,
    "classifier": SequenceClassifier,
    "regressor": SequenceRegressor,
}


@pytest.fixture(params=NAMES)
def saved(request, tmp_path, wave, ragged):
    estimator = request.getfixturevalue(request.param)
    estimator.save(tmp_path / "model")
    return estimator, tmp_path / "model", wave if request.param == "forecaster" else ragged[0]


def test_what_is_saved_comes_back(saved):
    estimator, folder, series = saved
    loaded = type(estimator).load(folder)
    expected = estimator.predict(series)
    np.testing.assert_array_equal(loaded.predict(series), expected)
    assert loaded.get_params() == estimator.get_params()
    assert loaded.histories_ == estimator.histories_
    assert loaded.validation_ == estimator.validation_
    found = SeriesModel.load(folder).predict(series)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)


def test_a_model_of_another_task_is_refused(saved):
    estimator, folder, _ = saved
    other = SequenceRegressor if isinstance(estimator, SequenceForecaster) else SequenceForecaster
    with pytest.raises(ArtifactError, match=f"is a {estimator.task}, no {other.task}"):
        other.load(folder)


def write_config(folder, **entries):
    config = json.loads((folder / "config.json").read_text()) | entries
    sums = config.pop("sha256")
    for name in ("weights.safetensors", "metrics.json"):
        sums[name] = sha256(folder / name)
    sums["config.json"] = model_folder._config_sum(config)
    (folder / "config.json").write_text(json.dumps({**config, "sha256": sums}))


@pytest.mark.parametrize(
    "entries",
    [
        {"task": "poet"},
        {"units": 5},
        {"units": "many"},
        {"features": 3},
        {"features": 0},
        {"outputs": 7},
        {"outputs": None},
        {"networks": 3},
        {"share": 1.5},
        {"share": "all"},
        {"about": []},
        {"cell": "os:system"},
        {"pooling": "os:system"},
        {"patch": 50},
    ],
)
def test_entries_that_do_not_fit_are_refused(saved, entries):
    _, folder, _ = saved
    write_config(folder, **entries)
    with pytest.raises(ArtifactError, match="The model '.*' cannot be used: "):
        SeriesModel.load(folder)


@pytest.mark.parametrize("classes", [None, [], [1], ["a", 2], [[1], [2]], "ab", ["a", "b", "c"]])
def test_classes_that_do_not_fit_are_refused(classifier, tmp_path, classes):
    classifier.save(tmp_path / "model")
    write_config(tmp_path / "model", classes=classes)
    with pytest.raises(ArtifactError, match="'classes'"):
        SeriesModel.load(tmp_path / "model")


@pytest.mark.parametrize("lost", ["scaler.mean", "ridge.bias", "1.forward.kernel"])
def test_a_missing_weight_is_named(forecaster, tmp_path, lost):
    folder = tmp_path / "model"
    forecaster.save(folder)
    weights = load_file(folder / "weights.safetensors")
    del weights[lost]
    save_file(weights, folder / "weights.safetensors")
    write_config(folder)
    with pytest.raises(ArtifactError, match=lost.removeprefix("1.")):
        SeriesModel.load(folder)


def test_a_weight_that_does_not_belong_is_named(forecaster, tmp_path):
    folder = tmp_path / "model"
    forecaster.save(folder)
    weights = load_file(folder / "weights.safetensors")
    save_file({**weights, "1.more": weights["scaler.mean"]}, folder / "weights.safetensors")
    write_config(folder)
    with pytest.raises(ArtifactError, match="it has a weight 'more', which does not belong to it"):
        SeriesModel.load(folder)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of finite weights of 1e38
def test_damaged_models_are_errors_of_ours(saved, tmp_path):
    """A random change of a file, its checksum put right: read, or refused in one sentence."""
    estimator, folder, series = saved
    chance, refused = random.Random(0), 0
    for i in range(60):
        copy = tmp_path / f"copy{i}"
        shutil.copytree(folder, copy)
        name = chance.choice(["config.json", "metrics.json", "weights.safetensors"])
        change = mutations.of_json if name.endswith(".json") else mutations.of_safetensors
        (copy / name).write_bytes(change(chance, (copy / name).read_bytes(), ()))
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            write_config(copy)
        try:
            type(estimator).load(copy).predict(series)
        except TextseqError:
            refused += 1
        shutil.rmtree(copy)
    assert refused > 10
