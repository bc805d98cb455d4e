"""The weights of several networks in one mapping, as a model is saved."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, NamedArrays


def flatten_weights(networks: Iterable[NamedArrays]) -> dict[str, AnyArray]:
    """Return the weights of all networks in one mapping: those of network k have the prefix `k.`.

    Example:
        >>> import numpy as np
        >>> from textseq.tasks.network_weights import flatten_weights
        >>> list(flatten_weights([{"bias": np.zeros(1)}, {"bias": np.ones(1)}]))
        ['1.bias', '2.bias']
    """
    return {
        f"{k}.{name}": weight
        for k, network in enumerate(networks, start=1)
        for name, weight in network.items()
    }


def to_half(weight: AnyArray) -> AnyArray:
    """Return a weight in half precision; what is beyond its range becomes its largest number.

    Example:
        >>> import numpy as np
        >>> from textseq.tasks.network_weights import to_half
        >>> to_half(np.array([0.5, -1e9], np.float32)).tolist()
        [0.5, -65504.0]
    """
    largest = np.finfo(np.float16).max
    return weight.clip(-largest, largest).astype(np.float16)


def split_weights(weights: NamedArrays) -> tuple[list[dict[str, AnyArray]], dict[str, AnyArray]]:
    """Return the weights of each network, and those of no network: `flatten_weights` undone.

    Raises:
        ArgumentError: The networks are not numbered from 1.
    """
    networks: dict[str, dict[str, AnyArray]] = {}
    others = {}
    for name, weight in weights.items():
        number, _, own = name.partition(".")
        if number.isdecimal():
            networks.setdefault(number, {})[own] = weight
        else:
            others[name] = weight
    expected = [str(number) for number in range(1, len(networks) + 1)]
    if not networks or set(networks) != set(expected):
        raise ArgumentError(
            f"the weights of its networks should be prefixed by '1.', '2.' and so on, and are by "
            f"{sorted({name.partition('.')[0] for name in weights})}"
        )
    return [networks[number] for number in expected], others
