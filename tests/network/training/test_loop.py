from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from textseq import Sequences
from textseq.classifier import build_model
from textseq.errors import ArgumentError, ArtifactError
from textseq.network.cells import CELLS
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.model_weights import weight_values
from textseq.network.pooling import POOLINGS
from textseq.network.training.batches import Examples
from textseq.network.training.checkpoint import FILE
from textseq.network.training.loop import (
    TrainingInterrupted,
    probabilities,
    seeded,
    train,
)
from textseq.network.training.options import TrainingOptions

RANDOM = np.random.default_rng(0)
LENGTHS = RANDOM.integers(0, 12, size=200)
SEQUENCES = Sequences.from_lists([RANDOM.integers(1, 12, n).tolist() for n in LENGTHS])
# To be learned: whether id 7 occurs.
TARGETS = np.array([int(7 in ids) for ids in SEQUENCES])
EXAMPLES = Examples(SEQUENCES, TARGETS, np.ones(200, np.float32))
SETTINGS = TrainingOptions(epochs=6, batch_size=20, learning_rate=0.03, patience=6)


def network(embedding="learned", cell="simple_rnn", pooling="max", bidirectional=False, seed=1):
    with seeded(seed):
        matrix = np.random.default_rng(0).normal(size=(12, 8)).astype("float32")
        make = CELLS.resolve(cell)
        return build_model(
            EMBEDDINGS.resolve(embedding)(12, 8, matrix if embedding == "word2vec" else None, True),
            make(8),
            POOLINGS.resolve(pooling)(2 if bidirectional else 1),
            2,
            backward_cell=make(8) if bidirectional else None,
            dropout=0.1,
            vector_dropout=0.1,
        )


def own_embedding(vocabulary, dimension, matrix=None, tuned=True):
    """A layer that does not say which rows it gathers."""
    return type("Own", (keras.layers.Embedding,), {})(vocabulary, dimension, mask_zero=True)


def own_cell(units):
    return keras.layers.SimpleRNNCell(units, activation="relu")


@pytest.mark.parametrize(
    "parts",
    [
        *[("learned", "simple_rnn", pooling, False) for pooling in POOLINGS.names()],
        *[("learned", cell, "max", True) for cell in CELLS.names()],
        *[(name, "simple_rnn", "max", False) for name in EMBEDDINGS.names()],
        (own_embedding, "simple_rnn", "max", False),
        ("learned", own_cell, "max", False),
    ],
    ids=lambda parts: "-".join(str(getattr(p, "__name__", p)) for p in parts),
)
def test_every_part_learns(parts):
    history = train(network(*parts), EXAMPLES, None, SETTINGS)
    assert history["loss"][-1] < 0.8 * history["loss"][0]


def test_the_first_step_goes_down_the_gradient_that_keras_finds():
    """One batch of all documents, where Adam's first step is rate times the gradient's sign."""
    model = network("learned", "lstm", "mean", True)
    with seeded(1):
        model.get_layer("vector_dropout").rate = model.get_layer("summary_dropout").rate = 0
    import tensorflow as tf

    with tf.GradientTape() as tape:
        each = keras.ops.sparse_categorical_crossentropy(
            TARGETS, model(SEQUENCES.pad(padding="post"), training=True)
        )
        loss = keras.ops.mean(each)
    gradient = tape.gradient(loss, [v.value for v in model.trainable_variables])
    before = model.get_weights()
    settings = TrainingOptions(epochs=1, batch_size=200, learning_rate=0.01, clip_norm=None)
    history = train(model, EXAMPLES, None, settings)
    assert history["loss"] == [pytest.approx(float(loss), abs=1e-5)]
    for old, new, by in zip(before, model.get_weights(), gradient, strict=True):
        g = tf.convert_to_tensor(by).numpy()
        np.testing.assert_allclose(new, old - 0.01 * g / (abs(g) + 3.2e-6), atol=2e-4)


