"""Training: the loop over epochs, early stopping, and which weights to keep.

    batches -> train_step: loss and gradient, compiled -> optimizer: weights and their average
                                                       -> checkpoint: the state on disk

Everything random in an epoch follows from the seed and the epoch's index, so that a training
resumed from a checkpoint does what an unbroken one would have done.
"""

from __future__ import annotations

import contextlib
import math
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from textseq.compute.aligned import aligned
from textseq.errors import ArgumentError
from textseq.files.checkpoints import make_folder
from textseq.files.paths import StrPath
from textseq.network.arrays import AnyArray, FloatArray, Rows, is_finite
from textseq.network.model_weights import set_named_weights, weight_values, without_embedding
from textseq.network.training.adam_kernels import gather
from textseq.network.training.batches import Batch, Batches, Examples, choose_widths
from textseq.network.training.callbacks import watch
from textseq.network.training.checkpoint import History, State, data_digests, resume, save
from textseq.network.training.optimizer import LazyAdam
from textseq.network.training.options import TrainingOptions, averaging_momentum, learning_rate
from textseq.network.training.train_step import Programs, TrainStep

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences

Predict = Callable[[keras.Model, "Sequences"], FloatArray]

PREDICTION_BATCH = 256
"""Documents in a batch of `probabilities`."""


