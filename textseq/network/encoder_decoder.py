"""An encoder-decoder (Sutskever et al. 2014; Cho et al. 2014): its parts, sizes and weights.

    source ids -- rows of the table --> encoder, one cell or one for each direction --> states H
    last state of each direction, side by side --> first state of the decoder
    0, then target ids -- rows of the table --> decoder --> states s
    attention (Luong et al. 2015):  a = softmax(s W_a H^T);  c = a H;  out = tanh([s, c] W_c + b_c)
    of the last state alone (Cho et al. 2014):                         c = H's last
    without it, the textbook's plain form:                             out = s
    out W_y + b_y -- softmax --> the next target id; 0 where the target ends

Words are ids from 1, as tokenizers make them. On the target's side 0 marks both ends: the decoder
reads it first, and answers it last. A source ends with a 0 too, so that none is empty. Both sides
have one table: row 0 is the source's end, which is zeros; then come the source's words; the id i of
a target has the row `sources` + i.

The states of the decoder do not depend on the attention. So in training, all time steps of the
decoder are one recurrence, and all that follows is a few large matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, BoolArray, FloatArray, NamedArrays
from textseq.network.cells.base import CELLS, Cell
from textseq.network.heads import softmax
from textseq.network.initializers import glorot_uniform, normal

TABLE = "embedding.embeddings"
HIDDEN = np.float32(-1e9)
"""The score of what attention must not see."""


@dataclass(frozen=True)
class EncoderDecoderSpec:
    """The parts and sizes of an encoder-decoder.

    Args:
        cell: The name of the cell, of both encoder and decoder.
        units: Size of the decoder's state, and of the encoder's in all its directions together.
        dimension: Length of a word vector, and of `out` where there is attention.
        bidirectional: Whether a second cell of the encoder reads each source from its end.
        attention: `"general"`, `"dot"` (without W_a), `"last"` or `"none"`.
        tied: Whether W_y is the target's part of the table, transposed.
        sources: Number of ids of the source, 0 included.
        targets: Number of ids of the target, 0 included.

    Example:
        >>> from textseq.network.encoder_decoder import EncoderDecoderSpec
        >>> spec = EncoderDecoderSpec("gru", 8, 4, True, "dot", False, sources=5, targets=6)
        >>> spec.weight_shapes()["forward.kernel"], spec.weight_shapes()["output.kernel"]
        ((4, 12), (4, 6))
    """

    cell: str
    units: int
    dimension: int
    bidirectional: bool
    attention: str
    tied: bool
    sources: int
    targets: int

    @property
    def directions(self) -> tuple[str, ...]:
        """The names of the encoder's cells."""
        return ("forward", "backward")[: 1 + self.bidirectional]

    def cells(self) -> Cell:
        """Return the cell, of the encoder and of the decoder."""
        cell = CELLS.resolve(self.cell)
        if not isinstance(cell, Cell):
            raise ArgumentError(f"An encoder-decoder needs one of textseq's cells: {self.cell!r}.")
        return cell

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the weights by name."""
        units, dimension, cell = self.units, self.dimension, self.cells()
        shapes: dict[str, tuple[int, ...]] = {TABLE: (self.sources + self.targets, dimension)}
        each = units // len(self.directions)
        for name, size in (*((name, each) for name in self.directions), ("decoder", units)):
            for own, shape in cell.weight_shapes(dimension, size).items():
                shapes[f"{name}.{own}"] = shape
        if self.attention == "general":
            shapes["attention.kernel"] = (units, units)
        if self.attention != "none":
            shapes |= {"combine.kernel": (2 * units, dimension), "combine.bias": (dimension,)}
        if not self.tied:
            out = units if self.attention == "none" else dimension
            shapes["output.kernel"] = (out, self.targets)
        return shapes | {"output.bias": (self.targets,)}

    def starting_weights(self, random: np.random.Generator) -> dict[str, FloatArray]:
        """Return weights before training, at random."""
        weights: dict[str, FloatArray] = {}
        for name, shape in self.weight_shapes().items():
            own = name.rpartition(".")[2]
            if name.startswith((*self.directions, "decoder")) and own == "kernel":
                units = shape[1] // self.cells().gates
                made = self.cells().starting_weights(random, shape[0], units)
                weights |= {name.replace("kernel", key): value for key, value in made.items()}
            elif own == "bias" and name not in weights:
                weights[name] = np.zeros(shape, np.float32)
            elif own == "embeddings":  # whose products with `out`, where tied, vary as others do
                weights[name] = normal(random, shape, shape[1] ** -0.5)
            elif name not in weights:
                weights[name] = glorot_uniform(random, shape)
        weights[TABLE][0] = 0
        return weights


def output_kernel(spec: EncoderDecoderSpec, weights: NamedArrays) -> AnyArray:
    """Return W_y: (columns of `out`, targets)."""
    return weights[TABLE][spec.sources :].T if spec.tied else weights["output.kernel"]


def queries(spec: EncoderDecoderSpec, states: AnyArray, weights: NamedArrays) -> AnyArray:
    """Return what is compared with the encoder's states: s W_a, or s: (tokens, units)."""
    return states @ weights["attention.kernel"] if spec.attention == "general" else states


def attend(asked: AnyArray, memory: AnyArray, is_token: BoolArray) -> tuple[AnyArray, AnyArray]:
    """Return how much of each source token is read in each step, and what is read.

    Args:
        asked: The queries, padded: (documents, steps, units).
        memory: The encoder's states, padded: (documents, tokens, units).
        is_token: Which of these are no padding: (documents, tokens).

    Returns:
        The attention, of which each step sums to 1: (documents, steps, tokens); and the sums of
        states, weighted by it: (documents, steps, units).

    Example:
        >>> import numpy as np
        >>> from textseq.network.encoder_decoder import attend
        >>> memory = np.array([[[5, 0], [0, 5], [9, 9]]], "float32")
        >>> is_token = np.array([[True, True, False]])
        >>> attend(np.ones((1, 1, 2), "float32"), memory, is_token)[0].tolist()
        [[[0.5, 0.5, 0.0]]]
    """
    scores = np.matmul(asked, memory.transpose(0, 2, 1))
    scores += np.where(is_token, np.float32(0), HIDDEN)[:, None]
    attention = softmax(scores.reshape(-1, scores.shape[2])).reshape(scores.shape)
    return attention, np.matmul(attention, memory)


def attend_back(
    by_read: AnyArray, attention: AnyArray, asked: AnyArray, memory: AnyArray
) -> tuple[AnyArray, AnyArray]:
    """Return the gradient by the queries and by the encoder's states, given that by what is read.

    All of them are padded as for `attend`.
    """
    by_attention = np.matmul(by_read, memory.transpose(0, 2, 1))
    by_scores = attention * (by_attention - (attention * by_attention).sum(axis=2, keepdims=True))
    by_memory = np.matmul(attention.transpose(0, 2, 1), by_read)
    by_memory += np.matmul(by_scores.transpose(0, 2, 1), asked)
    return np.matmul(by_scores, memory), by_memory


def combine(states: AnyArray, read: AnyArray, weights: NamedArrays) -> AnyArray:
    """Return `out`: (tokens, dimension), from the decoder's states and what was read."""
    units, kernel = states.shape[1], weights["combine.kernel"]
    out: AnyArray = states @ kernel[:units]
    out += read @ kernel[units:]
    out += weights["combine.bias"]
    np.tanh(out, out=out)
    return out
