"""Embeddings in a graph: from ids to what each direction's cell reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textseq.export.graph import Graph, Value
from textseq.export.layout import Layout
from textseq.export.ngram_rows import ngram_rows
from textseq.export.tables import Table
from textseq.network.arrays import AnyArray, NamedArrays
from textseq.network.inference.numpy_network import NumpyNetwork


@dataclass(frozen=True)
class Inputs:
    """What the cells read.

    Args:
        vectors: float32, (time, texts, dimension).
        kernels: The input weights of each direction: float32, (directions, width, dimension).
    """

    vectors: Value
    kernels: Value


def embed(graph: Graph, network: NumpyNetwork, layout: Layout) -> Inputs:
    """Return what the cells of a network read of texts."""
    weights = network.weights
    kernels = [weights[f"{direction}.kernel"] for direction in network.directions]
    if "embedding.embeddings" not in weights:
        return _embed_one_hot(graph, kernels, layout)
    vectors = _vectors(graph, weights, network, layout)
    stacked = graph.weights(np.stack([kernel.T for kernel in kernels]))
    return Inputs(layout.pad(graph, vectors), stacked)


def _vectors(graph: Graph, weights: NamedArrays, network: NumpyNetwork, layout: Layout) -> Value:
    """Return the sum of the rows of each token: float32, (tokens, dimension)."""
    table = Table(graph, weights["embedding.embeddings"])
    if network.ngrams is None:
        return table.read(layout.ids)
    own, *others = ngram_rows(graph, layout.ids, layout.texts, network.ngrams)
    vectors = table.read(own)
    for rows in others:
        vectors = vectors + table.read(rows)
    return vectors


def _embed_one_hot(graph: Graph, kernels: list[AnyArray], layout: Layout) -> Inputs:
    """Read rows of the input weights, which is what their product with one-hot vectors is."""
    both = np.concatenate(kernels, axis=1)
    vectors = layout.pad(graph, Table(graph, both.astype(np.float32)).read(layout.ids))
    width, total = kernels[0].shape[1], both.shape[1]
    shape = graph.fill(graph.constant([total, total], np.int64), np.float32(0))
    identity = graph.apply("EyeLike", shape)  # not stored
    return Inputs(vectors, identity.reshape(len(kernels), width, total))
