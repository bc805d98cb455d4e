"""What a network is made of: the names of its parts and its sizes.

From it come the weights before training, the trained network as arrays, and the same as a Keras
model.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.errors import ArgumentError
from textseq.network.arrays import FloatArray, NamedArrays
from textseq.network.cells.base import CELLS, Cell
from textseq.network.embeddings import EMBEDDINGS, Embedding, unfitting_vectors
from textseq.network.heads import HEADS, Head
from textseq.network.inference.numpy_network import NumpyNetwork
from textseq.network.initializers import glorot_uniform
from textseq.network.ngrams import Ngrams
from textseq.network.pooling.base import POOLINGS, Pooling
from textseq.registry import Registry

if TYPE_CHECKING:
    import keras

Part = str | Callable[..., Any]

BUILT_IN: Mapping[str, Registry[Any]] = {
    "embedding": EMBEDDINGS,
    "cell": CELLS,
    "pooling": POOLINGS,
}
"""The registered parts by kind, which a saved model may name."""


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """The specification of one network.

    Args:
        embedding: A registered name, or the user's own factory.
        cell: Likewise.
        pooling: Likewise.
        units: Size of the state, in each direction.
        bidirectional: Whether a second cell reads each sentence from its end.
        dimension: Length of a word vector.
        ngrams: For the embedding `"ngrams"`: the longest n-gram, in tokens.
        buckets: For the embedding `"ngrams"`: number of vectors that all n-grams share.
        tuned: Whether given word vectors are trained further.
        dropout: Dropout rate on the pooled state.
        vector_dropout: Dropout rate on the word vectors.
        vocabulary: Number of ids, the reserved 0 included.
        classes: Number of classes; 0 for a network without an output layer.
        head: A registered name, or a `Head`; see `heads`.
    """

    embedding: Part = "learned"
    cell: Part = "simple_rnn"
    pooling: Part = "last"
    units: int = 128
    bidirectional: bool = False
    dimension: int = 200
    ngrams: int = 2
    buckets: int = 1
    tuned: bool = True
    dropout: float = 0.0
    vector_dropout: float = 0.0
    vocabulary: int
    classes: int
    head: str | Head = "softmax"

    @property
    def runs_without_keras(self) -> bool:
        """Whether all parts have a NumPy implementation.

        A part that is named by import path counts as one that has none: it is not imported here.
        """
        return self._numpy_parts is not None

    @functools.cached_property
    def _numpy_parts(self) -> tuple[Embedding, Cell, Pooling, Head] | None:
        parts = (
            _registered(EMBEDDINGS, self.embedding, Embedding),
            _registered(CELLS, self.cell, Cell),
            _registered(POOLINGS, self.pooling, Pooling),
            _registered(HEADS, self.head, Head),
        )
        return None if None in parts else parts

    @property
    def trains_without_keras(self) -> bool:
        """Whether all parts can be trained by compiled code of textseq's own."""
        return self._numpy_parts is not None and self._numpy_parts[0].start is not None

    def starting_weights(
        self, random: np.random.Generator, matrix: FloatArray | None = None
    ) -> dict[str, FloatArray]:
        """Return the weights before training, by name; see `keras_model` for the matrix."""
        assert self._numpy_parts is not None  # noqa: S101  (asked only where there are)
        embedding, cell, pooling, _ = self._numpy_parts
        assert embedding.start is not None  # noqa: S101
        rows = (self.vocabulary, self.buckets if embedding.has_ngrams else 0)
        if matrix is not None and matrix.shape != (self.vocabulary, self.dimension):
            raise unfitting_vectors(matrix, self.vocabulary, self.dimension)
        table = embedding.start(random, rows, self.dimension, matrix)
        weights = {} if table is None else {"embedding.embeddings": table}
        dimension = self.vocabulary if table is None else self.dimension
        for direction in ("forward", "backward")[: 1 + self.bidirectional]:
            of_cell = cell.starting_weights(random, dimension, self.units)
            weights |= {f"{direction}.{name}": weight for name, weight in of_cell.items()}
        summary = self.units * (1 + self.bidirectional)
        of_pooling = pooling.starting_weights(random, summary)
        weights |= {f"pooling.{name}": weight for name, weight in of_pooling.items()}
        weights["output.kernel"] = glorot_uniform(random, (summary, self.classes))
        weights["output.bias"] = np.zeros(self.classes, np.float32)
        return weights

    def keras_model(self, matrix: FloatArray | None = None) -> keras.Model:
        """Build the network, with random weights, or from word vectors (vocabulary, dimension)."""
        from textseq.network.model import build_model

        cell = _makes_layers("cell", self.cell, CELLS.resolve(self.cell))
        embedding = EMBEDDINGS.resolve(self.embedding)
        ngrams: dict[str, int] = {}
        if isinstance(embedding, Embedding) and embedding.has_ngrams:
            ngrams = {"ngrams": self.ngrams, "buckets": self.buckets}
        embed = _makes_layers("embedding", self.embedding, embedding)
        pooling = _makes_layers("pooling", self.pooling, POOLINGS.resolve(self.pooling))
        return build_model(
            embed(self.vocabulary, self.dimension, matrix, self.tuned, **ngrams),
            cell(self.units),
            pooling(2 if self.bidirectional else 1),
            self.classes or None,
            backward_cell=cell(self.units) if self.bidirectional else None,
            dropout=self.dropout,
            vector_dropout=self.vector_dropout,
            head=HEADS.resolve(self.head),
        )

    def numpy_network(self, weights: NamedArrays) -> NumpyNetwork:
        """Return the network of these weights as arrays; see `runs_without_keras`."""
        if self._numpy_parts is None:
            raise ArgumentError(
                f"The network of embedding {self.embedding!r}, cell {self.cell!r}, pooling "
                f"{self.pooling!r} and head {self.head!r} runs in Keras only; expected registered "
                f"parts with a NumPy implementation."
            )
        embedding, cell, pooling, head = self._numpy_parts
        sizes = (self.vocabulary, self.ngrams, self.buckets)
        ngrams = Ngrams(*sizes) if embedding.has_ngrams else None
        return NumpyNetwork(weights, cell, pooling, self.bidirectional, ngrams, head)

    def check(self, weights: NamedArrays) -> None:
        """Raise an error unless the weights fit; Keras checks those of the user's own parts."""
        if self.runs_without_keras:
            self.numpy_network(weights).check(
                vocabulary=self.vocabulary,
                dimension=self.dimension,
                units=self.units,
                classes=self.classes,
            )


def _makes_layers(kind: str, part: Part, factory: Callable[..., Any]) -> Callable[..., Any]:
    """Return a factory that refuses to return anything but a Keras layer."""
    import keras

    def make(*args: Any, **kwargs: Any) -> Any:
        layer = factory(*args, **kwargs)
        if not isinstance(layer, keras.Layer):
            raise ArgumentError(
                f"The {kind} {part!r} must make a Keras layer. Received: {layer!r} of type "
                f"{type(layer).__name__}."
            )
        return layer

    return make


def _registered(registry: Registry[Any], part: Any, kind: type) -> Any:
    """Return a part of this kind, or that of a registered name; None for any other."""
    if isinstance(part, str):
        part = registry.resolve(part) if part in registry else None
    return part if isinstance(part, kind) else None


def registered_name(part: Any) -> str | None:
    """Return the name under which a part is registered, such as `"gru"` for `cells.gru`."""
    name = getattr(part, "name", None)
    for registry in BUILT_IN.values():
        if name in registry and registry.resolve(name) == part:
            return str(name)
    return None
