"""Training: batches of similar length, the loop, and when to stop.

What a recurrent network computes on padding is wasted, so documents are cut into batches with
others of about their length; chance still decides which, anew in every epoch.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from textseq.sequences import Sequences

POOL_BATCHES = 50
"""Documents are sorted by length within random pools of so many batches."""


class LengthBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
    """Batches of documents of similar length, padded behind to the longest of each batch.

    Args:
        sequences: The documents' ids.
        targets: Class numbers: int, shape (documents,).
        weights: What each document counts for in the loss: float, shape (documents,); None for 1.
        batch_size: Documents in a batch.
        seed: Of the order; None keeps the documents sorted by length, for validation.
    """

    def __init__(
        self,
        sequences: Sequences,
        targets: npt.NDArray[np.int64],
        weights: npt.NDArray[np.float32] | None = None,
        batch_size: int = 256,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        self.sequences = sequences
        self.targets = targets
        self.weights = np.ones(len(targets), np.float32) if weights is None else weights
        self.batch_size = batch_size
        self.random = None if seed is None else np.random.default_rng(seed)
        self.batches: list[npt.NDArray[np.int64]] = []
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Draw the next epoch's batches."""
        lengths = self.sequences.lengths
        size = self.batch_size
        if self.random is None:
            order = np.argsort(lengths, kind="stable")
            self.batches = [order[i : i + size] for i in range(0, len(order), size)]
            return
        order = self.random.permutation(len(lengths))
        pool = size * POOL_BATCHES
        batches = []
        for start in range(0, len(order), pool):
            members = order[start : start + pool]
            members = members[np.argsort(lengths[members], kind="stable")]
            batches += [members[i : i + size] for i in range(0, len(members), size)]
        self.batches = [batches[i] for i in self.random.permutation(len(batches))]

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        documents = self.batches[index]
        sequences = self.sequences[documents]
        return (
            sequences.pad(self._width(index), padding="post"),
            self.targets[documents],
            self.weights[documents],
        )

    def _width(self, index: int) -> int:
        # Width 1 at least: Keras's recurrent layers cannot run over no time steps.
        width = max(1, int(self.sequences.lengths[self.batches[index]].max()))
        # Keras takes a width that the first two batches share for that of all batches.
        if index == 0 and len(self.batches) > 1 and width == self._width(1):
            width += 1
        return width


def train(
    model: keras.Model,
    training: LengthBatches,
    validation: LengthBatches | None,
    *,
    epochs: int,
    patience: int,
    learning_rate: float,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, list[float]]:
    """Fit the model's weights; with a validation set, stop early and keep the best epoch's.

    The weights are averaged over the last steps (Polyak and Juditsky 1992), which takes the luck
    out of where the last step happened to land.

    Args:
        model: As `build_model` makes it, with an output layer.
        training: The batches to learn from.
        validation: The batches that decide when to stop; None trains for all `epochs`.
        epochs: At most so many passes over the training set.
        patience: Stop after so many epochs in which validation accuracy did not improve.
        learning_rate: Adam's, at the start; it falls along a cosine over all `epochs`.
        callbacks: Further Keras callbacks.

    Returns:
        The history: `loss` and `accuracy`, `val_loss` and `val_accuracy`, a number per epoch.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate, decay_steps=max(1, epochs * len(training)), alpha=0.05
    )
    model.compile(
        optimizer=keras.optimizers.Adam(
            schedule, clipnorm=1.0, use_ema=True, ema_momentum=averaging(len(training))
        ),
        loss="sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],
    )
    # Validation, early stopping and the end of training all see the averaged weights.
    own = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]
    if validation is not None:
        own += [
            keras.callbacks.EarlyStopping(
                "val_accuracy", mode="max", patience=patience, restore_best_weights=True
            )
        ]
    history = model.fit(
        training,
        validation_data=validation,
        epochs=epochs,
        shuffle=False,  # the batches shuffle themselves, by length
        verbose=0,
        callbacks=[*own, *callbacks],
    )
    return {name: [float(x) for x in values] for name, values in history.history.items()}


def averaging(steps: int) -> float:
    """Return the momentum of a moving average over about half an epoch of so many steps.

    Example:
        >>> from textseq.classifier.training import averaging
        >>> averaging(200), averaging(1)
        (0.99, 0.0)
    """
    return max(0.0, 1 - 2 / steps)


def probabilities(model: keras.Model, sequences: Sequences) -> npt.NDArray[np.float32]:
    """Return what a Keras model makes of sequences: float32, shape (documents, classes)."""
    out = np.empty((len(sequences), model.output_shape[-1]), dtype=np.float32)
    batches = LengthBatches(sequences, np.zeros(len(sequences), dtype=np.int64))
    for documents, (ids, _, _) in zip(batches.batches, batches, strict=True):
        out[documents] = keras.ops.convert_to_numpy(model(ids, training=False))
    return out


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make everything random in Keras follow `seed`, and leave Python's and NumPy's state alone."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002


def split_validation(
    targets: npt.NDArray[np.int64], fraction: float, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return which documents to train on and which to validate on, each class in proportion.

    Where a class is too small to be in both parts, the classes are left to chance.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.training import split_validation
        >>> train, validation = split_validation(np.array([0, 1] * 10), 0.2, seed=0)
        >>> len(train), len(validation)
        (16, 4)
    """
    from sklearn.model_selection import train_test_split

    classes = np.count_nonzero(np.bincount(targets))
    held_out = max(1, math.ceil(len(targets) * fraction))
    can_stratify = np.bincount(targets)[np.unique(targets)].min() >= 2 and held_out >= classes
    training, validation = train_test_split(
        np.arange(len(targets)),
        test_size=held_out,
        random_state=seed,
        stratify=targets if can_stratify and len(targets) - held_out >= classes else None,
    )
    return training, validation
