"""From the networks' probabilities and the linear model's logits to answers, in a graph.

As in `classifier.ensemble`, `calibration` and `label_calibration`, in double precision.
"""

from __future__ import annotations

import numpy as np

from textseq.export.graph import Value
from textseq.network.arrays import FloatArray
from textseq.network.heads import NEAREST, SMALLEST


def combine(probabilities: Value, logits: Value, *, multilabel: bool) -> Value:
    """Return the probabilities of the networks and the linear model: float32, (texts, classes).

    Args:
        probabilities: Those of the networks: float32, (texts, classes).
        logits: Those of the linear model: float64, (texts, classes) or (texts, 1).
        multilabel: Whether a text may have several labels.
    """
    if multilabel:
        return _sigmoid(_logits_of(probabilities) + logits)
    return _softmax(_log(probabilities) + logits)


def calibrate(probabilities: Value, temperature: float | FloatArray) -> Value:
    """Return probabilities after their logits were divided by a temperature, or one of each."""
    if np.all(np.asarray(temperature) == 1):
        return probabilities
    if isinstance(temperature, float):
        scaled = _softmax(_log(probabilities) / temperature)
        return _raise(scaled, most_probable(probabilities))
    return _sigmoid(_logits_of(probabilities) / temperature.astype(np.float64))


def most_probable(probabilities: Value) -> Value:
    """Return the most probable class of each text: int64, (texts,)."""
    return probabilities.graph.apply("ArgMax", probabilities, dtype=np.int64, axis=1, keepdims=0)


def _raise(probabilities: Value, best: Value) -> Value:
    """Return probabilities of which those of the best classes are the largest.

    Rounding may have made two classes equal that were not; see `calibration.apply_temperature`.
    """
    graph = probabilities.graph
    classes = graph.range(probabilities.size(1)).reshape(1, -1)
    lost = most_probable(probabilities).differs(best).reshape(-1, 1)
    chosen = classes.equals(best.reshape(-1, 1)) & lost
    above = probabilities.reduce("Max", 1, keep=True) * np.float32(1 + 2**-22)
    return graph.where(chosen, above, probabilities)


def _log(probabilities: Value) -> Value:
    return probabilities.cast(np.float64).at_least(SMALLEST).unary("Log")


def _softmax(logits: Value) -> Value:
    return logits.unary("Softmax", axis=1).cast(np.float32)


def _logits_of(probabilities: Value) -> Value:
    p = probabilities.cast(np.float64).at_least(NEAREST).at_most(1 - NEAREST)
    return p.unary("Log") - (p * -1 + 1).unary("Log")


def _sigmoid(logits: Value) -> Value:
    return logits.unary("Sigmoid").cast(np.float32)
