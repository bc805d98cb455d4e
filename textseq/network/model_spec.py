"""What a network is made of: the names of its parts and its sizes.

From a blueprint comes the same network twice: as a Keras model, which trains, and as arrays
(`forward`), which predict without Keras.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.predictor import BUILT_IN
from textseq.classifier.presets import Recipe
from textseq.network.inference.numpy_network import Network
from textseq.network.ngrams import Ngrams

if TYPE_CHECKING:
    import keras

Part = str | Callable[..., Any]
Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Blueprint:
    """The plan of a network.

    Args:
        recipe: The embedding and the sizes.
        cell: A name, or the user's own; so is `pooling`.
        pooling: See there.
        bidirectional: Whether there is a backward cell too.
        tuned: Whether starting vectors go on learning.
        dropout: Share of the pooled state's numbers that training drops.
        vocabulary: Number of ids, the reserved 0 among them.
        classes: Number of classes.

    Example:
        >>> from textseq.network.model_spec import Blueprint
        >>> from textseq.classifier.presets import Recipe
        >>> plan = Blueprint(Recipe(), "gru", "max", False, True, 0.5, vocabulary=10, classes=2)
        >>> plan.runs_without_keras
        True
    """

    recipe: Recipe
    cell: Part
    pooling: Part
    bidirectional: bool
    tuned: bool
    dropout: float
    vocabulary: int
    classes: int

    @property
    def runs_without_keras(self) -> bool:
        """Whether all parts are textseq's own."""
        parts = {"embedding": self.recipe.embedding, "cell": self.cell, "pooling": self.pooling}
        return all(part in BUILT_IN[kind] for kind, part in parts.items())

    def keras_model(self, matrix: Array | None) -> keras.Model:
        """Turn the names of the parts into parts, and build the network.

        Args:
            matrix: Starting word vectors, shape (vocabulary, dimension), where there are any.
        """
        from textseq.network.cells import CELLS
        from textseq.network.embeddings import EMBEDDINGS
        from textseq.network.model import build_model
        from textseq.network.pooling import POOLINGS

        recipe = self.recipe
        cell = CELLS.resolve(self.cell)
        pooling = POOLINGS.resolve(self.pooling)(2 if self.bidirectional else 1)
        embedding: Callable[..., keras.Layer] = EMBEDDINGS.resolve(recipe.embedding)
        if recipe.embedding == "ngrams":
            embedding = functools.partial(embedding, ngrams=recipe.ngrams, buckets=recipe.buckets)
        return build_model(
            embedding(self.vocabulary, recipe.dimension, matrix, self.tuned),
            cell(recipe.units),
            pooling,
            self.classes,
            backward_cell=cell(recipe.units) if self.bidirectional else None,
            dropout=self.dropout,
            vector_dropout=recipe.vector_dropout,
        )

    def network(self, weights: Mapping[str, Array]) -> Network:
        """Return the network of these weights as arrays; all its parts must be textseq's own."""
        ngrams = None
        if self.recipe.embedding == "ngrams":
            ngrams = Ngrams(self.vocabulary, self.recipe.ngrams, self.recipe.buckets)
        return Network(weights, str(self.cell), str(self.pooling), self.bidirectional, ngrams)

    def check(self, weights: Mapping[str, Array]) -> None:
        """Raise an error unless the weights fit; Keras checks those of parts not textseq's own.

        Raises:
            ArgumentError: A weight is missing, surplus or of another shape.
        """
        if self.runs_without_keras:
            self.network(weights).check(
                vocabulary=self.vocabulary,
                dimension=self.recipe.dimension,
                units=self.recipe.units,
                classes=self.classes,
            )
