"""What the first network makes of a series, step by step, and the gradient of its answer.

Of a forecaster, a step is as many rows as the network reads at a time, and the answer one row of
the horizon; of a classifier, the answer is the most probable class.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, DoubleArray, NamedArrays
from textseq.network.heads import softmax
from textseq.network.inference.bptt import backpropagate
from textseq.series.data import SeriesData, as_series
from textseq.series.model import CLASSIFIER, FORECASTER, SeriesModel
from textseq.tasks.explanation import Explanation, StepWords

WORDS = StepWords("step", "last row", "the answer to the whole series")


def explain(model: SeriesModel, series: Any, output: int | None = None) -> list[Explanation]:
    """Return an explanation of each series.

    Args:
        model: A trained model.
        series: See `as_series`.
        output: The column of the answer, such as the row of the horizon, from 0; by default the
            last, or the most probable class.

    Raises:
        ArgumentError: There is no such column.
    """
    outputs = len(model.networks[0].weights["output.bias"])
    if output is not None and not 0 <= output < outputs:
        raise ArgumentError(f"`output` must be from 0 to {outputs - 1}. Received: {output}.")
    pieces = as_series(series, single=model.task == FORECASTER)
    model.check_features(pieces)
    return [_explain(model, each, output) for each in pieces]


def _explain(model: SeriesModel, rows: AnyArray, output: int | None) -> Explanation:
    network, forecasts = model.networks[0], model.task == FORECASTER
    patch, first = model.settings.patch or 1, 0
    if forecasts:
        patch = model.forecast_settings.rows_per_step
        first = max(0, len(rows) - model.forecast_settings.window)
    scaled = [model.scaler.apply(rows[first:])]
    data = SeriesData.of(scaled, np.zeros(1), patch=patch, anchored=forecasts)
    x, starts, _ = data.pack(np.zeros(1, np.int64))
    answers = network.predict(x, starts, 1)[0]
    classes = () if model.classes is None else tuple(map(str, model.classes.tolist()))
    column = int(answers.argmax() if classes else len(answers) - 1) if output is None else output

    def gradient(summary: DoubleArray, weights: NamedArrays) -> DoubleArray:
        kernel: DoubleArray = weights["output.kernel"]
        if model.task != CLASSIFIER:
            return kernel[:, column]
        logits = summary @ kernel + weights["output.bias"]
        by_logits = -softmax(logits[None])[0]
        by_logits[column] += 1
        found: DoubleArray = kernel @ by_logits
        return found

    value = float(answers[column])
    if forecasts:
        value = float(model.to_values(data, answers[None])[0, column])
    elif model.answers is not None:
        value = float(value * model.answers.deviation[column] + model.answers.mean[column])
    last = len(rows) - 1 - patch * np.arange(len(x))[::-1]
    of_number = f"row {column + 1} of the horizon" if forecasts else f"answer {column + 1}"
    return Explanation(
        text=f"{len(rows) - first} rows",
        tokens=tuple(f"{max(first, end - patch + 1)}-{end}" if patch > 1 else f"{end}"
                     for end in last.tolist()),
        ids=last,
        unknown=(),
        classes=classes,
        probabilities=np.tile(answers, (len(x), 1)) if classes else np.empty((len(x), 0), "f4"),
        answer=classes[column] if classes else f"{of_number}: {value:.7g}",
        directions=backpropagate(network, x, gradient),
        network={"cell": model.settings.cell, "pooling": model.settings.pooling},
        followed="" if classes else of_number,
        words=WORDS,
    )  # fmt: skip
