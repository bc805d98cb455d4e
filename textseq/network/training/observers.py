"""Who watches a training, and may end it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
