"""A table of a training's epochs, a row as each one ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import keras
    from rich.console import Console
    from rich.status import Status

COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy")

BETWEEN = 0.1
"""Seconds between two changes of the progress line."""


class ProgressLine:
    """A line at the foot of a terminal that says how far a training is; none elsewhere.

    Args:
        console: Where to print.
        doing: What to say at first.
    """

    def __init__(self, console: Console, doing: str) -> None:
        self.console = console
        self.status: Status | None = console.status(doing) if console.is_terminal else None
        self.shown = 0.0

    def __enter__(self) -> Self:
        if self.status is not None:
            self.status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.status is not None:
            self.status.stop()

    def show(self, text: Callable[[], str]) -> None:
        """Change the line to what `text` returns, unless it has just been changed."""
        now = time.monotonic()
        if self.status is not None and now - self.shown >= BETWEEN:
            self.shown = now
            self.status.update(text())


class EpochTable(ProgressLine):
    """Print a row for each epoch, and on a terminal how far the current one is.

    Args:
        console: Where to print.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console, "Starting ...")
        self.first: int | None = None
        self.started = 0.0
        self.network, self.networks = 1, 1
        self.validated: float | None = None
        self.headed = False

    def callback(self) -> keras.callbacks.Callback:
        """Return the Keras callback that fills the table."""
        import keras

        table = self

        class Row(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
            def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
                self.epoch, self.started = epoch, time.monotonic()
                table.begin(epoch, self.params)

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                done = batch + 1, self.params["steps"]
                table.progress(self.epoch, self.params["epochs"], done, logs or {})

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                table.row(epoch + 1, logs or {}, time.monotonic() - self.started)

        return Row()

    def begin(self, epoch: int, params: Mapping[str, Any]) -> None:
        """Note which network is in training, and when the first epoch of this process began."""
        self.network, self.networks = params.get("network", 1), params.get("networks", 1)
        if self.first is None:  # it may go on from a checkpoint
            self.first, self.started = self._passed(epoch, params["epochs"]), time.monotonic()

    def _passed(self, epoch: int, epochs: int) -> int:
        """Return how many epochs are behind this one, those of earlier networks at most."""
        return (self.network - 1) * epochs + epoch

    def header(self, logs: dict[str, float]) -> None:
        """Print the names of the columns: with validation texts there are two more."""
        names = " ".join(f"{name:>12}" for name in COLUMNS if name in logs)
        self.console.print(f"{self._which('network ')}epoch {names}  seconds", highlight=False)

    def progress(
        self, epoch: int, epochs: int, done: tuple[int, int], logs: dict[str, float]
    ) -> None:
        """Show how far the training is: its loss, the last validation score, the time left."""
        self.show(lambda: self._progress(epoch, epochs, done, logs))

    def _progress(
        self, epoch: int, epochs: int, done: tuple[int, int], logs: dict[str, float]
    ) -> str:
        (batch, batches), first = done, self.first or 0
        passed = self._passed(epoch, epochs) - first + batch / batches
        left = (time.monotonic() - self.started) / passed
        left *= self.networks * epochs - first - passed
        validated = f", val_accuracy {self.validated:.4f}" if self.validated is not None else ""
        return (
            f"{self._which(f'network {self.network} of {self.networks}, ')}"
            f"epoch {epoch + 1} of at most {epochs}: batch {batch} of {batches}, "
            f"loss {logs.get('loss', 0):.4f}{validated}, at most {clock(left)} left"
        )

    def row(self, epoch: int, logs: dict[str, float], seconds: float) -> None:
        """Print an epoch's figures, below the header if it is the first."""
        if not self.headed:
            self.header(logs)
        self.headed, self.validated = True, logs.get("val_accuracy")
        figures = " ".join(f"{logs[name]:>12.4f}" for name in COLUMNS if name in logs)
        network = self._which(f"{self.network:>7} ")
        self.console.print(f"{network}{epoch:>5} {figures}  {seconds:>7.1f}", highlight=False)

    def _which(self, network: str) -> str:
        """Return what tells the network, where there is more than one."""
        return network if self.networks > 1 else ""


def clock(seconds: float) -> str:
    """Return a length of time as minutes and seconds, or hours and minutes.

    Example:
        >>> from textseq.cli.epochs import clock
        >>> clock(83.4), clock(7380)
        ('1:23 min', '2:03 h')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02} h"
