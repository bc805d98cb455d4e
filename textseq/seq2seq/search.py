"""Greedy and beam search, over many sentences at once.

A beam holds the most probable beginnings of an answer. In each step all of them are continued by
every word, and the most probable continuations are kept. An answer that ends leaves the beam, which
is one narrower from then on; when it is empty, the answer of the best score is the one. With a beam
of 1 that is greedy search: the most probable word in each step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray

END = 0
"""What ends an answer."""


class Decoder(Protocol):
    """What goes from the beginnings of answers to what may follow: `beam` of them for a source."""

    def step(self, last: IntArray) -> tuple[FloatArray, FloatArray | None]:
        """Take a step, given the last id of each beginning: (sources, beam).

        Returns:
            The log-probability of each id: (sources, beam, ids); and the attention of the step to
            the tokens of the source, (sources, beam, tokens), or None where there is none.
        """
        ...

    def keep(self, sources: IntArray, beams: IntArray) -> None:
        """Go on with some of the sources, (kept,), and these of their beginnings: (kept, beam)."""
        ...


class Answer(NamedTuple):
    """A target that was found.

    Args:
        ids: Its ids, without the end.
        score: The sum of their log-probabilities, and the end's, over a power of their number.
        attention: How much of each token of the source each step read, the end's included:
            (steps, tokens); None where there is no attention.
    """

    ids: list[int]
    score: float
    attention: FloatArray | None


@dataclass
class _Beam:
    """The beginnings of the answers to some sources, and the best answer so far."""

    sums: FloatArray  # of log-probabilities; (sources, beam), -inf for none
    ids: IntArray  # (sources, beam, steps)
    sources: IntArray  # which of all they are
    left: IntArray  # how wide the beam is still
    attention: list[AnyArray] = field(default_factory=list)  # of each step, as `Decoder.step`


def search(
    decoder: Decoder, limits: IntArray, *, beam: int, penalty: float = 1.0
) -> list[list[Answer]]:
    """Return the answers that are found for each source, the best first: `beam` of them at most.

    Args:
        decoder: At its start.
        limits: The most ids that the answer to each source may have: (sources,).
        beam: How many beginnings are kept.
        penalty: The power of the number of steps that sums are divided by: 0 favours short
            answers, 1 is the mean log-probability.

    Example:
        >>> import numpy as np
        >>> from textseq.seq2seq.search import search
        >>> class Fair:  # says 1 once, and then ends
        ...     def step(self, last):
        ...         p = np.where(last[..., None] == 1, [0.9, 0.1], [0.1, 0.9])
        ...         return np.log(p.astype("float32")), None
        ...     def keep(self, sources, beams): ...
        >>> search(Fair(), np.array([5]), beam=2)[0][0].ids
        [1]
    """
    count = len(limits)
    start = np.full((count, beam), -np.inf, np.float32)
    start[:, 0] = 0  # all beginnings are the same as yet
    left = np.full(count, beam)
    now = _Beam(start, np.full((count, beam, 1), END), np.arange(count), left)
    found: list[list[Answer]] = [[] for _ in range(count)]
    steps = 0
    while len(now.sources):
        steps += 1
        log_p, attention = decoder.step(now.ids[:, :, -1])
        sums, beams, ids = _best(now.sums[..., None] + log_p, beam)
        some = np.arange(len(sums))[:, None]
        now.ids = np.concatenate([now.ids[some, beams], ids[..., None]], axis=2)
        if attention is not None:
            now.attention = [part[some, beams] for part in [*now.attention, attention]]
        # Beyond the width that is left, or without a beginning, there is nothing.
        sums[np.arange(beam) >= now.left[:, None]] = -np.inf
        over = steps > limits[now.sources]
        ended = (sums > -np.inf) & ((ids == END) | over[:, None])
        for n, k in zip(*np.nonzero(ended), strict=True):
            whole = ids[n, k] == END
            if whole or not found[now.sources[n]]:
                found[now.sources[n]].append(_answer(now, n, k, sums[n, k] / steps**penalty))
        now.left = now.left - ended.sum(axis=1)
        sums[ended] = -np.inf
        now.sums = sums
        goes_on = np.nonzero((sums > -np.inf).any(axis=1))[0]
        decoder.keep(goes_on, beams[goes_on])
        now = _Beam(
            sums[goes_on],
            now.ids[goes_on],
            now.sources[goes_on],
            now.left[goes_on],
            [part[goes_on] for part in now.attention],
        )
    return [sorted(some, key=lambda answer: -answer.score) for some in found]


def _best(sums: FloatArray, beam: int) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the largest sums of each source, the largest first, with their beginning and id."""
    sources, _, words = sums.shape
    flat = sums.reshape(sources, -1)
    few = min(beam, flat.shape[1])
    places = np.argpartition(-flat, few - 1, axis=1)[:, :few]
    order = np.argsort(-np.take_along_axis(flat, places, axis=1), axis=1, kind="stable")
    places = np.take_along_axis(places, order, axis=1)
    best = np.take_along_axis(flat, places, axis=1)
    if few < beam:  # fewer words than beginnings
        best = np.pad(best, ((0, 0), (0, beam - few)), constant_values=-np.inf)
        places = np.pad(places, ((0, 0), (0, beam - few)))
    return best, places // words, places % words


def _answer(now: _Beam, source: int, place: int, score: float) -> Answer:
    # The last id is the end, or the one that is too many.
    ids = now.ids[source, place, 1:-1].tolist()
    attention = [part[source, place] for part in now.attention]
    return Answer(ids, float(score), np.array(attention) if attention else None)
