"""The Keras layer of every pooling: the mask goes in, and none comes out."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import keras
from keras import ops

from textseq.network.pooling.base import Pooling


class PoolingLayer(keras.Layer):  # type: ignore[misc]  # Keras is untyped
    """Pools states, (batch, time, summary), to (batch, summary); see `Pooling`.

    Args:
        directions: 1, or 2 where forward and backward states share the last axis.
    """

    pooling: ClassVar[Pooling]

    def __init__(self, directions: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.directions = directions
        self.supports_masking = True

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the pooling's weights, which are attributes of these names too."""
        for name, size in self.pooling.weight_shapes(int(shape[-1] or 0)).items():
            weight = self.add_weight(shape=size, initializer=_initializer(name, size), name=name)
            setattr(self, name, weight)

    def call(self, states: Any, mask: Any = None) -> Any:
        """Return the pooled states: (batch, summary)."""
        if mask is None:
            mask = ops.ones(ops.shape(states)[:2], dtype="bool")
        weights = {weight.name: weight for weight in self.weights}
        return self.pooling.pool(states, ops.cast(mask, "bool"), self.directions, weights)

    def compute_mask(self, states: Any, mask: Any = None) -> None:
        """Return None: there is no time axis left to mask."""

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (batch, summary)."""
        return (shape[0], shape[-1])


def _initializer(name: str, shape: tuple[int, ...]) -> Any:
    if len(shape) > 1:
        return "glorot_uniform"
    return "zeros" if name == "bias" else keras.initializers.RandomNormal(stddev=0.05)


@functools.cache
def layer_class(pooling: Pooling) -> type[keras.Layer]:
    """Return the class of a pooling's layers, named after it.

    Example:
        >>> from textseq.network.pooling import POOLINGS
        >>> from textseq.network.pooling.layer import layer_class
        >>> layer_class(POOLINGS.resolve("max")).__name__
        'Max'
    """
    name = "".join(word.capitalize() for word in pooling.name.split("_"))
    return type(name, (PoolingLayer,), {"pooling": pooling, "__module__": __name__})
