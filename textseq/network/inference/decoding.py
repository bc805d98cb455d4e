"""An encoder-decoder's forward pass in NumPy, one step of the decoder after the other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from textseq.network.arrays import FloatArray, IntArray
from textseq.network.encoder_decoder import (
    TABLE,
    EncoderDecoderSpec,
    attend,
    combine,
    output_kernel,
    queries,
)
from textseq.network.inference.packed_sequence import pack
from textseq.network.inference.recurrent import first_step, read_states
from textseq.network.weight_shapes import check_shapes
from textseq.sequences.sequences import Sequences


class EncoderDecoder:
    """A trained encoder-decoder.

    Args:
        spec: Its parts and sizes.
        weights: By name, float32.

    Raises:
        ArgumentError: They do not fit together.

    Example:
        >>> import numpy as np
        >>> from textseq.network.encoder_decoder import EncoderDecoderSpec
        >>> from textseq.network.inference.decoding import DecoderState, EncoderDecoder
        >>> from textseq.sequences.sequences import Sequences
        >>> spec = EncoderDecoderSpec("gru", 8, 4, True, "dot", False, sources=5, targets=6)
        >>> network = EncoderDecoder(spec, spec.starting_weights(np.random.default_rng(0)))
        >>> state = DecoderState(network, Sequences.from_lists([[3, 1, 0]]), beam=1)
        >>> log_probabilities, attention = state.step(np.array([[0]]))
        >>> log_probabilities.shape, attention.shape
        ((1, 1, 6), (1, 1, 3))
    """

    def __init__(self, spec: EncoderDecoderSpec, weights: Mapping[str, FloatArray]) -> None:
        check_shapes(weights, spec.weight_shapes())
        self.spec, self.weights, self.cell = spec, weights, spec.cells()
        self.of_cells = {
            name: {own: weights[f"{name}.{own}"] for own in ("kernel", "recurrent_kernel", "bias")}
            for name in (*spec.directions, "decoder")
        }

    def inputs(self, ids: IntArray) -> FloatArray:
        """Return what the decoder's cell reads for ids of the target: (ids, gates * units)."""
        own = self.of_cells["decoder"]
        sums: FloatArray = self.weights[TABLE][ids + self.spec.sources] @ own["kernel"]
        sums += np.atleast_2d(own["bias"])[0]
        sums *= self.cell.scale(self.spec.units)
        return sums

    def read(self, sources: Sequences) -> tuple[FloatArray, FloatArray]:
        """Read sources that end with a 0.

        Returns:
            The encoder's states, padded with zeros, (documents, tokens, units); and the state in
            which the decoder starts, (documents, units).
        """
        order = np.argsort(-sources.lengths, kind="stable")
        packed = pack(sources, order)
        x = self.weights[TABLE][sources.ids[packed.places]]
        memory, start = [], []
        for name in self.spec.directions:
            backward = name == "backward"
            found = read_states(self.cell, self.of_cells[name], x, packed.starts, reverse=backward)
            padded = np.zeros((len(order), len(packed.starts) - 1, found.shape[1]), np.float32)
            padded[order[packed.documents], packed.steps] = found
            memory.append(padded)
            ends = 0 if backward else sources.lengths - 1
            start.append(padded[np.arange(len(order)), ends])
        return np.concatenate(memory, axis=2), np.concatenate(start, axis=1)


class DecoderState:
    """The beginnings of targets, some for each source: see `seq2seq.search.Decoder`.

    Args:
        network: The network.
        sources: Ids, each with a 0 at its end.
        beam: Number of beginnings for each source.
    """

    def __init__(self, network: EncoderDecoder, sources: Sequences, beam: int) -> None:
        self.network, self.beam = network, beam
        self.memory, start = network.read(sources)
        if network.spec.attention == "last":
            self.memory = start[:, None]
        self.is_token = np.arange(self.memory.shape[1]) < sources.lengths[:, None]
        weights = network.of_cells["decoder"]
        begin = network.cell.starting_states(
            weights["recurrent_kernel"], np.repeat(start, beam, axis=0)
        )
        self.cell = first_step(network.cell, weights, len(start) * beam, begin)

    def step(self, last: IntArray) -> tuple[FloatArray, FloatArray | None]:
        """Take a step; see `seq2seq.search.Decoder`."""
        network, spec = self.network, self.network.spec
        h = self.cell(network.inputs(last.reshape(-1)))
        out, attention = h, None
        if spec.attention != "none":
            asked = queries(spec, h, network.weights).reshape(*last.shape, -1)
            attention, read = attend(asked, self.memory, self.is_token)
            out = combine(h, read.reshape(h.shape), network.weights)
        logits: FloatArray = out @ output_kernel(spec, network.weights)
        logits += network.weights["output.bias"]
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        looked_back = spec.attention in ("general", "dot")
        return logits.reshape(*last.shape, -1), attention if looked_back else None

    def keep(self, sources: IntArray, beams: IntArray) -> None:
        """Go on with some of the beginnings; see `seq2seq.search.Decoder`."""
        self.cell.keep((sources[:, None] * self.beam + beams).reshape(-1))
        if len(sources) < len(self.memory):
            self.memory, self.is_token = self.memory[sources], self.is_token[sources]


def ended(sequences: Sequences) -> Sequences:
    """Return sequences with a 0 at the end of each."""
    return mark(sequences, sequences.offsets[1:])


def mark(sequences: Sequences, places: IntArray) -> Sequences:
    """Return sequences with a 0 before these places, one in each document."""
    offsets = sequences.offsets + np.arange(len(sequences) + 1)
    return Sequences(np.insert(sequences.ids, places, 0), offsets)
