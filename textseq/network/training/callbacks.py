"""Keras's callbacks in a training whose optimizer is not Keras's.

A callback sees the model with the averaged weights after each epoch, and an optimizer that holds
the learning rate: what a callback makes of it counts. Of several networks, each one's files go to
a folder of its own.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from textseq.errors import ArgumentError
from textseq.network.model_weights import set_named_weights
from textseq.network.training.observers import Logs, Observer
from textseq.network.training.trainable import Trainable

_PATHS = {
    keras.callbacks.TensorBoard: "log_dir",
    keras.callbacks.CSVLogger: "filename",
    keras.callbacks.ModelCheckpoint: "filepath",
}
"""The attribute in which a callback keeps the path that it writes to."""

_REFUSED = {
    keras.callbacks.BackupAndRestore: "it cannot restore the state of this training; give "
    "`checkpoint`, a folder, to `fit` (--checkpoint), from which training resumes exactly",
    keras.callbacks.SwapEMAWeights: "the weights are averaged over steps already; leave it out",
}


def check_callbacks(callbacks: Sequence[keras.callbacks.Callback]) -> None:
    """Raise an error, before long work, where a callback cannot work here.

    Raises:
        ArgumentError: The message says why.
    """
    for callback in callbacks:
        reason = _why_not(callback)
        if reason:
            raise ArgumentError(f"The callback {type(callback).__name__} cannot be used: {reason}.")


def _why_not(callback: keras.callbacks.Callback) -> str | None:
    for kind, reason in _REFUSED.items():
        if isinstance(callback, kind):
            return reason
    if isinstance(callback, keras.callbacks.ModelCheckpoint) and callback.save_freq != "epoch":
        return "the model gets its weights after each epoch; give save_freq='epoch'"
    if isinstance(callback, keras.callbacks.TensorBoard) and not _has_tensorboard():
        figures = ("histogram_freq", "embeddings_freq", "write_images", "_should_trace")
        if any(getattr(callback, name, False) for name in figures):
            return (
                "histograms, images, embeddings and profiles need the package tensorboard, which "
                "is not installed; install it with: pip install tensorboard, or leave them out"
            )
    return None


def _has_tensorboard() -> bool:
    return importlib.util.find_spec("tensorboard") is not None


class KerasCallbacks(Observer):
    """Keras's callbacks as an observer.

    Args:
        callbacks: Keras callbacks.
        model: What they see; it gets an optimizer that holds the learning rate.
        network: The network in training, whose weights the model gets after each epoch.
        rate: The largest learning rate.
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        model: keras.Model,
        network: Trainable,
        rate: float,
    ) -> None:
        self.callbacks, self.model, self.network = callbacks, model, network
        self.rate = float(np.float32(rate))
        model.optimizer = keras.optimizers.Adam(float(rate))
        metrics = {metric.name: metric for metric in model.head.all_metrics.values()}
        for callback in callbacks:
            # Keras would ask the model's compiled metrics for the direction.
            monitored = metrics.get(getattr(callback, "monitor", "").removeprefix("val_"))
            if getattr(callback, "mode", None) == "auto" and monitored is not None:
                callback.mode = "min" if monitored.lower_is_better else "max"
            if isinstance(callback, keras.callbacks.TensorBoard) and not _has_tensorboard():
                callback._summary_module = Scalars()

    def rate_factor(self) -> float:
        """By what callbacks have multiplied the learning rate."""
        now = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        return float(now) / self.rate

    def on_train_begin(self) -> None:
        """Training begins."""
        self._copy_weights()
        self.model.stop_training = False
        self.list = keras.callbacks.CallbackList(
            list(self.callbacks), model=self.model, verbose=0, **self.params
        )
        self.list.on_train_begin()

    def on_epoch_begin(self, epoch: int) -> None:
        """An epoch begins."""
        self.list.on_epoch_begin(epoch)

    def on_train_batch_begin(self, batch: int) -> None:
        """A batch begins."""
        self.list.on_train_batch_begin(batch)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """A batch ended."""
        self.list.on_train_batch_end(batch, logs)
        self.stop_training = self.model.stop_training

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """An epoch ended."""
        self._copy_weights()
        self.model.optimizer.iterations.assign((epoch + 1) * self.params["steps"])
        self.list.on_epoch_end(epoch, logs)
        self.stop_training = self.model.stop_training

    def on_train_end(self, logs: Logs) -> None:
        """Training ended."""
        self._copy_weights()
        self.list.on_train_end(logs=logs)

    def _copy_weights(self) -> None:
        """Give the model the network's weights, unless it is the network itself."""
        if getattr(self.network, "model", None) is not self.model:
            set_named_weights(self.model, self.network.weights())

    @contextlib.contextmanager
    def of(self, network: int, networks: int) -> Iterator[None]:
        """Let callbacks write to a folder `network_1` and so on, where there are several."""
        before: list[tuple[Any, str, Any]] = []
        for callback in self.callbacks if networks > 1 else ():
            if isinstance(callback, keras.callbacks.ModelCheckpoint):
                before.append((callback, "best", callback.best))  # each network has its own
            for kind, name in _PATHS.items():
                if isinstance(callback, kind):
                    path = Path(getattr(callback, name))
                    before.append((callback, name, getattr(callback, name)))
                    folder = path if name == "log_dir" else path.parent
                    folder = folder / f"network_{network}"
                    folder.mkdir(parents=True, exist_ok=True)
                    setattr(
                        callback, name, str(folder if name == "log_dir" else folder / path.name)
                    )
        try:
            yield
        finally:
            for callback, name, value in before:
                setattr(callback, name, value)


class Scalars:
    """`tensorflow.summary` with scalars that are written without the package tensorboard."""

    def __getattr__(self, name: str) -> Any:
        import tensorflow as tf

        return getattr(tf.summary, name)

    @staticmethod
    def scalar(name: str, data: Any, step: Any = None) -> Any:
        """Write a scalar; see `tensorflow.summary.scalar`."""
        import tensorflow as tf

        metadata = tf.compat.v1.SummaryMetadata()
        metadata.plugin_data.plugin_name = "scalars"
        return tf.summary.write(name, tf.constant(data, tf.float32), step=step, metadata=metadata)
