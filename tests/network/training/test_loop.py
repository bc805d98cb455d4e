from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from textseq import Sequences
from textseq.errors import ArgumentError, ArtifactError
from textseq.network.cells import CELLS
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.model_spec import ModelSpec
from textseq.network.pooling import POOLINGS
from textseq.network.training import recurrent
from textseq.network.training.batches import Examples
from textseq.network.training.checkpoint import FILE
from textseq.network.training.loop import TrainingInterrupted, train
from textseq.network.training.observers import Observer
from textseq.network.training.options import TrainingOptions
from textseq.network.training.packed import SentenceTrainable

RANDOM = np.random.default_rng(0)
LENGTHS = RANDOM.integers(0, 12, size=200)
SEQUENCES = Sequences.from_lists([RANDOM.integers(1, 12, n).tolist() for n in LENGTHS])
# To be learned: whether id 7 occurs.
TARGETS = np.array([int(7 in ids) for ids in SEQUENCES])
EXAMPLES = Examples(SEQUENCES, TARGETS, np.ones(200, np.float32))
SETTINGS = TrainingOptions(epochs=6, batch_size=20, learning_rate=0.03, patience=6)


def network(
    embedding="learned", cell="simple_rnn", pooling="max", bidirectional=False,
    *, seed=1, dropout=0.1, word_dropout=0.0, examples=EXAMPLES, engine="packed", metric=None,
):  # fmt: skip
    """Return an untrained network, of the same weights whichever engine trains it."""
    spec = ModelSpec(
        embedding=embedding, cell=cell, pooling=pooling, bidirectional=bidirectional,
        units=8, dimension=8, buckets=64, dropout=dropout, vector_dropout=dropout,
        vocabulary=12, classes=2,
    )  # fmt: skip
    vectors = np.random.default_rng(0).normal(size=(12, 8)).astype("float32")
    vectors = vectors if embedding == "word2vec" else None
    weights = spec.starting_weights(np.random.default_rng(seed), vectors)
    if engine == "packed":
        return SentenceTrainable(spec, weights, examples, word_dropout, metric)
    from textseq.network.model_weights import set_named_weights
    from textseq.network.training.keras_trainable import KerasTrainable, seeded

    with seeded(seed):
        model = spec.keras_model(vectors)
    set_named_weights(model, weights)
    return KerasTrainable(model, examples, SETTINGS.batch_size, word_dropout, metric)


@pytest.fixture(params=["packed", pytest.param("keras", marks=pytest.mark.tensorflow)])
def engine(request):
    """Return the name of each way to compute a gradient."""
    return request.param


class Watch(Observer):
    """Note what was called, and the weights after each epoch."""

    def __init__(self, network, end_after=None):
        self.network, self.end_after = network, end_after
        self.calls, self.logs, self.weights = [], [], []

    def on_train_begin(self):
        self.calls.append("begin")

    def on_epoch_begin(self, epoch):
        self.calls.append(epoch)

    def on_epoch_end(self, epoch, logs):
        self.calls.append(sorted(logs))
        self.logs.append(logs)
        self.weights.append(self.network.weights())
        self.stop_training = epoch == self.end_after

    def on_train_end(self, logs):
        self.calls.append("end")


def assert_same(weights, expected):
    assert weights.keys() == expected.keys()
    for name, weight in expected.items():
        np.testing.assert_array_equal(weights[name], weight, err_msg=name)


@pytest.mark.parametrize(
    "parts",
    [
        *[("learned", "simple_rnn", pooling, False) for pooling in POOLINGS.names()],
        *[("learned", cell, "max", True) for cell in CELLS.names()],
        *[(name, "simple_rnn", "max", False) for name in EMBEDDINGS.names()],
    ],
    ids=lambda parts: "-".join(map(str, parts)),
)
def test_every_part_learns(parts):
    history = train(network(*parts), EXAMPLES, None, SETTINGS)
    assert history["loss"][-1] < 0.8 * history["loss"][0]


