"""Batches of documents of similar length, in a few widths.

What a recurrent network computes on padding is wasted, and each new width of batch must be
compiled. So a few widths are chosen for a corpus that minimize padding and compiling together. A
batch holds documents of one width, drawn at random in every epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from textseq.compute.compiled import compiled
from textseq.network.arrays import BoolArray, FloatArray, IntArray, Rows

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences


COMPILING = 400_000
"""Time to compile one width, in the number of positions computed meanwhile."""

MAX_WIDTHS, CANDIDATES = 12, 64


class Examples(NamedTuple):
    """Labelled documents.

    Args:
        sequences: The documents' ids.
        targets: Labels, from 0: int64, shape (documents,).
        weights: Weight of each document in the loss: float32, shape (documents,).
    """

    sequences: Sequences
    targets: IntArray
    weights: FloatArray


class Batch(NamedTuple):
    """The documents of one step, filled up with empty ones of weight 0.

    Args:
        rows: Rows of the embedding that each position sums, 0 for none: int32, shape
            (batch, time, rows per token).
        targets: Labels: int32, shape (batch,).
        weights: Their weights: float32, shape (batch,).
        documents: Number of documents, without the empty ones.
    """

    rows: Rows
    targets: Rows
    weights: FloatArray
    documents: int


@dataclass(frozen=True)
class Batches:
    """Draws an epoch's batches.

    Args:
        examples: The documents.
        rows: Rows of the embedding that each token sums: int32, shape (tokens, rows per token).
        batch_size: IntArray in a batch.
        widths: The widths of batches, in rising order; the last fits the longest document.
        word_dropout: Dropout rate on tokens, which then become padding.
    """

    examples: Examples
    rows: Rows
    batch_size: int
    widths: IntArray
    word_dropout: float = 0.0

    def __len__(self) -> int:
        return -(-len(self.examples.targets) // self.batch_size)

    def epoch(self, random: np.random.Generator) -> Iterator[Batch]:
        """Yield batches, in random order, in which each document occurs once."""
        plan = self.plan(random)
        for i in random.permutation(len(plan)):
            width, documents = plan[i]
            yield self._batch(width, documents, random)

    def plan(self, random: np.random.Generator) -> list[tuple[int, IntArray]]:
        """Return the width and the documents of each batch, the narrowest first.

        Documents that do not fill a batch of their width go to the next wider one.
        """
        order = random.permutation(len(self.examples.targets))
        width_of = np.searchsorted(self.widths, self.examples.sequences.lengths)[order]
        batches, size, width = [], self.batch_size, 0
        rest = order[:0]
        for i, width in enumerate(self.widths.tolist()):
            members = np.concatenate([rest, order[width_of == i]])
            full = len(members) // size * size
            batches += [(width, part) for part in members[:full].reshape(-1, size)]
            rest = members[full:]
        return [*batches, (width, rest)] if len(rest) else batches

    def _batch(self, width: int, documents: IntArray, random: np.random.Generator) -> Batch:
        size, count = self.batch_size, len(documents)
        rows = np.zeros((size, width, self.rows.shape[1]), np.int32)
        _fill(self.rows, self.examples.sequences.offsets, documents, rows)
        if self.word_dropout:
            _drop(rows, random.random(rows.shape[:2]) < self.word_dropout)
        targets, weights = np.zeros(size, np.int32), np.zeros(size, np.float32)
        targets[:count] = self.examples.targets[documents]
        weights[:count] = self.examples.weights[documents]
        return Batch(rows, targets, weights, count)


def choose_widths(lengths: IntArray, epochs: int) -> IntArray:
    """Return the widths at which padding and compiling together take the least time.

    By dynamic programming over the lengths: `best[k][j]` is the smallest number of positions in
    which k widths hold the documents no longer than the j-th candidate.

    Args:
        lengths: The documents' lengths.
        epochs: Number of passes over them.
    """
    lengths = np.maximum(lengths, 1)  # a recurrent layer cannot run over no time steps
    quantiles = np.quantile(lengths, np.linspace(0, 1, CANDIDATES), method="higher")
    candidates = np.unique(quantiles)
    # Number of documents that fit each candidate; the 0th fits none.
    within = np.array([0, *np.searchsorted(np.sort(lengths), candidates, side="right")])
    best = np.where(np.arange(len(within)) == 0, 0.0, np.inf)
    choices, costs = [], []
    for k in range(1, min(MAX_WIDTHS, len(candidates)) + 1):
        # Row j: the last width is candidate j; column i: the width before it is candidate i.
        count = (within[None, :] - within[:, None]).T.astype(float)
        cost = best[None, :] + count * np.array([0, *candidates])[:, None]
        cost[np.triu_indices(len(within))] = np.inf
        choices.append(cost.argmin(axis=1))
        best = cost.min(axis=1)
        costs.append(best[-1] * epochs + k * COMPILING)
    widths, j = [], len(candidates)
    for choice in choices[: int(np.argmin(costs)) + 1][::-1]:
        widths.append(candidates[j - 1])
        j = choice[j]
    return np.array(widths[::-1])


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
