"""A table of a training's epochs, a row as each one ends."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    from rich.console import Console
    from rich.status import Status

COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy")


class EpochTable:
    """Print a row for each epoch, and on a terminal how far the current one is.

    Args:
        console: Where to print.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.status: Status | None = None

    def __enter__(self) -> EpochTable:
        if self.console.is_terminal:
            self.status = self.console.status("Starting ...")
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

    def callback(self) -> keras.callbacks.Callback:
        """Return the Keras callback that fills the table."""
        import keras

        table = self

        class Row(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
            def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
                self.epoch, self.started = epoch + 1, time.monotonic()

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
                table.progress(self.epoch, self.params["epochs"], batch + 1, self.params["steps"])

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                if epoch == 0:
                    table.header(logs or {})
                table.row(epoch + 1, logs or {}, time.monotonic() - self.started)

        return Row()

    def header(self, logs: dict[str, float]) -> None:
        """Print the names of the columns: with validation texts there are two more."""
        names = " ".join(f"{name:>12}" for name in COLUMNS if name in logs)
        self.console.print(f"epoch {names}  seconds", highlight=False)

    def progress(self, epoch: int, epochs: int, batch: int, batches: int) -> None:
        """Show how far the current epoch is."""
        if self.status is not None:
            self.status.update(f"epoch {epoch} of at most {epochs}: batch {batch} of {batches}")

    def row(self, epoch: int, logs: dict[str, float], seconds: float) -> None:
        """Print an epoch's figures."""
        figures = " ".join(f"{logs[name]:>12.4f}" for name in COLUMNS if name in logs)
        self.console.print(f"{epoch:>5} {figures}  {seconds:>7.1f}", highlight=False)