def test_weights_of_documents_count():
    """Documents of weight 0 are as good as absent."""
    wrong = Examples(
        Sequences.concatenate([SEQUENCES, SEQUENCES]),
        np.concatenate([TARGETS, 1 - TARGETS]),
        np.repeat([1, 0], 200).astype(np.float32),
    )
    model = network()
    history = train(model, wrong, EXAMPLES, SETTINGS)
    assert max(history["val_accuracy"]) > 0.9
    assert history["accuracy"][-1] > 0.9


def test_the_best_epoch_is_kept_and_patience_ends_training():
    model, seen = network(), []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append((logs["val_accuracy"], weight_values(self.model)))

    # As good as chance, so that some epoch is not better than the one before.
    validation = EXAMPLES._replace(targets=np.random.default_rng(0).integers(0, 2, 200))
    settings = TrainingOptions(epochs=30, batch_size=20, learning_rate=0.03, patience=2)
    history = train(model, EXAMPLES, validation, settings, callbacks=[Watch()])
    scores = [score for score, _ in seen]
    assert history["val_accuracy"] == scores
    best = int(np.argmax(scores))
    assert len(scores) == min(30, best + 1 + 2)
    for name, weight in weight_values(model).items():
        np.testing.assert_array_equal(weight, seen[best][1][name])


def test_callbacks_are_called_as_keras_calls_them_and_can_stop():
    calls = []

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            calls.append("begin")

        def on_epoch_begin(self, epoch, logs=None):
            calls.append(epoch)

        def on_epoch_end(self, epoch, logs=None):
            calls.append(sorted(logs))
            self.model.stop_training = epoch == 1

        def on_train_end(self, logs=None):
            calls.append("end")

    history = train(network(), EXAMPLES, None, SETTINGS, callbacks=[Watch()])
    assert calls == ["begin", 0, ["accuracy", "loss"], 1, ["accuracy", "loss"], "end"]
    assert len(history["loss"]) == 2


@pytest.mark.parametrize(
    ("bias", "rate", "message"),
    [
        (np.nan, 0.03, "the loss is nan in epoch 1"),
        (0, 1e38, "the loss is (nan|inf)|a weight is not finite"),
    ],
    ids=["loss", "rate"],
)
def test_a_training_that_diverged_is_an_error_and_its_state_is_not_kept(
    bias, rate, message, tmp_path
):
    model = network()
    model.get_layer("output").bias.assign([bias, 0])
    options = TrainingOptions(epochs=2, batch_size=20, learning_rate=rate)
    with pytest.raises(ArgumentError, match=f"Training diverged: ({message})") as error:
        train(model, EXAMPLES, None, options, checkpoint=tmp_path)
    assert f"Received: {rate:g}." in str(error.value)
    assert not (tmp_path / FILE).exists()


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.at = epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == self.at and batch == 3:
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_leaves_the_best_weights_so_far():
    unbroken, broken = network(), network()
    settings = TrainingOptions(epochs=6, batch_size=20, learning_rate=0.001)
    seen = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((logs["val_accuracy"], weight_values(broken)))
    )
    with pytest.raises(TrainingInterrupted) as interrupt:
        train(broken, EXAMPLES, EXAMPLES, settings, callbacks=[watch, Interrupt(3)])
    assert len(interrupt.value.history["val_accuracy"]) == 3
    best = max(seen, key=lambda row: row[0])[1]
    for name, weight in weight_values(broken).items():
        np.testing.assert_array_equal(weight, best[name])
    assert len(train(unbroken, EXAMPLES, EXAMPLES, settings)["loss"]) > 3


def test_ctrl_c_before_the_end_of_the_first_epoch_leaves_the_average_so_far():
    model = network()
    before = weight_values(model)
    with pytest.raises(TrainingInterrupted) as interrupt:
        train(model, EXAMPLES, EXAMPLES, SETTINGS, callbacks=[Interrupt(0)])
    assert interrupt.value.history == {}
    assert all((weight_values(model)[name] != before[name]).any() for name in before)


