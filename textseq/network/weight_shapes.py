"""The shapes that the weights of a network should have, and the check that they have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textseq.errors import ArgumentError
from textseq.network.arrays import NamedArrays

Shapes = dict[str, tuple[int, ...]]


def weight_shapes(network: Any, *, dimension: int, units: int, outputs: int) -> Shapes:
    """Return the shape of each weight, by name, but for the embedding's; see `PackedNetwork`."""
    summary = units * len(network.directions)
    shapes: Shapes = {}
    for direction in network.directions:
        for name, shape in network.cell.weight_shapes(dimension, units).items():
            shapes[f"{direction}.{name}"] = shape
    if network.pooling is not None:
        for name, shape in network.pooling.weight_shapes(summary).items():
            shapes[f"pooling.{name}"] = shape
    return {**shapes, "output.kernel": (summary, outputs), "output.bias": (outputs,)}


def check_shapes(weights: NamedArrays, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise an error unless these are the weights there are, in these shapes.

    Raises:
        ArgumentError: One is missing, not expected, or of another shape.

    Example:
        >>> import numpy as np
        >>> from textseq.network.weight_shapes import check_shapes
        >>> check_shapes({"bias": np.zeros(3)}, {"bias": (2,)})
        Traceback (most recent call last):
        textseq.errors.ArgumentError: its weight 'bias' should have shape (2,), and has (3,)
    """
    for name in [*shapes, *sorted({*weights} - {*shapes})]:
        found = weights[name].shape if name in weights else None
        if name not in shapes:
            raise ArgumentError(f"it has a weight {name!r}, which does not belong to it")
        if found != shapes[name]:
            raise ArgumentError(
                f"its weight {name!r} should have shape {shapes[name]}, and has {found}"
            )
