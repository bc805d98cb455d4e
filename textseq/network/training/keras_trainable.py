"""The training step of a Keras model, which may have parts of the user's own, on padded batches."""

from __future__ import annotations

import contextlib
import random as python_random
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager

import keras
import numpy as np

from textseq.compute.aligned import aligned
from textseq.compute.compiled import compiled
from textseq.network.arrays import AnyArray, BoolArray, FloatArray, IntArray, Rows
from textseq.network.heads import Head
from textseq.network.model import probabilities
from textseq.network.model_weights import set_named_weights, weight_values, without_embedding
from textseq.network.training.adam_kernels import gather
from textseq.network.training.batches import Examples
from textseq.network.training.train_step import Programs, TrainStep
from textseq.network.training.trainable import Step
from textseq.sequences.sequences import Sequences

_SEEDED = threading.RLock()  # a callback may itself train a network


class KerasTrainable:
    """A `Trainable` that Keras differentiates.

    Args:
        model: As `build_model` makes it, with a head.
        training: The training set.
        batch_size: Documents in a batch.
        word_dropout: Dropout rate on tokens, which then become padding.
        metric: The metric by which the best epoch is chosen; see `Head.find_metric`.
        programs: Steps compiled for a model of the same parts and sizes; new ones are added.
    """

    def __init__(
        self,
        model: keras.Model,
        training: Examples,
        batch_size: int,
        word_dropout: float = 0.0,
        metric: str | None = None,
        programs: Programs | None = None,
    ) -> None:
        self.model, self.training, self.batch_size = model, training, batch_size
        self.head: Head = model.head
        self.metric_name, self.selection = self.head.metric_name, self.head.find_metric(metric)
        self.word_dropout = word_dropout
        embedding = model.get_layer("embedding")
        rows = _gathered_rows(embedding, training.sequences)
        rest = None if rows is None else without_embedding(model)
        self._variable = None
        if rest is None or rows is None:
            rows = training.sequences.ids[:, None]
        else:
            (self._variable,) = embedding.weights
        self._rows = rows
        self.learns_table = self._variable is not None and embedding.trainable
        programs = {} if programs is None else programs
        self._train_step = TrainStep(
            rest or model, self.head, by_vectors=self.learns_table, programs=programs
        )
        # Reused by each batch of a width: the first write to new memory is slow.
        self._buffers: dict[tuple[int, ...], FloatArray] = {}

    @property
    def fixed(self) -> list[AnyArray]:
        """What the model holds beside its trainable weights, as of the last step."""
        return self._train_step.fixed

    @fixed.setter
    def fixed(self, fixed: list[AnyArray]) -> None:
        self._train_step.fixed = fixed

    def start(self) -> tuple[FloatArray, FloatArray | None]:
        """Return the weights before training; see `Trainable`."""
        table = None
        if self._variable is not None:
            table = np.array(keras.ops.convert_to_numpy(self._variable))
        return self._train_step.weights(), table

    def running(self) -> AbstractContextManager[None]:
        """Hold nothing."""
        return contextlib.nullcontext()

    def step(
        self,
        dense: FloatArray,
        table: FloatArray | None,
        batch: tuple[int, IntArray],
        random: np.random.Generator,
    ) -> Step:
        """Return the loss and its gradient on a batch; see `Trainable`."""
        width, documents = batch
        rows = self._padded_rows(width, documents, random)
        inputs: list[AnyArray] = [rows[:, :, 0]]
        if table is not None:
            shape = (*rows.shape[:2], table.shape[2])
            if shape not in self._buffers:
                self._buffers[shape] = aligned(shape)
            gather(table, rows, self._buffers[shape])
            inputs = [self._buffers[shape], inputs[0] != 0]
        count = len(documents)
        known = self.training.targets[documents]
        kind = np.int32 if known.dtype.kind == "i" else np.float32
        targets = np.zeros((len(rows), *known.shape[1:]), kind)
        targets[:count] = known
        weights = np.zeros(len(rows), np.float32)
        weights[:count] = self.training.weights[documents] / np.float32(count)
        loss, metric, gradient, vectors = self._train_step(dense, inputs, targets, weights)
        return Step(loss, metric, gradient, rows, vectors)

    def _padded_rows(self, width: int, documents: IntArray, random: np.random.Generator) -> Rows:
        """Return the rows of documents, filled up with empty ones, as one shape is compiled."""
        rows = np.zeros((self.batch_size, width, self._rows.shape[1]), np.int32)
        _fill(self._rows, self.training.sequences.offsets, documents, rows)
        if self.word_dropout:
            _drop(rows, random.random(rows.shape[:2]) < self.word_dropout)
        return rows

    def assign(self, dense: FloatArray, table: FloatArray | None) -> None:
        """Set the weights; see `Trainable`."""
        self._train_step.assign(dense)
        if table is not None and self._variable is not None:
            self._variable.assign(table)

    def weights(self) -> dict[str, FloatArray]:
        """Return a copy of the weights by name."""
        return weight_values(self.model)

    def set_weights(self, weights: dict[str, FloatArray]) -> None:
        """Set the weights by name."""
        set_named_weights(self.model, weights)

    def validate(self, data: Examples) -> dict[str, float]:
        """Return the mean loss and metrics; see `Trainable`."""
        predictions = probabilities(self.model, data.sequences)
        return self.head.measure(data.targets, predictions, self.selection)


def _gathered_rows(embedding: keras.Layer, sequences: Sequences) -> Rows | None:
    """Return the rows that each token sums, or None where the embedding does not say."""
    if type(embedding) is keras.layers.Embedding:
        plain = not (embedding.embeddings_constraint or embedding.embeddings_regularizer)
        return sequences.ids[:, None] if plain and embedding.mask_zero else None
    return embedding.gathered(sequences) if hasattr(embedding, "gathered") else None


def _drop(rows: Rows, dropped: BoolArray) -> None:
    """Remove tokens, and the n-grams that contain them."""
    for n in range(rows.shape[2]):
        gone = dropped.copy()
        for back in range(1, n + 1):
            gone[:, back:] |= dropped[:, :-back]
        rows[:, :, n][gone] = 0


@compiled
def _fill(flat: Rows, offsets: IntArray, documents: IntArray, out: Rows) -> None:
    """Copy the documents' rows to the front of each line of `out`."""
    for b in range(len(documents)):
        start = offsets[documents[b]]
        for t in range(offsets[documents[b] + 1] - start):
            for k in range(flat.shape[1]):
                out[b, t, k] = flat[start + t, k]


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed everything random in Keras, and restore Python's and NumPy's own state afterwards.

    These states are of the whole process, so that one thread at a time is let in.
    """
    with _SEEDED:
        python_state, numpy_state = python_random.getstate(), np.random.get_state()  # noqa: NPY002
        keras.utils.set_random_seed(seed)
        try:
            yield
        finally:
            python_random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002
