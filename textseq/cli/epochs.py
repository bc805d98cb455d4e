"""Progress of a training: a table with a row per epoch, and a progress line on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from textseq.cli.console import progress_line, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from textseq.network.training.observers import Observer
    from textseq.word2vec.epochs import Progress

WIDTH = 14
"""Characters of a column."""

UPDATE_INTERVAL = 0.1
"""Seconds between two updates of the progress line."""


class ProgressLine:
    """A progress line at the bottom of a terminal; nothing where there is no terminal."""

    def __init__(self, console: Console, doing: str) -> None:
        self.console, self.doing = console, doing
        self.status: Status | None = None
        self.updated = 0.0

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.shown = progress_line(self.console, self.doing)
            self.status = self.shown.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.status is not None:
            self.shown.__exit__(*error)

    def show(self, text: Callable[[], str]) -> None:
        """Update the line to what `text` returns, at most ten times a second."""
        now = time.monotonic()
        if self.status is not None and now - self.updated >= UPDATE_INTERVAL:
            self.updated = now
            self.status.update(text())


class EpochTable(ProgressLine):
    """A table with a row per epoch, and the progress of the current epoch on a terminal."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "Starting ...")
        self.first: int | None = None
        self.started = 0.0
        self.network, self.networks = 1, 1
        self.validated = ""
        self.headed = False

    def observer(self) -> Observer:
        """Return the observer of a training that fills the table."""
        from textseq.network.training.observers import Observer

        table = self

        class Row(Observer):
            def on_epoch_begin(self, epoch: int) -> None:
                self.epoch, self.started = epoch, time.monotonic()
                table.begin(epoch, self.params)

            def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
                done = batch + 1, self.params["steps"]
                table.progress(self.epoch, self.params["epochs"], done, logs)

            def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
                table.row(epoch + 1, logs, time.monotonic() - self.started)

        return Row()

    def begin(self, epoch: int, params: Mapping[str, Any]) -> None:
        """Note the network in training, and the start of the first epoch of this process."""
        self.network, self.networks = params.get("network", 1), params.get("networks", 1)
        if self.first is None:  # not always epoch 0: a checkpoint may have been resumed
            self.first, self.started = self._passed(epoch, params["epochs"]), time.monotonic()

    def _passed(self, epoch: int, epochs: int) -> int:
        """Return the number of epochs before this one, if earlier networks did not stop early."""
        return (self.network - 1) * epochs + epoch

    def progress(
        self, epoch: int, epochs: int, done: tuple[int, int], logs: dict[str, float]
    ) -> None:
        """Update the progress line: loss, last validation accuracy, time left."""

        def line() -> str:
            (batch, batches), first = done, self.first or 0
            passed = self._passed(epoch, epochs) - first + batch / batches
            left = (time.monotonic() - self.started) / passed
            left *= self.networks * epochs - first - passed
            return (
                f"{self._which(f'network {self.network} of {self.networks}, ')}"
                f"epoch {epoch + 1} of at most {epochs}: batch {batch} of {batches}, "
                f"loss {logs.get('loss', 0):.4f}{self.validated}, at most {clock(left)} left"
            )

        self.show(line)

    def row(self, epoch: int, logs: dict[str, float], seconds: float) -> None:
        """Print the row of an epoch, after the header if it is the first."""
        # Keras's names, two more with validation data: loss, accuracy, val_loss, val_accuracy.
        names = [name for name in logs if not name.endswith("mse")]  # which is the loss
        if not self.headed:
            columns = (name if name.startswith("val_") else f"train_{name}" for name in names)
            header = " ".join(f"{column:>{WIDTH}}" for column in columns)
            self.console.print(f"{self._which('network ')}epoch {header}  seconds", highlight=False)
        metrics = [name for name in names if name.startswith("val_") and name != "val_loss"]
        self.validated = "".join(f", {name} {logs[name]:.4f}" for name in metrics)
        self.headed = True
        figures = " ".join(f"{logs[name]:>{WIDTH}.4f}" for name in names)
        network = self._which(f"{self.network:>7} ")
        self.console.print(f"{network}{epoch:>5} {figures}  {seconds:>7.1f}", highlight=False)

    def _which(self, network: str) -> str:
        """Return text about the network if there is more than one, else nothing."""
        return network if self.networks > 1 else ""


class WordEpochs(ProgressLine):
    """A line per epoch of a training of word vectors, and a progress line on a terminal."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, "Encoding ...")

    def __call__(self, progress: Progress) -> None:
        """Print the line of an epoch that ended, and update the progress line."""
        loss = "" if progress.loss is None else f", loss {progress.loss:.3f} a word"
        speed = f"{progress.words_a_second:,.0f} words/s"
        line = f"Epoch {progress.epoch} of {progress.epochs}: {speed}{loss}"
        if progress.epoch_ended:
            say(line)
        share = progress.words / progress.words_an_epoch
        self.show(lambda: f"{line}, {share:.0%}, {clock(progress.seconds_left)} left")


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, or hours and minutes."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02} h"
