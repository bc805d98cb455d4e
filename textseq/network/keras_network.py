"""A trained network that Keras runs, because a part of it is the user's own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.network.arrays import FloatArray, NamedArrays
from textseq.network.model_spec import ModelSpec
from textseq.sequences.sequences import Sequences

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class KerasNetwork:
    """A trained network as a Keras model; it predicts what `NumpyNetwork` would.

    Args:
        spec: Its parts and sizes.
        weights: By name; see `model_weights.named_weights`.
    """

    spec: ModelSpec
    weights: NamedArrays

    def probabilities(self, sequences: Sequences) -> FloatArray:
        """Return the probability of each class: float32, shape (documents, classes)."""
        from textseq.network.model import probabilities

        return probabilities(self.model, sequences)

    @cached_property
    def model(self) -> keras.Model:
        """The Keras model, from padded ids to probabilities."""
        return keras_model(self.spec, self.weights)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy needs: the Keras model can be made again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def keras_model(spec: ModelSpec, weights: NamedArrays) -> keras.Model:
    """Return a network as a Keras model with the weights of that name."""
    from textseq.network.model_weights import set_named_weights

    exact = {name: np.asarray(weight, np.float32) for name, weight in weights.items()}
    start = exact["embedding.embeddings"] if spec.embedding == "word2vec" else None
    model = spec.keras_model(start)
    set_named_weights(model, exact)
    return model
