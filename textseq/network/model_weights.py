"""A built model's weights by name, and what `build_model` noted on it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from textseq.errors import ArgumentError
from textseq.network.arrays import FloatArray

_LAYERS = ("embedding", "forward", "backward", "pooling", "pooling_context", "output")


def without_embedding(model: keras.Model) -> keras.Model | None:
    """Return what `build_model` put behind the embedding, sharing its layers.

    It takes vectors, (batch, time, dimension), and their mask, (batch, time). None where the
    embedding makes no mask.
    """
    vectors, mask = getattr(model, "vectors_and_mask", (None, None))
    return None if mask is None else keras.Model([vectors, mask], model.output)


def named_weights(model: keras.Model) -> dict[str, Any]:
    """Return the model's variables under stable names such as `"forward.recurrent_kernel"`.

    Keras's own names count the layers that a process has made, so they cannot be kept.
    """
    weights: dict[str, Any] = {}
    for layer in layers_in_order(model):
        for variable in layer.weights:
            name = f"{layer.name}.{variable.name}"
            # A cell of the user's own may hold two variables of one name.
            while name in weights:
                name += "_"
            weights[name] = variable
    return weights


def weight_values(model: keras.Model) -> dict[str, FloatArray]:
    """Return a copy of the model's weights as arrays, under the names of `named_weights`."""
    return {
        name: np.array(ops.convert_to_numpy(variable.value), dtype=np.float32)
        for name, variable in named_weights(model).items()
    }


def set_named_weights(model: keras.Model, values: dict[str, FloatArray]) -> None:
    """Give the model weights under the names of `named_weights`."""
    weights = named_weights(model)
    if set(weights) != set(values):
        raise ArgumentError(
            f"The network has the weights {', '.join(sorted(weights))}; received "
            f"{', '.join(sorted(values))}."
        )
    for name, variable in weights.items():
        if tuple(variable.shape) != values[name].shape:
            raise ArgumentError(
                f"The network's weight {name!r} has shape {tuple(variable.shape)}; received one "
                f"of shape {values[name].shape}."
            )
        variable.assign(values[name])


def layers_in_order(model: keras.Model) -> list[keras.Layer]:
    """Return the model's parts in the order of the computation, forward before backward."""
    layers = {layer.name: layer for layer in model.layers}
    return [layers[name] for name in _LAYERS if name in layers]
