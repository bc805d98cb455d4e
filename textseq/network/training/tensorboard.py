"""Writes event files for TensorBoard, which need not be installed here."""

from __future__ import annotations

from typing import Any

import keras

from textseq.files.paths import StrPath


class TensorBoardLog(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Writes each epoch's loss and accuracy, under Keras's names such as `epoch_val_loss`.

    `keras.callbacks.TensorBoard` needs TensorBoard's own package to write; TensorFlow does not.

    Args:
        folder: Where the event files go; it is made if it does not exist.
    """

    def __init__(self, folder: StrPath) -> None:
        super().__init__()
        import tensorflow as tf

        self._writer = tf.summary.create_file_writer(str(folder))
        self._metadata = tf.compat.v1.SummaryMetadata()
        self._metadata.plugin_data.plugin_name = "scalars"

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the epoch's values, and flush them to disk."""
        import tensorflow as tf

        with self._writer.as_default():
            for name, value in (logs or {}).items():
                figure = tf.constant(value, tf.float32)
                tf.summary.write(f"epoch_{name}", figure, step=epoch, metadata=self._metadata)
        self._writer.flush()
