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

from textseq.errors import ArgumentError
from textseq.network.cells.base import CELLS, Cell
from textseq.network.embeddings import EMBEDDINGS, Embedding
from textseq.network.heads import HEADS, Head
from textseq.network.inference.numpy_network import NumpyNetwork
from textseq.network.ngrams import Ngrams
from textseq.network.pooling.base import POOLINGS, Pooling
from textseq.registry import Registry

if TYPE_CHECKING:
    import keras

Part = str | Callable[..., Any]
FloatArray = npt.NDArray[np.float32]

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
        head: A registered name, or a `Head`; see `heads`.

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
    head: str | Head = "softmax"

    @property
    def runs_without_keras(self) -> bool:
        """Whether all parts have a NumPy implementation.

        A part that is named by import path counts as one that has none: it is not imported here.
        """
        return self._numpy_parts is not None

    @functools.cached_property
    def _numpy_parts(self) -> tuple[Embedding, Cell, Pooling, Head] | None:
        embedding, cell = _registered(EMBEDDINGS, self.embedding), _registered(CELLS, self.cell)
        pooling, head = _registered(POOLINGS, self.pooling), _registered(HEADS, self.head)
        if (
            isinstance(embedding, Embedding)
            and isinstance(cell, Cell)
            and isinstance(pooling, Pooling)
            and isinstance(head, Head)
        ):
            return embedding, cell, pooling, head
        return None

    def keras_model(self, matrix: FloatArray | None = None) -> keras.Model:
        """Build the network, with random weights.

        Args:
            matrix: Starting word vectors, shape (vocabulary, dimension), where there are any.
        """
        from textseq.network.model import build_model

        cell = CELLS.resolve(self.cell)
        embedding = EMBEDDINGS.resolve(self.embedding)
        ngrams: dict[str, int] = {}
        if isinstance(embedding, Embedding) and embedding.has_ngrams:
            ngrams = {"ngrams": self.ngrams, "buckets": self.buckets}
        return build_model(
            embedding(self.vocabulary, self.dimension, matrix, self.tuned, **ngrams),
            cell(self.units),
            POOLINGS.resolve(self.pooling)(2 if self.bidirectional else 1),
            self.classes,
            backward_cell=cell(self.units) if self.bidirectional else None,
            dropout=self.dropout,
            vector_dropout=self.vector_dropout,
            head=HEADS.resolve(self.head),
        )

    def numpy_network(self, weights: Mapping[str, FloatArray]) -> NumpyNetwork:
        """Return the network of these weights as arrays.

        Raises:
            ArgumentError: A part has no NumPy implementation; see `runs_without_keras`.
        """
        if self._numpy_parts is None:
            raise ArgumentError(
                f"The network of embedding {self.embedding!r}, cell {self.cell!r}, pooling "
                f"{self.pooling!r} and head {self.head!r} runs in Keras only; expected registered "
                f"parts with a NumPy implementation."
            )
        embedding, cell, pooling, head = self._numpy_parts
        ngrams = None
        if embedding.has_ngrams:
            ngrams = Ngrams(self.vocabulary, self.ngrams, self.buckets)
        return NumpyNetwork(weights, cell, pooling, self.bidirectional, ngrams, head)

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


def _registered(registry: Registry[Any], part: Any) -> Any:
    """Return the part of a registered name, None for another name, and a part as it is."""
    if not isinstance(part, str):
        return part
    return registry.resolve(part) if part in registry else None


def registered_name(part: Any) -> str | None:
    """Return the name under which a part is registered, such as `"gru"` for `cells.gru`.

    Example:
        >>> from textseq.network.cells import gru
        >>> from textseq.network.model_spec import registered_name
        >>> registered_name(gru)
        'gru'
    """
    name = getattr(part, "name", None)
    for registry in BUILT_IN.values():
        if name in registry and registry.resolve(name) == part:
            return str(name)
    return None
