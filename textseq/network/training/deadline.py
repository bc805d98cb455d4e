"""A training that ends at a point in time."""

from __future__ import annotations

import time

from textseq.network.training.observers import Logs, Observer


class Deadline(Observer):
    """Ends a training as Ctrl-C does, after the batch in which the time is over.

    At least one batch is trained, so that there is a network to keep.

    Args:
        at: The time, as `time.monotonic` counts it; None for never.

    Attributes:
        passed: Whether it ended the training.
        began: When the first network began to be trained; None where none did.

    Example:
        >>> import time
        >>> from textseq.network.training.deadline import Deadline
        >>> Deadline(time.monotonic() + 30).passed
        False
    """

    def __init__(self, at: float | None) -> None:
        self.at, self.passed = at, False
        self.began: float | None = None

    def on_train_begin(self) -> None:
        """Note when the first training began."""
        if self.began is None:
            self.began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """End the training if the time is over.

        Raises:
            KeyboardInterrupt: It is; the loop keeps the best weights so far.
        """
        if self.at is not None and time.monotonic() >= self.at:
            self.passed = True
            raise KeyboardInterrupt
