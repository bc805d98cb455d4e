"""What a network is made of: the names of its parts and its sizes.

From a specification comes the same network twice: as a Keras model, which trains, and as arrays
(`inference.numpy_network`), which predict without Keras.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.network.inference.numpy_network import (
    BUILT_IN_CELLS,
    BUILT_IN_EMBEDDINGS,
    BUILT_IN_POOLINGS,
    NumpyNetwork,
)
from textseq.network.ngrams import Ngrams

if TYPE_CHECKING:
    import keras

Part = str | Callable[..., Any]
FloatArray = npt.NDArray[np.float32]

BUILT_IN = {
    "embedding": BUILT_IN_EMBEDDINGS,
    "cell": BUILT_IN_CELLS,
    "pooling": BUILT_IN_POOLINGS,
}
"""The names of the parts that run without Keras, by kind."""


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """The specification of one network.

    Args:
        embedding: A registered name, or the user's own factory; so are `cell` and `pooling`.
        cell: See `cells`.
        pooling: See `pooling`.
        units: Size of the state, in each direction.
        bidirectional: Whether a second cell reads each sentence from its end.
        dimension: Length of a word vector.
        ngrams: For the embedding `"ngrams"`: the longest n-gram, in tokens.
        buckets: For the embedding `"ngrams"`: number of vectors that all n-grams share.
        tuned: Whether given word vectors are trained further.
        dropout: Dropout rate on the pooled state.
        vector_dropout: Dropout rate on the word vectors.
        vocabulary: Number of ids, the reserved 0 included.
        classes: Number of classes.

    Example:
        >>> from textseq.network.model_spec import ModelSpec
        >>> spec = ModelSpec(cell="gru", pooling="max", units=8, vocabulary=10, classes=2)
        >>> spec.runs_without_keras
        True
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

    @property
    def runs_without_keras(self) -> bool:
        """Whether all parts have a NumPy implementation."""
        return all(getattr(self, kind) in names for kind, names in BUILT_IN.items())

    def keras_model(self, matrix: FloatArray | None = None) -> keras.Model:
        """Build the network, with random weights.

        Args:
            matrix: Starting word vectors, shape (vocabulary, dimension), where there are any.
        """
        from textseq.network.cells import CELLS
        from textseq.network.embeddings import EMBEDDINGS
        from textseq.network.model import build_model
        from textseq.network.pooling import POOLINGS

        cell = CELLS.resolve(self.cell)
        pooling = POOLINGS.resolve(self.pooling)(2 if self.bidirectional else 1)
        embedding: Callable[..., keras.Layer] = EMBEDDINGS.resolve(self.embedding)
        if self.embedding == "ngrams":
            embedding = functools.partial(embedding, ngrams=self.ngrams, buckets=self.buckets)
        return build_model(
            embedding(self.vocabulary, self.dimension, matrix, self.tuned),
            cell(self.units),
            pooling,
            self.classes,
            backward_cell=cell(self.units) if self.bidirectional else None,
            dropout=self.dropout,
            vector_dropout=self.vector_dropout,
        )

    def numpy_network(self, weights: Mapping[str, FloatArray]) -> NumpyNetwork:
        """Return the network of these weights as arrays; see `runs_without_keras`."""
        ngrams = None
        if self.embedding == "ngrams":
            ngrams = Ngrams(self.vocabulary, self.ngrams, self.buckets)
        return NumpyNetwork(weights, str(self.cell), str(self.pooling), self.bidirectional, ngrams)

    def check(self, weights: Mapping[str, FloatArray]) -> None:
        """Raise an error unless the weights fit; Keras checks those of the user's own parts.

        Raises:
            ArgumentError: A weight is missing, surplus or of another shape.
        """
        if self.runs_without_keras:
            self.numpy_network(weights).check(
                vocabulary=self.vocabulary,
                dimension=self.dimension,
                units=self.units,
                classes=self.classes,
            )
