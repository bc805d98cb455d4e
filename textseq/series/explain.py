"""What a network answers to a series, row by row: its hidden states, and the gradient by each row.

The gradient is that of one answer by the rows as the network reads them, standardised: a row whose
gradient is large would change the answer most. It is followed back through time, as in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from textseq.network.arrays import FloatArray, IntArray
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.training.recurrent import RecurrentPass
from textseq.series.data import SeriesData, as_series
from textseq.series.model import CLASSIFIER, FORECASTER, SeriesModel


@dataclass(frozen=True)
class SeriesExplanation:
    """What the first network made of a series.

    Args:
        answers: What it answered: probabilities, or standardised numbers: (outputs,).
        output: The answer that the gradient is of.
        states: The hidden state after each step: (steps, units of all directions).
        gradient: By each row of the input, standardised: (rows, features). Of a forecaster, the
            rows are the last ones that make whole steps.
    """

    answers: FloatArray
    output: int
    states: FloatArray
    gradient: FloatArray


def explain(model: SeriesModel, series: Any, output: int | None = None) -> list[SeriesExplanation]:
    """Return an explanation of each series; see `SequenceClassifier.explain`.

    Args:
        model: A trained model.
        series: See `as_series`.
        output: The column of the answer; by default the first, or the most probable class.
    """
    forecasts = model.task == FORECASTER
    pieces = as_series(series, single=forecasts)
    model.check_features(pieces)
    settings, patch = model.settings, model.settings.patch or 1
    if forecasts:
        settings = model.forecast_settings
        pieces, patch = [each[-settings.window :] for each in pieces], settings.rows_per_step
    found = []
    for each in pieces:
        rows = model.scaler.apply(each)
        data = SeriesData.of([rows], np.zeros(1), patch=patch, anchored=forecasts)
        x, starts, _ = data.pack(np.zeros(1, np.int64))
        network = model.networks[0]
        answers = network.predict(x, starts, 1)[0]
        of = output
        if of is None:
            of = int(answers.argmax()) if model.task == CLASSIFIER else 0
        states, gradient = gradient_of(network, x, starts, of)
        by_rows = gradient.reshape(-1, rows.shape[1])[-len(rows) :]
        found.append(SeriesExplanation(answers, of, states, by_rows))
    return found


def gradient_of(
    network: PackedNetwork, x: FloatArray, starts: IntArray, output: int
) -> tuple[FloatArray, FloatArray]:
    """Return the states of one document, and the gradient of an answer by its steps.

    Of probabilities, the gradient is that of the logit.

    Args:
        network: A network with a pooling.
        x: The steps: (steps, dimension).
        starts: Where each time step begins: (steps + 1,).
        output: The column of the answer.
    """
    assert network.pooling is not None  # noqa: S101
    faces = network.weights, {name: np.zeros_like(w) for name, w in network.weights.items()}
    passes = [RecurrentPass(network.cell, name, faces, x, starts) for name in network.directions]
    states = np.concatenate([each.read() for each in passes], axis=1)
    pooled = network.pooling.pool_packed(states, starts, 1, len(passes), network.weights)
    by_states, _ = pooled.backward(network.weights["output.kernel"][:, output][None].copy())
    total: FloatArray = np.zeros_like(x)
    for each, part in zip(passes, np.split(by_states, len(passes), axis=1), strict=True):
        each.by_states = np.ascontiguousarray(part)
        by_x = each.go_back(by_vectors=True)
        assert by_x is not None  # noqa: S101
        total += by_x
    return states, total