@pytest.mark.parametrize("threads", ["1", "2"])
def test_texts_without_words_and_batches_without_them_train(threads, monkeypatch):
    monkeypatch.setenv("TEXTSEQ_THREADS", threads)
    bare = EXAMPLES._replace(sequences=Sequences.from_lists([[]] * 200))
    for cell in CELLS.names():
        for pooling in POOLINGS.names():
            made = network("ngrams", cell, pooling, True, examples=bare)
            history = train(made, bare, bare, replace(SETTINGS, epochs=1))
            assert np.isfinite(history["val_loss"]).all()


def test_batches_that_lose_all_their_words_train():
    few = Examples(SEQUENCES[:40], TARGETS[:40], np.ones(40, np.float32))
    options = replace(SETTINGS, batch_size=1, word_dropout=0.9)
    made = network("ngrams", "gru", "attention", True, examples=few, word_dropout=0.9)
    history = train(made, few, few, options)
    assert np.isfinite(history["loss"]).all()


def test_weights_of_documents_count():
    """Documents of weight 0 are as good as absent."""
    wrong = Examples(
        Sequences.concatenate([SEQUENCES, SEQUENCES]),
        np.concatenate([TARGETS, 1 - TARGETS]),
        np.repeat([1, 0], 200).astype(np.float32),
    )
    history = train(network(examples=wrong), wrong, EXAMPLES, SETTINGS)
    assert max(history["val_accuracy"]) > 0.9
    assert history["accuracy"][-1] > 0.9


def test_the_best_epoch_is_kept_and_patience_ends_training(engine):
    made = network(engine=engine)
    watch = Watch(made)
    # As good as chance, so that some epoch is not better than the one before.
    validation = EXAMPLES._replace(targets=np.random.default_rng(0).integers(0, 2, 200))
    options = replace(SETTINGS, epochs=30, patience=2)
    history = train(made, EXAMPLES, validation, options, observers=[watch])
    scores = [logs["val_accuracy"] for logs in watch.logs]
    assert history["val_accuracy"] == scores
    best = int(np.argmax(scores))
    assert len(scores) == min(30, best + 1 + 2)
    assert_same(made.weights(), watch.weights[best])


@pytest.mark.parametrize("metric", ["accuracy", "macro-f1", "loss"])
def test_the_metric_that_was_chosen_decides_which_epoch_is_kept(metric, engine):
    made = network(engine=engine, metric=metric)
    watch = Watch(made)
    random = np.random.default_rng(3)
    wrong = np.where(random.random(200) < 0.8, 0, TARGETS)  # a rare class
    validation = EXAMPLES._replace(targets=wrong)
    history = train(made, EXAMPLES, validation, replace(SETTINGS, epochs=9), observers=[watch])
    name = f"val_{made.selection.name}"
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy", name}
    best = np.argmin(history[name]) if metric == "loss" else np.argmax(history[name])
    assert_same(made.weights(), watch.weights[best])
    found = made.validate(validation)
    assert found[made.selection.name] == pytest.approx(history[name][best], abs=1e-6)


def test_a_checkpoint_of_another_metric_is_refused(tmp_path):
    train(network(), EXAMPLES, EXAMPLES, replace(SETTINGS, epochs=1), checkpoint=tmp_path)
    options = replace(SETTINGS, epochs=1, metric="macro-f1")
    with pytest.raises(ArtifactError, match="metric"):
        train(network(metric="macro-f1"), EXAMPLES, EXAMPLES, options, checkpoint=tmp_path)


def test_observers_are_called_as_keras_calls_callbacks_and_can_stop():
    made = network()
    watch = Watch(made, end_after=1)
    history = train(made, EXAMPLES, None, SETTINGS, observers=[watch], params={"network": 3})
    assert watch.calls == ["begin", 0, ["accuracy", "loss"], 1, ["accuracy", "loss"], "end"]
    assert watch.params == {"epochs": 6, "steps": 10, "network": 3}
    assert len(history["loss"]) == 2


