"""The Keras layer of every pooling: the mask goes in, and none comes out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

Pool = Callable[[Any, Any, int, Mapping[str, Any]], Any]
WeightShapes = Callable[[int], Mapping[str, tuple[int, ...]]]


class PoolingLayer(keras.Layer):  # type: ignore[misc]  # Keras is untyped
    """Pools states, (batch, time, summary), to (batch, summary); see `layer_class`."""

    pool: Pool
    weight_shapes: WeightShapes

    def __init__(self, directions: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.directions = directions
        self.supports_masking = True

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the pooling's weights, which are attributes of these names too."""
        for name, size in self.weight_shapes(int(shape[-1] or 0)).items():
            weight = self.add_weight(shape=size, initializer=_initializer(name, size), name=name)
            setattr(self, name, weight)

    def call(self, states: Any, mask: Any = None) -> Any:
        """Return the pooled states: (batch, summary)."""
        if mask is None:
            mask = ops.ones(ops.shape(states)[:2], dtype="bool")
        weights = {weight.name: weight for weight in self.weights}
        return self.pool(states, ops.cast(mask, "bool"), self.directions, weights)

    def compute_mask(self, states: Any, mask: Any = None) -> None:
        """Return None: there is no time axis left to mask."""

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (batch, summary)."""
        return (shape[0], shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "directions": self.directions}


def _initializer(name: str, shape: tuple[int, ...]) -> Any:
    if len(shape) > 1:
        return "glorot_uniform"
    return "zeros" if name == "bias" else keras.initializers.RandomNormal(stddev=0.05)


@functools.cache
def layer_class(name: str, pool: Pool, weight_shapes: WeightShapes) -> type[keras.Layer]:
    """Return the class of a pooling's layers, named after it; see `Pooling` for the arguments."""
    faces = {"pool": staticmethod(pool), "weight_shapes": staticmethod(weight_shapes)}
    title = "".join(word.capitalize() for word in name.split("_"))
    made = type(title, (PoolingLayer,), {**faces, "__module__": __name__})
    keras.saving.register_keras_serializable("textseq")(made)
    return made
