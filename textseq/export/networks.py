"""Networks in a graph: ids -> embedding -> cell -> pooling -> head, and the mean of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textseq.errors import ArgumentError
from textseq.export.cells import OPERATORS, read_states
from textseq.export.embeddings import embed
from textseq.export.graph import Graph, Value
from textseq.export.layout import Layout
from textseq.export.poolings import POOLINGS
from textseq.network.inference.numpy_network import NumpyNetwork

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor

ACTIVATIONS = {"softmax": "Softmax", "sigmoid": "Sigmoid"}
"""The operator of each head by the head's name."""


def check_networks(predictor: Predictor) -> None:
    """Raise an error unless all parts of the networks can be written in ONNX.

    Raises:
        ArgumentError: One cannot; the message has its name.
    """
    for network in predictor.networks:
        if not isinstance(network, NumpyNetwork):
            raise ArgumentError(
                "A part of the network is your own and runs in Keras only, so it cannot be "
                "written in ONNX; train with the built-in parts."
            )
        for kind, part, known in (
            ("cell", network.cell, OPERATORS),
            ("pooling", network.pooling, POOLINGS),
            ("head", network.head, ACTIVATIONS),
        ):
            if part.name not in known:
                raise ArgumentError(
                    f"The {kind} {part.name!r} cannot be written in ONNX; expected one of "
                    f"{', '.join(known)}."
                )


def mean_probabilities(graph: Graph, networks: Sequence[NumpyNetwork], layout: Layout) -> Value:
    """Return the mean of the probabilities of networks: float32, (texts, classes)."""
    first, *others = (_probabilities(graph, network, layout) for network in networks)
    for other in others:
        first = first + other
    return first / len(networks) if others else first


def _probabilities(graph: Graph, network: NumpyNetwork, layout: Layout) -> Value:
    weights = network.weights
    inputs = embed(graph, network, layout)
    states = read_states(graph, network.cell.name, weights, inputs, layout)
    summary = POOLINGS[network.pooling.name](graph, states, layout, weights)
    kernel, bias = (graph.weights(weights[f"output.{name}"]) for name in ("kernel", "bias"))
    logits = summary @ kernel + bias
    operator = ACTIVATIONS[network.head.name]
    return logits.unary(operator, **({"axis": 1} if operator == "Softmax" else {}))
