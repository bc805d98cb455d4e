"""The networks and the linear model of a tagger in training, as the loop over epochs sees them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Rows
from textseq.network.heads import SOFTMAX
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.training.adam_kernels import gather
from textseq.network.training.packed import Batch, PackedTrainable
from textseq.network.training.packing import pack_documents
from textseq.network.training.trainable import Step
from textseq.tagger.config import TaggerConfig
from textseq.tagger.features import OWN
from textseq.tagger.linear import LinearTagger
from textseq.tagger.predictor import answer

FEATURE_DROPOUT = 0.3
"""The fraction of the linear model's features that a step leaves out."""


class TaggedData(NamedTuple):
    """Tagged sentences, as a network reads them; see `Data`.

    Args:
        rows: The rows that each token sums: (tokens, columns).
        offsets: Where each sentence begins, and the end.
        targets: The index of each token's tag; -1 for one that the tagger does not know.
    """

    rows: Rows
    offsets: IntArray
    targets: IntArray

    @property
    def lengths(self) -> IntArray:
        """The tokens of each sentence."""
        return np.diff(self.offsets)

    @property
    def weights(self) -> FloatArray:
        """The weight of each sentence: that of each token is the same."""
        return np.ones(len(self.offsets) - 1, np.float32)

    @property
    def arrays(self) -> Sequence[AnyArray]:
        """All of it, for a checksum."""
        return tuple(self)


class TagTrainable(PackedTrainable):
    """A network in training that answers each token.

    Args:
        network: With the weights before training.
        training: The training set.
        config: The rates of dropout.
    """

    network: PackedNetwork

    def __init__(self, network: PackedNetwork, training: TaggedData, config: TaggerConfig) -> None:
        super().__init__(network, dropout=config.dropout, vector_dropout=config.vector_dropout)
        self.training, self.word_dropout = training, config.word_dropout
        self._places = np.arange(len(training.rows), dtype=np.int32)[:, None]

    def pack(self, documents: IntArray, random: np.random.Generator) -> Batch:
        """Return the batch of some sentences; words that are dropped keep their affixes."""
        none = np.empty(0, np.bool_)
        packed, starts, _ = pack_documents(self._places, self.training.offsets, documents, none)
        places = packed[:, 0]
        rows = self.training.rows[places]
        rows[random.random(len(rows), np.float32) < self.word_dropout, :OWN] = 0
        ones = np.ones(len(rows), np.float32)
        return Batch(rows[:, 0], starts, self.training.targets[places], ones, rows)

    def network_of(self, weights: NamedArrays) -> PackedNetwork:
        """Return a network of the same parts with other weights."""
        return self.network.with_weights(weights)

    def validate(self, data: TaggedData) -> dict[str, float]:
        """Return the mean loss and the mean accuracy of the tokens."""
        known = data.targets >= 0
        predictions = answer(self.network, data.rows, data.offsets)[known]
        return self.head.measure(data.targets[known], predictions, self.selection)


class LinearTrainable:
    """The linear model in training; see `Trainable`. The rows of its data are those of features.

    Args:
        model: Before training.
        training: The training set.
    """

    selection, learns_table = SOFTMAX.find_metric(), True
    metric_name = selection.name

    def __init__(self, model: LinearTagger, training: TaggedData) -> None:
        self.model, self.training = model, training
        self.fixed: list[AnyArray] = []

    def start(self) -> tuple[FloatArray, FloatArray | None]:
        """Return the bias and the table before training."""
        return self.model.bias, self.model.table

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
        """Return the loss and its gradient on a batch."""
        assert table is not None  # noqa: S101  (it is trained)
        offsets = self.training.offsets
        places = np.concatenate([np.arange(offsets[i], offsets[i + 1]) for i in batch[1]])
        rows, targets = self.training.rows[places], self.training.targets[places]
        rows[random.random(rows.shape, np.float32) < FEATURE_DROPOUT] = 0
        scale, logits = (
            np.float32(1 / (1 - FEATURE_DROPOUT)),
            np.empty((len(rows), len(dense)), np.float32),
        )
        gather(table, rows[None], logits[None])
        predictions = SOFTMAX.activate(scale * logits + dense)
        loss, metric = SOFTMAX.score(targets, predictions)
        by_logits = SOFTMAX.gradient(targets, predictions) / np.float32(len(rows))
        return Step(loss, metric, by_logits.sum(axis=0), rows[None], scale * by_logits[None])

    def assign(self, dense: FloatArray, table: FloatArray | None) -> None:
        """Set the weights."""
        assert table is not None  # noqa: S101  (it is trained)
        self.model = LinearTagger(np.ascontiguousarray(table), dense.copy())

    def weights(self) -> dict[str, FloatArray]:
        """Return the weights by name."""
        return {"table": self.model.table, "bias": self.model.bias}

    def set_weights(self, weights: dict[str, FloatArray]) -> None:
        """Set the weights by name."""
        self.model = LinearTagger(**weights)

    def validate(self, data: TaggedData) -> dict[str, float]:
        """Return the mean loss and the mean accuracy of the tokens."""
        known = data.targets >= 0
        predictions = self.model.probabilities(data.rows)[known]
        return SOFTMAX.measure(data.targets[known], predictions, self.selection)
