"""Training: the loop over epochs, early stopping, and which weights to keep.

    batches -> Trainable.step: loss and gradient -> optimizer: weights and their average
                                                 -> checkpoint: the state on disk

Everything random in an epoch follows from the seed and the epoch's index, so that a training
resumed from a checkpoint does what an unbroken one would have done.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from textseq.compute.interrupts import deferring_interrupts
from textseq.errors import ArgumentError
from textseq.files.checkpoints import make_folder
from textseq.files.paths import StrPath
from textseq.network.arrays import FloatArray, IntArray, is_finite
from textseq.network.training.batches import Batches, Data, choose_widths
from textseq.network.training.checkpoint import History, State, data_digests, resume, save
from textseq.network.training.observers import Observer
from textseq.network.training.optimizer import LazyAdam
from textseq.network.training.options import TrainingOptions, averaging_momentum, learning_rate
from textseq.network.training.trainable import Trainable


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by Ctrl-C; the network has the best weights so far.

    Attributes:
        weights: The best weights so far, by name.
        history: That of the finished epochs.
    """

    def __init__(self, weights: dict[str, FloatArray], history: History) -> None:
        super().__init__()
        self.weights, self.history = weights, history


def train(
    network: Trainable,
    training: Data,
    validation: Data | None,
    options: TrainingOptions,
    *,
    observers: Sequence[Observer] = (),
    checkpoint: StrPath | None = None,
    description: dict[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> History:
    """Fit the network's weights; with a validation set, stop early and keep the best epoch.

    The weights are averaged over the last steps (Polyak and Juditsky 1992), which removes the noise
    of single steps. Validation, observers and the result see the averaged weights.

    Args:
        network: An untrained network, made for the training set.
        training: The training set.
        validation: The validation set, for early stopping; None trains for all epochs.
        options: How to train.
        observers: Who watches, and may end the training.
        checkpoint: A folder. The state is written there after each epoch; if it holds one already,
            training resumes from it.
        description: What else must be the same for a checkpoint to be resumed.
        params: Further entries of the observers' `params`, beside `epochs` and `steps`.

    Returns:
        The history, a value per epoch: `loss`, the metric of the head such as `accuracy`, and with
        a validation set what `Trainable.validate` returns, after `val_`.

    Raises:
        ArgumentError: Training diverged: the loss or a weight is no finite number.
        ArtifactError: The checkpoint is damaged, or of other options or data.
        TrainingInterrupted: Ctrl-C was pressed after the first step.
    """
    run = _Run(network, training, options, observers)
    digests = data_digests(training, validation)
    fingerprint = {**(description or {}), **asdict(options), **digests}
    if checkpoint is not None:
        make_folder(checkpoint)  # fail before long work
        shapes = {name: weight.shape for name, weight in network.weights().items()}
        resume(Path(checkpoint), run.state, fingerprint, shapes)
    for observer in observers:
        observer.stop_training = False
        observer.params = {"epochs": options.epochs, "steps": len(run.batches), **(params or {})}
        observer.on_train_begin()
    try:
        with network.running():
            while run.state.epoch < options.epochs and not run.state.finished:
                run.epoch(validation)
                if checkpoint is not None:
                    save(Path(checkpoint), run.state, fingerprint)
    except KeyboardInterrupt:
        if not run.state.optimizer.step:
            raise
        run.assign_best()
        raise TrainingInterrupted(network.weights(), run.state.history) from None
    run.assign_best()
    for observer in observers:
        observer.on_train_end({name: values[-1] for name, values in run.state.history.items()})
    return run.state.history


class _Run:
    """One training: the network, its batches, its state, and who watches."""

    def __init__(
        self,
        network: Trainable,
        training: Data,
        options: TrainingOptions,
        observers: Sequence[Observer],
    ) -> None:
        self.network, self.options, self.observers = network, options, observers
        self.weights, self.metric = training.weights, network.metric_name
        lengths = training.lengths
        self.batches = Batches(lengths, options.batch_size, choose_widths(lengths, options.epochs))
        dense, table = network.start()
        optimizer = LazyAdam(
            dense,
            table if network.learns_table else None,
            momentum=averaging_momentum(len(self.batches)),
            clip_norm=options.clip_norm,
        )
        self.state = State(optimizer, network.fixed)
        # The embedding's rows, whether they are trained or not.
        self.table = table if table is None else table[:, None]
        if optimizer.table is not None:
            self.table = optimizer.table.rows

    def epoch(self, validation: Data | None) -> None:
        """Pass over the training set once, validate, and record it."""
        epoch = self.state.epoch
        for observer in self.observers:
            observer.on_epoch_begin(epoch)
        logs = self._steps(epoch)
        self.assign_average(epoch + 1)
        if validation is not None:
            found = self.network.validate(validation)
            logs |= {f"val_{name}": value for name, value in found.items()}
        names = [*logs]  # to which observers may add
        for observer in self.observers:
            observer.on_epoch_end(epoch, logs)
        self._finish_epoch({name: float(logs[name]) for name in names if name in logs})

    def _steps(self, epoch: int) -> dict[str, float]:
        """Take the steps of an epoch; return its loss and metric."""
        documents, weight, loss, metric = 0, 0.0, 0.0, 0.0
        logs: dict[str, float] = {}
        random = np.random.default_rng([self.options.seed, epoch])
        self.network.fixed = self.state.fixed
        for i, batch in enumerate(self.batches.epoch(random)):
            for observer in self.observers:
                observer.on_train_batch_begin(i)
            with deferring_interrupts():  # so that a step is taken whole, or not at all
                batch_loss, batch_metric = self._step(batch, random)
            if not math.isfinite(batch_loss):
                raise diverged(f"the loss is {batch_loss} in epoch {epoch + 1}", self.options)
            count = len(batch[1])
            documents += count
            weight += float(self.weights[batch[1]].sum())
            loss += batch_loss * count
            metric += batch_metric * count
            logs = {"loss": loss / documents, self.metric: metric / weight if weight else 0.0}
            for observer in self.observers:
                observer.on_train_batch_end(i, logs)
            if self._stopped():
                break
        self.state.fixed = self.network.fixed
        return logs

    def _step(
        self, batch: tuple[int, IntArray], random: np.random.Generator
    ) -> tuple[float, float]:
        """Update the weights by one batch; return its mean loss and mean weighted metric."""
        optimizer = self.state.optimizer
        step = self.network.step(optimizer.dense.values[0], self.table, batch, random)
        rate = learning_rate(self.options, optimizer.step, len(self.batches))
        for observer in self.observers:
            rate *= observer.rate_factor()
        optimizer.update(rate, step.gradient, step.rows, step.vectors)
        return step.loss, step.metric

    def _stopped(self) -> bool:
        return any(observer.stop_training for observer in self.observers)

    def assign_average(self, epoch: int) -> None:
        """Set the network's weights to the averaged ones, if they are finite."""
        dense, table = self.state.optimizer.averaged()
        if not is_finite(dense) or (table is not None and not is_finite(table)):
            raise diverged(f"a weight is not finite after epoch {epoch}", self.options)
        self.network.assign(dense, table)

    def _finish_epoch(self, logs: dict[str, float]) -> None:
        """Record the epoch, keep its weights if they are the best, and decide whether to stop."""
        state = self.state
        state.epoch += 1
        for name, value in logs.items():
            state.history.setdefault(name, []).append(value)
        selection = self.network.selection
        score = logs.get(f"val_{selection.name}")
        if score is not None:
            score = -score if selection.lower_is_better else score
            state.waited += 1
            if score > state.best_score:
                state.best, state.best_score = self.network.weights(), score
                state.waited = 0
            state.finished = state.waited >= max(1, self.options.patience)
        state.finished |= self._stopped() or state.epoch == self.options.epochs

    def assign_best(self) -> None:
        """Set the network's weights to the best epoch's; without validation, to the average."""
        if self.state.best:
            self.network.set_weights(self.state.best)
        else:
            self.assign_average(self.state.epoch)


def diverged(how: str, options: TrainingOptions) -> ArgumentError:
    """Return the error of a training that diverged."""
    return ArgumentError(
        f"Training diverged: {how}; use a smaller learning rate (--learning-rate, learning_rate=). "
        f"Received: {options.learning_rate:g}."
    )
