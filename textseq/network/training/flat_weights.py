"""Weights by name, and the same as one vector, which the optimizer updates."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from textseq.network.arrays import FloatArray, NamedArrays


class FlatWeights:
    """How weights of these shapes lie in one vector, one after the other.

    Args:
        shapes: The shape of each weight, by name.

    Example:
        >>> import numpy as np
        >>> from textseq.network.training.flat_weights import FlatWeights
        >>> flat = FlatWeights({"kernel": (2, 3), "bias": (3,)})
        >>> flat.size, flat.split(np.arange(9, dtype="float32"))["bias"].tolist()
        (9, [6.0, 7.0, 8.0])
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = dict(shapes)
        self.size = sum(map(math.prod, self.shapes.values()))

    def join(self, weights: NamedArrays) -> FloatArray:
        """Return the weights as one vector, a copy: (size,)."""
        return np.concatenate([weights[name].ravel() for name in self.shapes])

    def split(self, vector: FloatArray) -> dict[str, FloatArray]:
        """Return the weights by name, as views of one vector."""
        named, start = {}, 0
        for name, shape in self.shapes.items():
            size = math.prod(shape)
            named[name] = vector[start : start + size].reshape(shape)
            start += size
        return named