_SEEDED = threading.RLock()  # a callback may itself train a network


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by Ctrl-C; the model has the best weights so far.

    Attributes:
        weights: The best weights so far, by name.
        history: That of the finished epochs.
    """

    def __init__(self, weights: dict[str, FloatArray], history: History) -> None:
        super().__init__()
        self.weights, self.history = weights, history


def train(
    model: keras.Model,
    training: Examples,
    validation: Examples | None,
    options: TrainingOptions,
    *,
    predict: Predict | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint: StrPath | None = None,
    description: dict[str, Any] | None = None,
    programs: Programs | None = None,
    callback_params: Mapping[str, Any] | None = None,
) -> History:
    """Fit the model's weights; with a validation set, stop early and keep the best epoch.

    The weights are averaged over the last steps (Polyak and Juditsky 1992), which removes the noise
    of single steps. Validation, callbacks and the result see the averaged weights.

    Args:
        model: As `build_model` makes it, with a head.
        training: The training set.
        validation: The validation set, for early stopping; None trains for all epochs.
        options: How to train.
        predict: From the model and sequences to predictions; None for `probabilities`.
        callbacks: Keras callbacks; see `callbacks`. Where they change the optimizer's learning
            rate, the rates of all later steps change in proportion.
        checkpoint: A folder. The state is written there after each epoch; if it holds one already,
            training resumes from it.
        description: What else must be the same for a checkpoint to be resumed.
        programs: Steps compiled for a model of the same parts and sizes; new ones are added.
        callback_params: Further entries of the callbacks' `params`, beside `epochs` and `steps`.

    Returns:
        The history, a value per epoch: `loss`, the metric of the head such as `accuracy`, and with
        a validation set both after `val_`.

    Raises:
        ArgumentError: Training diverged: the loss or a weight is no finite number.
        ArtifactError: The checkpoint is damaged, or of other options or data.
        TrainingInterrupted: Ctrl-C was pressed after the first step.
    """
    run = _Run(model, training, options, {} if programs is None else programs)
    digests = data_digests(training, validation)
    fingerprint = {**(description or {}), **asdict(options), **digests}
    if checkpoint is not None:
        make_folder(checkpoint)  # fail before long work
        shapes = {name: weight.shape for name, weight in weight_values(model).items()}
        resume(Path(checkpoint), run.state, fingerprint, shapes)
    model.stop_training = False
    watch(callbacks, model, options.learning_rate, model.head.metric_name)
    watchers = keras.callbacks.CallbackList(
        list(callbacks),
        model=model,
        epochs=options.epochs,
        steps=len(run.batches),
        verbose=0,
        **(callback_params or {}),
    )
    watchers.on_train_begin()
    try:
        for epoch in range(run.state.epoch, options.epochs):
            if run.state.finished:
                break
            watchers.on_epoch_begin(epoch)
            logs = run.epoch(epoch, watchers)
            run.assign_average(epoch + 1)
            model.optimizer.iterations.assign(run.state.optimizer.step)
            if validation is not None:
                logs |= run.validate(validation, predict or probabilities)
            watchers.on_epoch_end(epoch, logs)
            run.finish_epoch(logs)
            if checkpoint is not None:
                save(Path(checkpoint), run.state, fingerprint)
    except KeyboardInterrupt:
        if not run.state.optimizer.step:
            raise
        run.assign_best()
        raise TrainingInterrupted(weight_values(model), run.state.history) from None
    run.assign_best()
    watchers.on_train_end(logs={name: values[-1] for name, values in run.state.history.items()})
    return run.state.history


class _Run:
    """One training: the model, its batches and its state."""

    def __init__(
        self, model: keras.Model, training: Examples, options: TrainingOptions, programs: Programs
    ) -> None:
        self.model, self.head, self.options = model, model.head, options
        embedding = model.get_layer("embedding")
        rows, table = _gathered_rows(embedding, training.sequences), None
        rest = None if rows is None else without_embedding(model)
        if rest is None or rows is None:
            rows = training.sequences.ids[:, None]
        else:
            (self.variable,) = embedding.weights
            table = np.array(keras.ops.convert_to_numpy(self.variable))
        learns = table is not None and embedding.trainable
        # Reused by each batch of a width: the first write to new memory is slow.
        self.buffers: dict[tuple[int, ...], FloatArray] = {}
        self.train_step = TrainStep(rest or model, self.head, by_vectors=learns, programs=programs)
        widths = choose_widths(training.sequences.lengths, options.epochs)
        self.batches = Batches(training, rows, options.batch_size, widths, options.word_dropout)
        optimizer = LazyAdam(
            self.train_step.weights(),
            table if learns else None,
            momentum=averaging_momentum(len(self.batches)),
            clip_norm=options.clip_norm,
        )
        self.state = State(optimizer, self.train_step.fixed)
        # The embedding's rows, whether they are trained or not.
        self.table = table if optimizer.table is None else optimizer.table.values

    def epoch(self, epoch: int, watchers: keras.callbacks.CallbackList) -> dict[str, float]:
        """Pass over the training set once; return its loss and metric."""
        self.train_step.fixed = self.state.fixed
        documents, weight, loss, metric = 0, 0.0, 0.0, 0.0
        logs: dict[str, float] = {}
        drawn = self.batches.epoch(np.random.default_rng([self.options.seed, epoch]))
        for i, batch in enumerate(drawn):
            watchers.on_train_batch_begin(i)
            batch_loss, batch_metric = self._step(batch)
            if not math.isfinite(batch_loss):
                raise diverged(f"the loss is {batch_loss} in epoch {epoch + 1}", self.options)
            documents += batch.documents
            weight += float(batch.weights.sum())
            loss += batch_loss * batch.documents
            metric += batch_metric * batch.documents
            mean_metric = metric / weight if weight else 0.0
            logs = {"loss": loss / documents, self.head.metric_name: mean_metric}
            watchers.on_train_batch_end(i, logs)
            if self.model.stop_training:
                break
        self.state.fixed = self.train_step.fixed
        return logs

    def _step(self, batch: Batch) -> tuple[float, float]:
        """Update the weights by one batch; return its mean loss and mean weighted metric."""
        optimizer = self.state.optimizer
        inputs: list[AnyArray] = [batch.rows[:, :, 0]]
        if self.table is not None:
            shape = (*batch.rows.shape[:2], self.table.shape[1])
            if shape not in self.buffers:
                self.buffers[shape] = aligned(shape)
            gather(self.table, batch.rows, self.buffers[shape])
            inputs = [self.buffers[shape], inputs[0] != 0]
        loss_weights = batch.weights / np.float32(batch.documents)
        loss, metric, dense, vectors = self.train_step(
            optimizer.dense.values[0], inputs, batch.targets, loss_weights
        )
        rate = learning_rate(self.options, optimizer.step, len(self.batches)) * self._rate_factor()
        optimizer.update(rate, dense, batch.rows, vectors)
        return loss, metric

    def _rate_factor(self) -> float:
        """Return by what callbacks have multiplied the learning rate."""
        now = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        return now / float(np.float32(self.options.learning_rate))

    def assign_average(self, epoch: int) -> None:
        """Set the model's weights to the averaged ones, if they are finite."""
        dense, table = self.state.optimizer.averaged()
        if not is_finite(dense) or (table is not None and not is_finite(table)):
            raise diverged(f"a weight is not finite after epoch {epoch}", self.options)
        self.train_step.assign(dense)
        if table is not None:
            self.variable.assign(table)

    def validate(self, validation: Examples, predict: Predict) -> dict[str, float]:
        """Return the loss and the metric on the validation set."""
        predictions = predict(self.model, validation.sequences)
        loss, metric = self.head.evaluate(validation.targets, predictions)
        return {"val_loss": loss, f"val_{self.head.metric_name}": metric}

    def finish_epoch(self, logs: dict[str, float]) -> None:
        """Record the epoch, keep its weights if they are the best, and decide whether to stop."""
        state = self.state
        state.epoch += 1
        metric = self.head.metric_name
        for name in ("loss", metric, "val_loss", f"val_{metric}"):
            if name in logs:
                state.history.setdefault(name, []).append(float(logs[name]))
        score = logs.get(f"val_{metric}")
        if score is not None:
            state.waited += 1
            if score > state.best_score:
                state.best, state.best_score = weight_values(self.model), score
                state.waited = 0
            state.finished = state.waited >= max(1, self.options.patience)
        state.finished |= self.model.stop_training or state.epoch == self.options.epochs

    def assign_best(self) -> None:
        """Set the model's weights to the best epoch's; without validation, to the average."""
        if self.state.best:
            set_named_weights(self.model, self.state.best)
        else:
            self.assign_average(self.state.epoch)


