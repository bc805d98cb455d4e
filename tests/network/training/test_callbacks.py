"""Keras's callbacks: each works, or says why it cannot."""

from __future__ import annotations

import csv

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import callbacks as of_keras

from textseq import Sequences
from textseq.classifier import build_model
from textseq.errors import ArgumentError
from textseq.network.cells import CELLS
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.model_weights import weight_values
from textseq.network.pooling import POOLINGS
from textseq.network.training.batches import Examples
from textseq.network.training.callbacks import check_callbacks
from textseq.network.training.loop import seeded, train
from textseq.network.training.networks import train_networks
from textseq.network.training.options import TrainingOptions

RANDOM = np.random.default_rng(0)
SEQUENCES = Sequences.from_lists([RANDOM.integers(1, 9, 4).tolist() for _ in range(40)])
EXAMPLES = Examples(SEQUENCES, np.array([int(7 in ids) for ids in SEQUENCES]), np.ones(40, "f4"))
OPTIONS = TrainingOptions(epochs=3, batch_size=20, learning_rate=0.01, patience=9)


def network():
    with seeded(1):
        embedding = EMBEDDINGS.resolve("learned")(9, 3, None, True)
        cell, pooling = CELLS.resolve("simple_rnn")(3), POOLINGS.resolve("max")(1)
        return build_model(embedding, cell, pooling, 2, dropout=0.1)


def train_two(*callbacks):
    return list(train_networks(network, 2, EXAMPLES, EXAMPLES, OPTIONS, callbacks=callbacks))


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
    def weights(*callbacks):
        model = network()
        train(model, EXAMPLES, None, OPTIONS, callbacks=callbacks)
        return weight_values(model)

    plain = weights()
    same = weights(of_keras.LearningRateScheduler(lambda epoch, rate: rate))
    halved = weights(of_keras.LearningRateScheduler(lambda epoch, rate: 0.005))
    other = network()
    train(other, EXAMPLES, None, TrainingOptions(**{**vars(OPTIONS), "learning_rate": 0.005}))
    for name, weight in weight_values(other).items():
        np.testing.assert_array_equal(same[name], plain[name])
        np.testing.assert_allclose(halved[name], weight, rtol=1e-4, atol=1e-6)


def test_a_plateau_reduces_the_learning_rate():
    rates = []
    reduce = of_keras.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=9, factor=0.5)
    note = of_keras.LambdaCallback(
        on_epoch_end=lambda epoch, logs: rates.append(logs["learning_rate"])
    )
    train(network(), EXAMPLES, None, OPTIONS, callbacks=[reduce, note])
    np.testing.assert_allclose(rates, [0.01, 0.01, 0.005])


@pytest.mark.parametrize("monitor", ["accuracy", "val_accuracy", "loss"])
def test_early_stopping_knows_which_way_is_better(monitor):
    stop = of_keras.EarlyStopping(
        monitor=monitor, patience=0, min_delta=9, restore_best_weights=True
    )
    history = train(network(), EXAMPLES, EXAMPLES, OPTIONS, callbacks=[stop])
    assert len(history["loss"]) == 2


@pytest.mark.parametrize(
    "callback",
    [of_keras.History(), of_keras.TerminateOnNaN(), of_keras.LambdaCallback(print)],
    ids=lambda callback: type(callback).__name__,
)
def test_the_others_work(callback):
    assert len(train(network(), EXAMPLES, None, OPTIONS, callbacks=[callback])["loss"]) == 3


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (of_keras.BackupAndRestore("kept"), "BackupAndRestore .* give `checkpoint`, a folder"),
        (of_keras.SwapEMAWeights(), "SwapEMAWeights .* averaged over steps already"),
        (of_keras.ModelCheckpoint("{epoch}.keras", save_freq=5), "give save_freq='epoch'"),
        (print, "must hold Keras callbacks.*of type builtin_function_or_method"),
    ],
    ids=["backup", "average", "steps", "function"],
)
def test_what_cannot_work_says_why(callback, message):
    with pytest.raises(ArgumentError, match=message):
        check_callbacks([callback])


def test_histograms_need_a_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match="pip install tensorboard"):
        check_callbacks([of_keras.TensorBoard("logs", histogram_freq=1)])
    check_callbacks([of_keras.TensorBoard("logs")])
