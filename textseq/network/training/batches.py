"""Batches of documents of similar length, in a few widths.

Computing on padding is waste, and each new width of batch must be compiled. So a few widths are
chosen for a corpus that minimize padding and compiling together. A batch holds documents of one
width, drawn at random in every epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences

COMPILING = 400_000
"""Time to compile one width, in the number of positions computed meanwhile."""

MAX_WIDTHS, CANDIDATES = 12, 64


class Data(Protocol):
    """What a network is trained on, or validated.

    Attributes:
        lengths: The time steps of each document: (documents,).
        weights: The weight of each document in the loss: float32, (documents,).
        arrays: All that it consists of, for a checksum.
    """

    @property
    def lengths(self) -> IntArray: ...  # noqa: D102
    @property
    def weights(self) -> FloatArray: ...  # noqa: D102
    @property
    def arrays(self) -> Sequence[AnyArray]: ...  # noqa: D102


class Examples(NamedTuple):
    """Labelled documents."""

    sequences: Sequences
    # The class id of each: (documents,). Or 1 for each label it has, else 0: (documents, classes).
    targets: AnyArray
    weights: FloatArray  # the weight of each document in the loss

    @property
    def lengths(self) -> IntArray:
        """The tokens of each document."""
        return self.sequences.lengths

    @property
    def arrays(self) -> Sequence[AnyArray]:
        """All that it consists of."""
        return self.sequences.ids, self.sequences.offsets, self.targets, self.weights


@dataclass(frozen=True)
class Batches:
    """Divides the documents into batches, anew in each epoch.

    Args:
        lengths: Tokens of each document: (documents,).
        batch_size: Documents in a batch.
        widths: The widths of batches, in rising order; the last fits the longest document.
    """

    lengths: IntArray
    batch_size: int
    widths: IntArray

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def epoch(self, random: np.random.Generator) -> Iterator[tuple[int, IntArray]]:
        """Yield the width and the documents of batches, in random order; each document is in one.

        Documents that do not fill a batch of their width go to the next wider one.
        """
        plan = self.plan(random)
        return (plan[i] for i in random.permutation(len(plan)))

    def plan(self, random: np.random.Generator) -> list[tuple[int, IntArray]]:
        """Return the batches, the narrowest first."""
        order = random.permutation(len(self.lengths))
        width_of = np.searchsorted(self.widths, self.lengths)[order]
        batches, size, width = [], self.batch_size, 0
        rest = order[:0]
        for i, width in enumerate(self.widths.tolist()):
            members = np.concatenate([rest, order[width_of == i]])
            full = len(members) // size * size
            batches += [(width, part) for part in members[:full].reshape(-1, size)]
            rest = members[full:]
        return [*batches, (width, rest)] if len(rest) else batches


def choose_widths(lengths: IntArray, epochs: int) -> IntArray:
    """Return the widths at which padding and compiling together take the least time.

    By dynamic programming over the lengths: `best[k][j]` is the smallest number of positions in
    which k widths hold the documents no longer than the j-th candidate.
    """
    lengths = np.maximum(lengths, 1)  # a recurrent layer cannot run over no time steps
    steps = np.linspace(0, 1, CANDIDATES)
    candidates = np.unique(np.quantile(lengths, steps, method="higher"))
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
