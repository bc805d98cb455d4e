"""Training: the loop over epochs, when to stop, and which weights to keep.

`gradients` computes a batch's loss and gradient in one compiled call, `optimizer` moves the weights
and averages them, `batches` draws the batches, `checkpoint` keeps the state on disk. All that
chance decides in an epoch follows from the seed and the number of the epoch, so that a training
that goes on from a checkpoint does what an unbroken one would have done.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from textseq.files.checkpoints import make_folder
from textseq.files.paths import StrPath
from textseq.network.model import set_named_weights, weight_values, without_embedding
from textseq.network.training import checkpoint as checkpoints
from textseq.network.training.aligned import aligned
from textseq.network.training.batches import Batch, Batches, Examples, choose_widths
from textseq.network.training.gradients import Gradients, Programs
from textseq.network.training.optimizer import LazyAdam, gather
from textseq.sequences.sequences import Sequences

Array = npt.NDArray[np.float32]
History = dict[str, list[float]]
Predict = Callable[[keras.Model, Sequences], Array]

READ_AT_ONCE = 256
"""Documents that `probabilities` reads in one call."""

FLOOR = 0.05
"""Where the learning rate's cosine ends, as a share of its height."""


@dataclass(frozen=True)
class Settings:
    """How to train.

    Args:
        epochs: At most so many passes over the training set.
        batch_size: Documents in a batch.
        learning_rate: Adam's, at its height.
        patience: Stop after so many epochs in which validation accuracy did not improve.
        warmup: Over so many epochs, or a part of one, the learning rate rises to its height; then
            it falls along a cosine (Loshchilov and Hutter 2017).
        clip_norm: A longer gradient is scaled down to this length; None leaves it.
        word_dropout: Share of the tokens that training leaves out, anew in each epoch.
        seed: Of everything random.
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 2e-3
    patience: int = 3
    warmup: float = 0.0
    clip_norm: float | None = 1.0
    word_dropout: float = 0.0
    seed: int = 0


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by Ctrl-C; the model has the best weights so far.

    Attributes:
        weights: The best weights so far, by name.
        history: Of the epochs that were finished.
    """

    def __init__(self, weights: dict[str, Array], history: History) -> None:
        super().__init__()
        self.weights, self.history = weights, history


def train(
    model: keras.Model,
    training: Examples,
    validation: Examples | None,
    settings: Settings,
    *,
    predict: Predict | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint: StrPath | None = None,
    description: dict[str, Any] | None = None,
    programs: Programs | None = None,
    told: Mapping[str, Any] | None = None,
) -> History:
    """Fit the model's weights; with a validation set, stop early and keep the best epoch's.

    The weights are averaged over the last steps (Polyak and Juditsky 1992), which takes the luck
    out of where the last step happened to land. Validation, callbacks and the result see the
    averaged weights.

    Args:
        model: As `build_model` makes it, with an output layer.
        training: What to learn from.
        validation: What decides when to stop; None trains for all epochs.
        settings: How to train.
        predict: From the model and sequences to probabilities; None for `probabilities`.
        callbacks: Keras callbacks. The learning rate is not theirs to change.
        checkpoint: A folder. The state is written there after each epoch, and read from there
            first where there is one.
        description: What else must be the same for a checkpoint to be continued.
        programs: Compiled steps of a model of the same parts and sizes, and to be added to.
        told: What callbacks find in their `params`, beside `epochs` and `steps`.

    Returns:
        The history: `loss` and `accuracy`, `val_loss` and `val_accuracy`, a number per epoch.

    Raises:
        ArtifactError: The checkpoint is damaged, or of other settings or data.
        TrainingInterrupted: Ctrl-C was pressed after the first step.
    """
    run = _Run(model, training, settings, {} if programs is None else programs)
    origin = {
        **(description or {}),
        **asdict(settings),
        **checkpoints.fingerprint(training, validation),
    }
    if checkpoint is not None:
        make_folder(checkpoint)  # before long work
        checkpoints.resume(Path(checkpoint), run.state, origin)
    model.stop_training = False
    watchers = keras.callbacks.CallbackList(
        list(callbacks),
        model=model,
        epochs=settings.epochs,
        steps=len(run.batches),
        verbose=0,
        **(told or {}),
    )
    watchers.on_train_begin()
    try:
        for epoch in range(run.state.epoch, settings.epochs):
            if run.state.finished:
                break
            watchers.on_epoch_begin(epoch)
            logs = run.epoch(epoch, watchers)
            run.show_average()
            if validation is not None:
                logs |= _validate(model, validation, predict or probabilities)
            watchers.on_epoch_end(epoch, logs)
            run.finish_epoch(logs)
            if checkpoint is not None:
                checkpoints.save(Path(checkpoint), run.state, origin)
    except KeyboardInterrupt:
        if not run.state.optimizer.step:
            raise
        run.show_best()
        raise TrainingInterrupted(weight_values(model), run.state.history) from None
    run.show_best()
    watchers.on_train_end(logs={name: values[-1] for name, values in run.state.history.items()})
    return run.state.history


