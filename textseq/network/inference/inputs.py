"""What an embedding is for prediction: it makes ids the inputs of cells, x W_xh + b."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from textseq.network.arrays import FloatArray, NamedArrays

if TYPE_CHECKING:
    from textseq.sequences.sequences import Ids

Indices = npt.NDArray[np.intp]

LOOPS = "textseq.network.inference.embedding_loops"


class Inputs(Protocol):
    """The inputs of a cell, of some tokens."""

    def fill(self, direction: str, tokens: slice | Indices, out: FloatArray) -> None:
        """Write those of some tokens, in this order, to `out`: (tokens, gates * units)."""


class InputEmbedding(Protocol):
    """From ids to the inputs of the cells of a network."""

    def prepare(self, tokens: int) -> None:
        """Compute beforehand what reading this many tokens is faster with."""

    def read(self, ids: Ids) -> Inputs:
        """Return the inputs of tokens: ids, (tokens,), or the rows that each sums, (tokens, n)."""
        ...


def input_bias(weights: NamedArrays, direction: str, scale: FloatArray) -> FloatArray:
    """Return the bias of a cell's input, scaled: (gates * units,)."""
    bias = weights[f"{direction}.bias"]
    # A GRU has two biases, and only the first belongs to the input.
    scaled: FloatArray = (bias[0] if bias.ndim == 2 else bias) * scale
    return scaled