def test_an_observer_may_stop_in_the_middle_of_an_epoch():
    class Stop(Observer):
        def on_train_batch_end(self, batch, logs):
            self.seen = batch
            self.stop_training = batch == 3

    stop = Stop()
    assert len(train(network(), EXAMPLES, None, SETTINGS, observers=[stop])["loss"]) == 1
    assert stop.seen == 3


def test_watching_changes_nothing():
    plain, watched = network(), network()
    history = train(plain, EXAMPLES, EXAMPLES, SETTINGS)
    assert train(watched, EXAMPLES, EXAMPLES, SETTINGS, observers=[Observer()]) == history
    assert_same(watched.weights(), plain.weights())


def test_an_observer_multiplies_the_learning_rate():
    class Halve(Observer):
        def rate_factor(self):
            return 0.5

    plain, halved = network(), network()
    train(plain, EXAMPLES, None, replace(SETTINGS, learning_rate=0.015))
    train(halved, EXAMPLES, None, SETTINGS, observers=[Halve()])
    assert_same(halved.weights(), plain.weights())


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
    made = network()
    made.set_weights({**made.weights(), "output.bias": np.array([bias, 0], np.float32)})
    options = replace(SETTINGS, epochs=2, learning_rate=rate)
    with pytest.raises(ArgumentError, match=f"Training diverged: ({message})") as error:
        train(made, EXAMPLES, None, options, checkpoint=tmp_path)
    assert f"Received: {rate:g}." in str(error.value)
    assert not (tmp_path / FILE).exists()


class Interrupt(Observer):
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch):
        self.at = epoch

    def on_epoch_begin(self, epoch):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs):
        if self.epoch == self.at and batch == 3:
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_leaves_the_best_weights_so_far(engine):
    made = network(engine=engine)
    watch = Watch(made)
    options = replace(SETTINGS, learning_rate=0.001)
    with pytest.raises(TrainingInterrupted) as interrupt:
        train(made, EXAMPLES, EXAMPLES, options, observers=[watch, Interrupt(3)])
    scores = interrupt.value.history["val_accuracy"]
    assert len(scores) == 3
    assert_same(made.weights(), watch.weights[int(np.argmax(scores))])
    assert_same(interrupt.value.weights, made.weights())


def test_ctrl_c_before_the_end_of_the_first_epoch_leaves_the_average_so_far():
    made = network()
    before = made.weights()
    with pytest.raises(TrainingInterrupted) as interrupt:
        train(made, EXAMPLES, EXAMPLES, SETTINGS, observers=[Interrupt(0)])
    assert interrupt.value.history == {}
    assert all((made.weights()[name] != before[name]).any() for name in before)


@pytest.mark.parametrize("way", ["read", "go_back"])
def test_ctrl_c_while_both_threads_compute_leaves_no_thread_behind(way, monkeypatch):
    monkeypatch.setenv("TEXTSEQ_THREADS", "2")
    computed, steps = getattr(recurrent.RecurrentPass, way), []

    def interrupted(direction, **how):
        if threading.current_thread() is not threading.main_thread():
            steps.append(threading.current_thread().name)
            if len(steps) == 15:
                signal.raise_signal(signal.SIGINT)
        return computed(direction, **how)

    monkeypatch.setattr(recurrent.RecurrentPass, way, interrupted)
    made = network("learned", "gru", "max", True)
    with pytest.raises(TrainingInterrupted) as interrupt:
        train(made, EXAMPLES, EXAMPLES, SETTINGS)
    assert set(steps) == {"textseq_0"}
    assert len(interrupt.value.history["loss"]) == 1
    assert not [t for t in threading.enumerate() if t.name.startswith("textseq")]
    assert np.isfinite([*made.validate(EXAMPLES).values()]).all()


def test_an_error_on_the_second_thread_is_raised(monkeypatch):
    monkeypatch.setenv("TEXTSEQ_THREADS", "2")

    def read(direction):
        raise MemoryError("too long")

    monkeypatch.setattr(recurrent.RecurrentPass, "read", read)
    with pytest.raises(MemoryError, match="too long"):
        train(network("learned", "gru", "max", True), EXAMPLES, None, SETTINGS)


