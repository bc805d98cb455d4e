"""What a pooling consists of: from the states of all tokens, (time, summary), to one, (summary,).

Padding never counts: the same sentence gives the same result however it is padded, and a sentence
without a known word pools to zeros. Keras's `GlobalMaxPooling1D` and `GlobalAveragePooling1D` do
not keep to this.

`summary` is the length of the pooled state: with two directions, the forward states and then the
backward ones, both in the order of the text.

Each pooling is written down three times in its file: for Keras, over padded states; for prediction,
over packed states as they come; and for training, over all packed states, with its gradient, which
`explain` shows too. A test compares all three. A pooling of your own that is only a callable from
the number of directions to a Keras layer works too: Keras then trains it and predicts with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Tensor
from textseq.network.inference.packed_sequence import PackedSequence
from textseq.network.initializers import glorot_uniform, normal
from textseq.registry import Registry

if TYPE_CHECKING:
    from keras import Layer

LOWEST = -3.0e38
"""Below any state or score, and still a float32."""


class RunningPool:
    """One direction's states of a batch, pooled as they come."""

    def __init__(self, packed: PackedSequence, units: int) -> None:
        self.packed = packed
        self.pooled = np.zeros((len(packed.lengths), units), np.float32)

    def add(self, states: FloatArray, step: int) -> None:
        """Take the states after a time step: (running, units); they are overwritten later."""
        raise NotImplementedError

    def result(self) -> FloatArray:
        """Return the pooled states, (documents, units), or whatever `Pooling.join` takes."""
        return self.pooled


class Pooled(NamedTuple):
    """The pooled states of packed documents, (documents, summary), and the way back."""

    summary: AnyArray
    # From the gradient by it to that by each state, (tokens, summary), and by the weights by name.
    backward: Callable[[AnyArray], tuple[AnyArray, dict[str, AnyArray]]]


def concatenate_directions(
    results: Sequence[FloatArray], packed: PackedSequence, weights: NamedArrays
) -> FloatArray:
    """Return the pooled states of all directions side by side: (documents, summary)."""
    return np.concatenate(results, axis=1)


def no_weights(summary: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of no weights."""
    return {}


@dataclass(frozen=True)
class Pooling:
    """A pooling. Called with the number of directions, it makes the Keras layer.

    Args:
        name: What it is registered and saved as.
        pool: For Keras: from states, (batch, time, summary), the mask, bool, (batch, time), the
            number of directions and the pooling's weights by name to (batch, summary).
        running_pool: For prediction: one direction's states, pooled as they come.
        pool_packed: For training: from packed states, (tokens, summary), the starts of the time
            steps, the number of documents, that of directions and the network's weights by name.
        join: For prediction: from the results of all directions, the documents and the network's
            weights by name to (documents, summary).
        keeps_states: Whether `running_pool` keeps all states, so that batches must be small.
        weight_shapes: From the length of the pooled state to the shapes of the weights, by name.
            The vectors but "bias" start at random, near 0.
        by_layers: For `to_keras`, of a pooling with weights: from states, the mask and the length
            of the pooled state to (batch, summary), by layers of Keras's own named `pooling`.

    Example:
        >>> from textseq.network.pooling import POOLINGS
        >>> POOLINGS.resolve("max")(2).directions
        2
    """

    name: str
    pool: Callable[[Tensor, Tensor, int, NamedArrays], Tensor]
    running_pool: type[RunningPool]
    pool_packed: Callable[[AnyArray, IntArray, int, int, NamedArrays], Pooled]
    join: Callable[[Sequence[FloatArray], PackedSequence, NamedArrays], FloatArray] = (
        concatenate_directions
    )
    keeps_states: bool = False
    weight_shapes: Callable[[int], Mapping[str, tuple[int, ...]]] = no_weights
    by_layers: Callable[[Tensor, Tensor, int], Tensor] | None = None

    def __call__(self, directions: int = 1) -> Layer:
        """Return a new Keras layer."""
        return self.keras_class()(directions)

    def starting_weights(self, random: np.random.Generator, summary: int) -> dict[str, FloatArray]:
        """Return weights before training, at random as those of the Keras layer are."""
        weights = {}
        for name, shape in self.weight_shapes(summary).items():
            if len(shape) > 1:
                weights[name] = glorot_uniform(random, shape)
            else:
                vector = np.zeros(shape, np.float32) if name == "bias" else normal(random, shape)
                weights[name] = vector
        return weights

    def keras_class(self) -> type[Layer]:
        """Return the class of the Keras layer, such as `Max`."""
        from textseq.network.pooling.layer import layer_class

        return layer_class(self.name, self.pool, self.weight_shapes)


PoolingFactory = Callable[[int], Any]

POOLINGS: Registry[PoolingFactory] = Registry(
    "pooling",
    {
        "last": "textseq.network.pooling.last:last",
        "mean": "textseq.network.pooling.mean:mean",
        "max": "textseq.network.pooling.max:max_pooling",
        "attention": "textseq.network.pooling.attention:attention",
    },
)
