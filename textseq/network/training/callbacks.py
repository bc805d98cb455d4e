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

from textseq.errors import ArgumentError

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


def check_callbacks(callbacks: Sequence[Any]) -> None:
    """Raise an error, before long work, where a callback is none, or cannot work here.

    Raises:
        ArgumentError: The message says why.
    """
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            raise ArgumentError(
                f"`callbacks` must hold Keras callbacks, such as "
                f"keras.callbacks.LambdaCallback(on_epoch_end=...). Received: {callback!r} of type "
                f"{type(callback).__name__}."
            )
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


@contextlib.contextmanager
def folders_of_network(
    callbacks: Sequence[keras.callbacks.Callback], network: int, networks: int
) -> Iterator[None]:
    """Let callbacks write to a folder `network_1` and so on, where there are several networks."""
    before: list[tuple[Any, str, Any]] = []
    for callback in callbacks if networks > 1 else ():
        if isinstance(callback, keras.callbacks.ModelCheckpoint):
            before.append((callback, "best", callback.best))  # each network has its own
        for kind, name in _PATHS.items():
            if isinstance(callback, kind):
                path = Path(getattr(callback, name))
                before.append((callback, name, getattr(callback, name)))
                folder = path if name == "log_dir" else path.parent
                folder = folder / f"network_{network}"
                folder.mkdir(parents=True, exist_ok=True)
                setattr(callback, name, str(folder if name == "log_dir" else folder / path.name))
    try:
        yield
    finally:
        for callback, name, value in before:
            setattr(callback, name, value)


def watch(
    callbacks: Sequence[keras.callbacks.Callback], model: keras.Model, rate: float, metric: str
) -> None:
    """Prepare a model and callbacks for each other.

    Args:
        callbacks: Keras callbacks.
        model: Gets an optimizer that holds the learning rate.
        rate: The largest learning rate.
        metric: The metric's name, of which more is better.
    """
    model.optimizer = keras.optimizers.Adam(float(rate))
    for callback in callbacks:
        # Keras would ask the model's compiled metrics for the direction.
        monitored = getattr(callback, "monitor", "")
        if getattr(callback, "mode", None) == "auto" and monitored in (metric, f"val_{metric}"):
            callback.mode = "max"
        if isinstance(callback, keras.callbacks.TensorBoard) and not _has_tensorboard():
            callback._summary_module = Scalars()


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