@dataclass
class State:
    """All that changes in training, and so all that a checkpoint holds.

    Args:
        optimizer: The weights, Adam's moments, and the moving average.
        fixed: What else the network holds, such as the states of its random numbers.
        epoch: How many epochs are finished.
        history: What `train` returns.
        best: The weights of the best epoch by name; empty before the first.
        best_score: Its validation accuracy.
        waited: How many epochs have passed since.
        finished: Whether training is over.
    """

    optimizer: LazyAdam
    fixed: list[npt.NDArray[Any]]
    epoch: int = 0
    history: History = field(default_factory=dict)
    best: dict[str, Array] = field(default_factory=dict)
    best_score: float = -math.inf
    waited: int = 0
    finished: bool = False


class _Run:
    """One training: the model, its batches and its state."""

    def __init__(
        self, model: keras.Model, training: Examples, settings: Settings, programs: Programs
    ) -> None:
        self.model, self.settings = model, settings
        embedding = model.get_layer("embedding")
        rows, table = _gathered(embedding, training.sequences), None
        head = None if rows is None else without_embedding(model)
        if head is None or rows is None:
            rows = training.sequences.ids[:, None]
        else:
            (self.variable,) = embedding.weights
            table = np.array(keras.ops.convert_to_numpy(self.variable))
        learns = table is not None and embedding.trainable
        self.frozen = None if learns else table
        # Written to again by each batch of a width: new memory is slow to be first written to.
        self.buffers: dict[tuple[int, ...], Array] = {}
        self.gradients = Gradients(head or model, by_vectors=learns, programs=programs)
        self.batches = Batches(
            training,
            rows,
            settings.batch_size,
            choose_widths(training.sequences.lengths, settings.epochs),
            settings.word_dropout,
        )
        optimizer = LazyAdam(
            self.gradients.weights(),
            table if learns else None,
            momentum=averaging(len(self.batches)),
            clip_norm=settings.clip_norm,
        )
        self.state = State(optimizer, self.gradients.fixed)

    def epoch(self, epoch: int, watchers: keras.callbacks.CallbackList) -> dict[str, float]:
        """Pass over the training set once; return its loss and accuracy."""
        self.gradients.fixed = self.state.fixed
        documents, weight, loss, hits = 0, 0.0, 0.0, 0.0
        logs: dict[str, float] = {}
        for i, batch in enumerate(
            self.batches.epoch(np.random.default_rng([self.settings.seed, epoch]))
        ):
            watchers.on_train_batch_begin(i)
            batch_loss, batch_hits = self._step(batch)
            documents += batch.documents
            weight += float(batch.weights.sum())
            loss += batch_loss * batch.documents
            hits += batch_hits * batch.documents
            logs = {"loss": loss / documents, "accuracy": hits / weight if weight else 0.0}
            watchers.on_train_batch_end(i, logs)
            if self.model.stop_training:
                break
        self.state.fixed = self.gradients.fixed
        return logs

    def _step(self, batch: Batch) -> tuple[float, float]:
        """Move the weights by one batch; return its mean loss and mean weighted hits."""
        optimizer = self.state.optimizer
        inputs: list[npt.NDArray[Any]] = [batch.rows[:, :, 0]]
        if self.frozen is not None or optimizer.table is not None:
            inputs = [self._vectors(batch), inputs[0] != 0]
        loss, hits, dense, vectors = self.gradients(
            optimizer.dense.values[0],
            inputs,
            batch.targets,
            batch.weights / np.float32(batch.documents),
        )
        rate = learning_rate(self.settings, optimizer.step, len(self.batches))
        optimizer.update(rate, dense, batch.rows, vectors)
        return loss, hits

    def _vectors(self, batch: Batch) -> Array:
        optimizer, shape = self.state.optimizer, batch.rows.shape[:2]
        if shape not in self.buffers:
            self.buffers[shape] = aligned((*shape, self.variable.shape[1]))
        if self.frozen is None:
            return optimizer.vectors(batch.rows, self.buffers[shape])
        gather(self.frozen, batch.rows, self.buffers[shape])
        return self.buffers[shape]

    def show_average(self) -> None:
        """Give the model the averaged weights."""
        dense, table = self.state.optimizer.averaged()
        self.gradients.assign(dense)
        if table is not None:
            self.variable.assign(table)

    def finish_epoch(self, logs: dict[str, float]) -> None:
        """Note the epoch's figures, keep its weights if they are the best, and see if to stop."""
        state = self.state
        state.epoch += 1
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            if name in logs:
                state.history.setdefault(name, []).append(float(logs[name]))
        if "val_accuracy" in logs:
            state.waited += 1
            if logs["val_accuracy"] > state.best_score:
                state.best, state.best_score = weight_values(self.model), logs["val_accuracy"]
                state.waited = 0
            state.finished = state.waited >= max(1, self.settings.patience)
        state.finished |= self.model.stop_training or state.epoch == self.settings.epochs

    def show_best(self) -> None:
        """Give the model the best epoch's weights, or without validation those of now."""
        if self.state.best:
            set_named_weights(self.model, self.state.best)
        else:
            self.show_average()


