"""Keras's callbacks: each works, or says why it cannot."""

from __future__ import annotations

import csv
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import callbacks as of_keras

from textseq import Sequences
from textseq.errors import ArgumentError
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import weight_values
from textseq.network.training.batches import Examples
from textseq.network.training.callbacks import check_callbacks
from textseq.network.training.networks import builder, train_networks
from textseq.network.training.options import TrainingOptions

RANDOM = np.random.default_rng(0)
SEQUENCES = Sequences.from_lists([RANDOM.integers(1, 9, 4).tolist() for _ in range(40)])
EXAMPLES = Examples(SEQUENCES, np.array([int(7 in ids) for ids in SEQUENCES]), np.ones(40, "f4"))
OPTIONS = TrainingOptions(epochs=3, batch_size=20, learning_rate=0.01, patience=9)


SPEC = ModelSpec(
    pooling="max", bidirectional=True, units=3, dimension=3, dropout=0.1, vector_dropout=0.1,
    vocabulary=9, classes=2,
)  # fmt: skip
OWN = replace(SPEC, cell=lambda units: keras.layers.SimpleRNNCell(units, activation="relu"))


def fit(*callbacks, spec=SPEC, networks=1, validation=EXAMPLES, **options):
    """Return the weights and the history of each network."""
    options = replace(OPTIONS, **options)
    build = builder(spec, EXAMPLES, options, count=networks, callbacks=callbacks)
    return list(train_networks(build, networks, EXAMPLES, validation, options))


def train_two(*callbacks):
    return fit(*callbacks, networks=2)


@pytest.mark.parametrize("spec", [SPEC, OWN], ids=["packed", "keras"])
def test_a_callback_that_does_nothing_changes_nothing(spec):
    ((plain, history),) = fit(spec=spec)
    ((watched, same_history),) = fit(of_keras.Callback(), spec=spec)
    assert same_history == history
    assert watched.keys() == plain.keys()
    for name, weight in plain.items():
        np.testing.assert_array_equal(watched[name], weight)


@pytest.mark.parametrize("spec", [SPEC, OWN], ids=["packed", "keras"])
def test_callbacks_are_called_as_keras_calls_them_and_can_stop(spec):
    calls, seen = [], []

    class Watch(of_keras.Callback):
        def on_train_begin(self, logs=None):
            calls.append("begin")
            seen.append(weight_values(self.model))

        def on_epoch_begin(self, epoch, logs=None):
            calls.append(epoch)

        def on_epoch_end(self, epoch, logs=None):
            calls.append(sorted(logs))
            seen.append(weight_values(self.model))
            self.model.stop_training = epoch == 1

        def on_train_end(self, logs=None):
            calls.append("end")

    ((weights, history),) = fit(Watch(), spec=spec, validation=None)
    assert calls == ["begin", 0, ["accuracy", "loss"], 1, ["accuracy", "loss"], "end"]
    assert len(history["loss"]) == 2
    for name, weight in weights.items():  # without validation, the last epoch's average
        np.testing.assert_array_equal(seen[-1][name], weight)
        assert name.endswith("bias") or (seen[0][name] != seen[1][name]).any()


def test_each_network_has_a_tensorboard_run_of_its_own(tmp_path):
    train_two(of_keras.TensorBoard(tmp_path))
    for network_folder in ("network_1", "network_2"):
        for part in ("train", "validation"):
            (file,) = (tmp_path / network_folder / part).iterdir()
            records = [
                tf.compat.v1.Event.FromString(r.numpy()) for r in tf.data.TFRecordDataset(file)
            ]
            found = [(e.step, v.tag) for e in records for v in e.summary.value]
            assert [step for step, tag in found if tag == "epoch_loss"] == [0, 1, 2]
            assert (2, "epoch_accuracy") in found
            assert ((2, "epoch_learning_rate") in found) == (part == "train")


def test_each_network_has_files_of_its_own(tmp_path):
    saved = of_keras.ModelCheckpoint(tmp_path / "m.keras", monitor="val_loss", save_best_only=True)
    logger = of_keras.CSVLogger(tmp_path / "log.csv")
    (first, _), _ = train_two(saved, logger)
    for folder in ("network_1", "network_2"):
        with (tmp_path / folder / "log.csv").open() as file:
            assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1", "2"]
        assert (tmp_path / folder / "m.keras").is_file()
    assert saved.filepath == str(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "network_1" / "m.keras")
    assert {name: w.shape for name, w in weight_values(loaded).items()} == {
        name: w.shape for name, w in first.items()
    }


def test_a_callback_sets_the_learning_rate():
    def weights(*callbacks, **options):
        ((found, _),) = fit(*callbacks, validation=None, **options)
        return found

    plain = weights()
    same = weights(of_keras.LearningRateScheduler(lambda epoch, rate: rate))
    halved = weights(of_keras.LearningRateScheduler(lambda epoch, rate: 0.005))
    for name, weight in weights(learning_rate=0.005).items():
        np.testing.assert_array_equal(same[name], plain[name])
        np.testing.assert_allclose(halved[name], weight, rtol=1e-4, atol=1e-6)


def test_a_plateau_reduces_the_learning_rate():
    rates = []
    reduce = of_keras.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=9, factor=0.5)
    note = of_keras.LambdaCallback(
        on_epoch_end=lambda epoch, logs: rates.append(logs["learning_rate"])
    )
    fit(reduce, note)
    np.testing.assert_allclose(rates, [0.01, 0.01, 0.005])


@pytest.mark.parametrize("monitor", ["accuracy", "val_accuracy", "loss", "val_macro_f1"])
def test_early_stopping_knows_which_way_is_better(monitor):
    stop = of_keras.EarlyStopping(
        monitor=monitor, patience=0, min_delta=9, restore_best_weights=True
    )
    ((_, history),) = fit(stop, metric="macro-f1")
    assert len(history["loss"]) == 2


def test_the_direction_of_a_metric_is_not_that_of_the_chosen_one(tmp_path):
    keep = of_keras.ModelCheckpoint(tmp_path / "m.keras", "val_accuracy", save_best_only=True)
    ((_, history),) = fit(keep, metric="loss")
    assert keep.best == max(history["val_accuracy"])


@pytest.mark.parametrize(
    "callback",
    [of_keras.History(), of_keras.TerminateOnNaN(), of_keras.LambdaCallback(print)],
    ids=lambda callback: type(callback).__name__,
)
def test_the_others_work(callback):
    ((_, history),) = fit(callback)
    assert len(history["loss"]) == 3


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (of_keras.BackupAndRestore("kept"), "BackupAndRestore .* give `checkpoint`, a folder"),
        (of_keras.SwapEMAWeights(), "SwapEMAWeights .* averaged over steps already"),
        (of_keras.ModelCheckpoint("{epoch}.keras", save_freq=5), "give save_freq='epoch'"),
    ],
    ids=["backup", "average", "steps"],
)
def test_what_cannot_work_says_why(callback, message):
    with pytest.raises(ArgumentError, match=message):
        check_callbacks([callback])


def test_histograms_need_a_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match="pip install tensorboard"):
        check_callbacks([of_keras.TensorBoard("logs", histogram_freq=1)])
    check_callbacks([of_keras.TensorBoard("logs")])