SCRIPT = """
import os, signal, sys
sys.path.insert(0, {folder!r})
import keras, numpy as np, tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(1)
from test_loop import EXAMPLES, SETTINGS, network
from textseq.network.model_weights import weight_values
from textseq.network.training.loop import train

class Die(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == int(sys.argv[2]) and batch == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

model = network("ngrams", "gru", "attention", True)
history = train(
    model, EXAMPLES, EXAMPLES, SETTINGS, callbacks=[Die()], checkpoint=sys.argv[1] or None
)
np.savez(sys.argv[3], **weight_values(model), **history)
"""


def test_a_killed_training_goes_on_to_the_same_result(tmp_path):
    def run(checkpoint, dies, out):
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        script = SCRIPT.format(folder=str(Path(__file__).parent))
        command = [sys.executable, "-c", script, checkpoint, str(dies), str(tmp_path / out)]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    folder = str(tmp_path / "checkpoint")
    unbroken = run("", -1, "unbroken.npz")
    assert unbroken.returncode == 0, unbroken.stderr
    assert run(folder, 2, "none.npz").returncode == -signal.SIGKILL
    assert [path.name for path in Path(folder).iterdir()] == [FILE]
    assert run(folder, -1, "resumed.npz").returncode == 0
    with np.load(tmp_path / "unbroken.npz") as one, np.load(tmp_path / "resumed.npz") as two:
        assert set(one) == set(two)
        for name in one:
            np.testing.assert_array_equal(one[name], two[name], err_msg=name)


def test_a_finished_checkpoint_gives_its_result_at_once(tmp_path):
    first = network()
    history = train(first, EXAMPLES, EXAMPLES, SETTINGS, checkpoint=tmp_path)
    again = network(seed=5)
    begun = []
    watch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    assert (
        train(again, EXAMPLES, EXAMPLES, SETTINGS, checkpoint=tmp_path, callbacks=[watch])
        == history
    )
    assert not begun
    for name, weight in weight_values(first).items():
        np.testing.assert_array_equal(weight_values(again)[name], weight)


def test_a_checkpoint_of_something_else_is_refused_with_the_reason(tmp_path):
    settings = TrainingOptions(epochs=1, batch_size=20)
    train(network(), EXAMPLES, None, settings, checkpoint=tmp_path, description={"cell": "a"})
    other = EXAMPLES._replace(targets=1 - TARGETS)
    for examples, changed, description, message in [
        (other, settings, {"cell": "a"}, "other data.*training texts"),
        (
            EXAMPLES,
            TrainingOptions(epochs=2, batch_size=20),
            {"cell": "a"},
            "with epochs 1, where 2",
        ),
        (EXAMPLES, settings, {"cell": "b"}, "with cell 'a', where 'b'"),
    ]:
        with pytest.raises(ArtifactError, match=message):
            train(network(), examples, None, changed, checkpoint=tmp_path, description=description)
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:-40])
    with pytest.raises(ArtifactError, match="cannot be read.*delete it"):
        train(network(), EXAMPLES, None, settings, checkpoint=tmp_path, description={"cell": "a"})


def test_seeded_repeats_and_leaves_other_randomness_alone():
    with seeded(7):
        first = keras.ops.convert_to_numpy(keras.random.normal((3,)))
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    with seeded(7):
        second = keras.ops.convert_to_numpy(keras.random.normal((3,)))
    np.testing.assert_array_equal(first, second)
    assert (random.random(), np.random.random()) == expected


def test_probabilities_come_back_in_the_order_of_the_documents(make_network, run):
    model = make_network()
    got = probabilities(model, SEQUENCES)
    np.testing.assert_allclose(got, run(model, SEQUENCES.pad(padding="post")), atol=1e-5)
