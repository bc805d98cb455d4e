"""Who watches a training, and may end it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from textseq.errors import ArgumentError

Logs = dict[str, float]


class Observer:
    """The methods of a Keras callback, without a model, so that Keras need not be there.

    Attributes:
        params: `epochs`, `steps`, and of which of several networks: `network` and `networks`.
        stop_training: Set it to end the training after the batch.

    Example:
        >>> from textseq.network.training.observers import Observer
        >>> class Print(Observer):
        ...     def on_epoch_end(self, epoch, logs):
        ...         print(epoch, logs["loss"])
    """

    params: Mapping[str, Any]
    stop_training: bool = False

    def rate_factor(self) -> float:
        """Return what the learning rate is to be multiplied by."""
        return 1.0

    def on_train_begin(self) -> None:
        """Training begins."""

    def on_epoch_begin(self, epoch: int) -> None:
        """An epoch begins; they are counted from 0."""

    def on_train_batch_begin(self, batch: int) -> None:
        """A batch begins."""

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """A batch ended; `logs` are the means of the epoch so far."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """An epoch ended."""

    def on_train_end(self, logs: Logs) -> None:
        """Training ended."""


def split_callbacks(callbacks: Any) -> tuple[list[Observer], list[Any]]:
    """Return the observers and the Keras callbacks among what `fit` was given.

    Args:
        callbacks: Several, or one, or None.

    Raises:
        ArgumentError: One is neither.

    Example:
        >>> from textseq.network.training.observers import Observer, split_callbacks
        >>> observers, of_keras = split_callbacks([Observer()])
        >>> len(observers), of_keras
        (1, [])
    """
    if callbacks is None:  # as Keras has it
        return [], []
    given = [*callbacks] if isinstance(callbacks, Iterable) else [callbacks]
    for one in given:
        if not isinstance(one, Observer) and not _is_of_keras(one):
            raise ArgumentError(
                f"`callbacks` must hold Keras callbacks, such as "
                f"keras.callbacks.LambdaCallback(on_epoch_end=...), or textseq's observers. "
                f"Received: {one!r} of type {type(one).__name__}."
            )
    observers = [one for one in given if isinstance(one, Observer)]
    return observers, [one for one in given if not isinstance(one, Observer)]


def _is_of_keras(callback: Any) -> bool:
    """Return whether this is a Keras callback; where Keras was never imported, there is none."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(callback, keras.callbacks.Callback)
