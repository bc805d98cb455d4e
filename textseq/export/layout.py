"""From flat tokens to what the recurrent operators of ONNX take: (time, texts, dimension)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textseq.export.flat import counts, starts_of
from textseq.export.graph import Graph, Value


@dataclass(frozen=True)
class Texts:
    """The tokens of texts, one text behind another.

    Args:
        ids: Their ids, none of them 0: int64, (tokens,).
        texts: The number of each one's text: int64, (tokens,).
        total: The number of texts: int64, of no axis.
    """

    ids: Value
    texts: Value
    total: Value


@dataclass(frozen=True)
class Layout:
    """Where each token stands in a matrix of padded texts.

    Args:
        ids: int64, (tokens,).
        texts: The number of each one's text: int64, (tokens,).
        steps: Its place in its text, from 0: int64, (tokens,).
        lengths: The number of tokens of each text: int64, (texts,).
        time: That of the longest, 1 at least: int64, of no axis.
    """

    ids: Value
    texts: Value
    steps: Value
    lengths: Value
    time: Value

    def pad(self, graph: Graph, vectors: Value) -> Value:
        """Return the vectors of tokens, zeros behind each text: (time, texts, dimension)."""
        sizes = (self.time, self.lengths.size(), vectors.size(1))
        shape = graph.concatenate(*(size.reshape(1) for size in sizes))
        places = graph.concatenate(self.steps.reshape(-1, 1), self.texts.reshape(-1, 1), axis=1)
        return graph.apply("ScatterND", graph.fill(shape, np.float32(0)), places, vectors)

    def mask(self, graph: Graph) -> Value:
        """Return where there is a token: bool, (time, texts, 1)."""
        return graph.range(self.time).reshape(-1, 1, 1) < self.lengths.reshape(1, -1, 1)


def lay_out(graph: Graph, texts: Texts, maxlen: int | None) -> Layout:
    """Return the layout of texts, of which the last `maxlen` tokens are kept."""
    ids, owners = texts.ids, texts.texts
    lengths = counts(owners, texts.total)
    steps = graph.range(ids.size()) - starts_of(lengths).take(owners)
    if maxlen is not None:
        dropped = (lengths - maxlen).at_least(0)
        lengths = lengths.at_most(maxlen)
        steps = steps - dropped.take(owners)
        kept = steps >= 0
        ids, owners, steps = ids.keep(kept), owners.keep(kept), steps.keep(kept)
    time = lengths.reduce("Max", 0).at_least(1)
    return Layout(ids, owners, steps, lengths, time)
