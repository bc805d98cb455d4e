"""Many states to one: (batch, time, units) and a mask -> (batch, units).

Padding never counts: the same sentence gives the same answer however it is padded, and a sentence
without a known word pools to zeros. `GlobalMaxPooling1D` and `GlobalAveragePooling1D` of Keras
promise neither.

A factory takes the number of directions, 1 or 2: with 2, the last axis holds the forward states
and then the backward ones, both in the order of the text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from textseq.registry import Registry

PoolingFactory = Callable[[int], keras.Layer]

POOLINGS: Registry[PoolingFactory] = Registry("pooling")


LOWEST = -3.0e38
"""Below any state or score, and still a float32."""


class Pooling(keras.Layer):  # type: ignore[misc]  # Keras is untyped
    """Base of the poolings: takes the mask, and ends the masking.

    Args:
        directions: 1, or 2 where forward and backward states share the last axis.
    """

    def __init__(self, directions: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.directions = directions
        self.supports_masking = True

    def compute_mask(self, states: Any, mask: Any = None) -> None:
        """Return None: there is no time axis left to mask."""

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (batch, units)."""
        return (shape[0], shape[-1])


@POOLINGS.register("last")
class Last(Pooling):
    """The textbook's many-to-one: the state after the last token.

    Backward states end at the first token, so with two directions their half is taken there.
    """

    def call(self, states: Any, mask: Any = None) -> Any:
        """Return one time step of the states: (batch, units)."""
        kept = _kept(states, mask)
        time = ops.shape(states)[1]
        # Padding may stand before, behind or, where words were dropped, between the tokens.
        step = ops.cumsum(ops.ones_like(kept, dtype="int32"), axis=1)
        last = ops.one_hot(ops.max(ops.where(kept, step, 0), axis=1) - 1, time)
        first = ops.one_hot(ops.min(ops.where(kept, step, time + 1), axis=1) - 1, time)
        if self.directions == 1:
            return _step(states, last)
        forward, backward = ops.split(states, 2, axis=-1)
        return ops.concatenate([_step(forward, last), _step(backward, first)], axis=-1)


@POOLINGS.register("mean")
class Mean(Pooling):
    """The mean of the states over the tokens."""

    def call(self, states: Any, mask: Any = None) -> Any:
        """Return the mean over time: (batch, units)."""
        weight = ops.cast(_kept(states, mask), states.dtype)[..., None]
        return ops.sum(states * weight, axis=1) / ops.maximum(ops.sum(weight, axis=1), 1)


@POOLINGS.register("max")
class Max(Pooling):
    """For each unit, the largest value it reached over the tokens."""

    def call(self, states: Any, mask: Any = None) -> Any:
        """Return the maximum over time: (batch, units)."""
        kept = _kept(states, mask)[..., None]
        largest = ops.max(ops.where(kept, states, LOWEST), axis=1)
        return ops.where(ops.any(kept, axis=1), largest, ops.zeros_like(largest))


@POOLINGS.register("attention")
class Attention(Pooling):
    """A weighted mean whose weights are learned: softmax over time of v . tanh(W h + b).

    Yang et al. 2016, "Hierarchical Attention Networks for Document Classification".
    """

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make W of shape (units, units), b and v of shape (units,)."""
        units = shape[-1]
        self.kernel = self.add_weight(shape=(units, units), name="kernel")
        self.bias = self.add_weight(shape=(units,), initializer="zeros", name="bias")
        self.context = self.add_weight(
            shape=(units,), initializer=keras.initializers.RandomNormal(stddev=0.05), name="context"
        )

    def call(self, states: Any, mask: Any = None) -> Any:
        """Return the weighted mean over time: (batch, units)."""
        kept = _kept(states, mask)
        seen = ops.tanh(ops.matmul(states, self.kernel) + self.bias)
        score = ops.where(kept, ops.sum(seen * self.context, axis=-1), LOWEST)
        # Subtracting the maximum keeps exp finite and changes no weight.
        raised = ops.exp(score - ops.max(score, axis=1, keepdims=True))
        raised = raised * ops.cast(kept, states.dtype)
        weight = raised / ops.maximum(ops.sum(raised, axis=1, keepdims=True), 1e-30)
        return ops.sum(states * weight[..., None], axis=1)


def _kept(states: Any, mask: Any) -> Any:
    """Return the mask, or all true where there is none: bool, shape (batch, time)."""
    if mask is None:
        return ops.ones(ops.shape(states)[:2], dtype="bool")
    return ops.cast(mask, "bool")


def _step(states: Any, chosen: Any) -> Any:
    """Return the chosen time step of each row; `chosen` is one-hot, or zero for an empty row."""
    return ops.sum(states * ops.cast(chosen, states.dtype)[..., None], axis=1)