def _gathered(embedding: keras.Layer, sequences: Sequences) -> npt.NDArray[np.int32] | None:
    """Return the rows that each token gathers, or None where the embedding does not say."""
    if type(embedding) is keras.layers.Embedding:
        plain = not (embedding.embeddings_constraint or embedding.embeddings_regularizer)
        return sequences.ids[:, None] if plain and embedding.mask_zero else None
    return embedding.gathered(sequences) if hasattr(embedding, "gathered") else None


def _validate(model: keras.Model, validation: Examples, predict: Predict) -> dict[str, float]:
    shares = predict(model, validation.sequences)
    right = shares[np.arange(len(shares)), validation.targets]
    return {
        "val_loss": float(-np.log(np.maximum(right, 1e-7)).mean()),
        "val_accuracy": float((shares.argmax(axis=1) == validation.targets).mean()),
    }


def learning_rate(settings: Settings, step: int, steps: int) -> float:
    """Return the learning rate of a step, counted from 0, with so many steps to an epoch.

    Example:
        >>> from textseq.network.training.loop import Settings, learning_rate
        >>> settings = Settings(epochs=2, learning_rate=1.0, warmup=0.5)
        >>> [round(learning_rate(settings, step, steps=4), 2) for step in range(8)]
        [0.5, 1.0, 1.0, 0.94, 0.76, 0.53, 0.29, 0.11]
    """
    rising = round(settings.warmup * steps)
    if step < rising:
        return settings.learning_rate * (step + 1) / rising
    passed = (step - rising) / max(1, settings.epochs * steps - rising)
    height = FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * min(1.0, passed))) / 2
    return settings.learning_rate * height


def averaging(steps: int) -> float:
    """Return the momentum of a moving average over about half an epoch of so many steps.

    Example:
        >>> from textseq.network.training.loop import averaging
        >>> averaging(200), averaging(1)
        (0.99, 0.0)
    """
    return max(0.0, 1 - 2 / steps)


def probabilities(model: keras.Model, sequences: Sequences) -> Array:
    """Return what a Keras model makes of sequences: float32, shape (documents, classes)."""
    out = np.empty((len(sequences), model.output_shape[-1]), dtype=np.float32)
    order = np.argsort(sequences.lengths, kind="stable")
    for start in range(0, len(order), READ_AT_ONCE):
        documents = order[start : start + READ_AT_ONCE]
        batch = sequences[documents]
        # Width 1 at least: Keras's recurrent layers cannot run over no time steps.
        ids = batch.pad(max(1, int(batch.lengths.max())), padding="post")
        out[documents] = keras.ops.convert_to_numpy(model(ids, training=False))
    return out


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make everything random in Keras follow `seed`, and leave Python's and NumPy's state alone."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002


def split_validation(
    targets: npt.NDArray[np.int64], fraction: float, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return which documents to train on and which to validate on, each class in proportion.

    Where a class is too small to be in both parts, the classes are left to chance.

    Example:
        >>> import numpy as np
        >>> from textseq.network.training.loop import split_validation
        >>> train, validation = split_validation(np.array([0, 1] * 10), 0.2, seed=0)
        >>> len(train), len(validation)
        (16, 4)
    """
    from sklearn.model_selection import train_test_split

    classes = np.count_nonzero(np.bincount(targets))
    held_out = max(1, math.ceil(len(targets) * fraction))
    can_stratify = np.bincount(targets)[np.unique(targets)].min() >= 2 and held_out >= classes
    training, validation = train_test_split(
        np.arange(len(targets)),
        test_size=held_out,
        random_state=seed,
        stratify=targets if can_stratify and len(targets) - held_out >= classes else None,
    )
    return training, validation