def diverged(how: str, options: TrainingOptions) -> ArgumentError:
    """Return the error of a training that diverged."""
    return ArgumentError(
        f"Training diverged: {how}; use a smaller learning rate (--learning-rate, learning_rate=). "
        f"Received: {options.learning_rate:g}."
    )


def _gathered_rows(embedding: keras.Layer, sequences: Sequences) -> Rows | None:
    """Return the rows that each token sums, or None where the embedding does not say."""
    if type(embedding) is keras.layers.Embedding:
        plain = not (embedding.embeddings_constraint or embedding.embeddings_regularizer)
        return sequences.ids[:, None] if plain and embedding.mask_zero else None
    return embedding.gathered(sequences) if hasattr(embedding, "gathered") else None


def probabilities(model: keras.Model, sequences: Sequences) -> FloatArray:
    """Return a Keras model's predictions of sequences: float32, shape (documents, outputs)."""
    out = np.empty((len(sequences), model.output_shape[-1]), dtype=np.float32)
    order = np.argsort(sequences.lengths, kind="stable")
    for start in range(0, len(order), PREDICTION_BATCH):
        documents = order[start : start + PREDICTION_BATCH]
        batch = sequences[documents]
        # Width 1 at least: Keras's recurrent layers cannot run over no time steps.
        ids = batch.pad(max(1, int(batch.lengths.max())), padding="post")
        out[documents] = keras.ops.convert_to_numpy(model(ids, training=False))
    return out


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed everything random in Keras, and restore Python's and NumPy's own state afterwards.

    These states are of the whole process, so that one thread at a time is let in.
    """
    with _SEEDED:
        python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
        keras.utils.set_random_seed(seed)
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002