SCRIPT = """
import os, signal, sys
sys.path.insert(0, {folder!r})
import numpy as np
from test_loop import EXAMPLES, SETTINGS, network, replace
from textseq.network.training.loop import train
from textseq.network.training.observers import Observer

class Die(Observer):
    def on_train_batch_end(self, batch, logs):
        if self.epoch == int(sys.argv[2]) and batch == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    def on_epoch_begin(self, epoch):
        self.epoch = epoch

made = network("ngrams", "gru", "attention", True, word_dropout=0.1)
history = train(
    made, EXAMPLES, EXAMPLES, SETTINGS, observers=[Die()], checkpoint=sys.argv[1] or None
)
np.savez(sys.argv[3], **made.weights(), **history)
"""


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_result(tmp_path):
    def run(checkpoint, dies, out):
        script = SCRIPT.format(folder=str(Path(__file__).parent))
        command = [sys.executable, "-c", script, checkpoint, str(dies), str(tmp_path / out)]
        return subprocess.run(command, capture_output=True, text=True)

    folder = str(tmp_path / "checkpoint")
    unbroken = run("", -1, "unbroken.npz")
    assert unbroken.returncode == 0, unbroken.stderr
    assert run(folder, 2, "none.npz").returncode == -signal.SIGKILL
    assert [path.name for path in Path(folder).iterdir()] == [FILE]
    assert run(folder, -1, "resumed.npz").returncode == 0
    with np.load(tmp_path / "unbroken.npz") as one, np.load(tmp_path / "resumed.npz") as two:
        assert_same(dict(two), dict(one))


def test_an_interrupted_training_goes_on_to_the_same_result(tmp_path, engine):
    unbroken, broken = network(engine=engine), network(engine=engine)
    history = train(unbroken, EXAMPLES, EXAMPLES, SETTINGS)
    with pytest.raises(TrainingInterrupted):
        train(broken, EXAMPLES, EXAMPLES, SETTINGS, observers=[Interrupt(2)], checkpoint=tmp_path)
    resumed = network(seed=5, engine=engine)
    watch = Watch(resumed)
    again = train(resumed, EXAMPLES, EXAMPLES, SETTINGS, observers=[watch], checkpoint=tmp_path)
    assert watch.calls[1] == 2
    assert again == history
    assert_same(resumed.weights(), unbroken.weights())


def test_a_finished_checkpoint_gives_its_result_at_once(tmp_path):
    first, again = network(), network(seed=5)
    history = train(first, EXAMPLES, EXAMPLES, SETTINGS, checkpoint=tmp_path)
    watch = Watch(again)
    assert (
        train(again, EXAMPLES, EXAMPLES, SETTINGS, checkpoint=tmp_path, observers=[watch])
        == history
    )
    assert watch.calls == ["begin", "end"]
    assert_same(again.weights(), first.weights())


def test_a_checkpoint_of_something_else_is_refused_with_the_reason(tmp_path):
    options = replace(SETTINGS, epochs=1)
    train(network(), EXAMPLES, None, options, checkpoint=tmp_path, description={"cell": "a"})
    other = EXAMPLES._replace(targets=1 - TARGETS)
    for examples, changed, description, message in [
        (other, options, {"cell": "a"}, "other data.*training texts"),
        (EXAMPLES, replace(options, epochs=2), {"cell": "a"}, "with epochs 1, where 2"),
        (EXAMPLES, options, {"cell": "b"}, "with cell 'a', where 'b'"),
    ]:
        with pytest.raises(ArtifactError, match=message):
            train(network(), examples, None, changed, checkpoint=tmp_path, description=description)
    with pytest.raises(ArtifactError, match=r"'dense.rows' is of shape"):
        train(
            network(cell="gru"), EXAMPLES, None, options,
            checkpoint=tmp_path, description={"cell": "a"},
        )  # fmt: skip
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:-40])
    with pytest.raises(ArtifactError, match="cannot be read.*delete it"):
        train(network(), EXAMPLES, None, options, checkpoint=tmp_path, description={"cell": "a"})
