"""The page about forecasts: their errors beside those of simple methods, and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.report.page import Page
from textseq.report.plots import SERIES, Plot, draw_svg, learning_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from textseq.series.fit import Evaluation

WINDOWS = 3
"""Windows that are drawn: those of which the error is small, of median size, and large."""

ROWS = 600
"""Rows of the plot of the first forecast of each window; the last ones of more."""


def write_forecast_page(
    page: Page,
    found: Evaluation,
    target: str,
    settings: Mapping[str, Any],
    histories: Sequence[Mapping[str, Sequence[float]]] = (),
) -> None:
    """Write the page about forecasts.

    Args:
        page: Where to.
        found: Forecasts, and what came.
        target: The name of the column.
        settings: Those of the model.
        histories: Loss of each epoch of each network.
    """
    scores = found.scores
    page.write(
        "forecast",
        plots=lambda: [
            *(_window(found, k, target) for k in _chosen(found)),
            _first_rows(found, target),
            _by_row(found),
            *learning_curves(histories),
        ],
        settings=settings,
        scores=scores,
        best=min(reversed(scores), key=lambda way: scores[way]["mae"]),
        windows=len(found.truth),
        horizon=found.truth.shape[1],
    )


def _chosen(found: Evaluation) -> list[int]:
    """Return windows of which the error is small, of median size, and large."""
    errors = np.abs(found.forecasts["textseq"] - found.truth).mean(axis=1)
    order, last = np.argsort(errors, kind="stable"), len(errors) - 1
    return [*dict.fromkeys(int(order[round(last * k)]) for k in np.linspace(0.05, 0.95, WINDOWS))]


def _window(found: Evaluation, k: int, target: str) -> Plot:
    """Return a plot of one window: the truth, and each forecast."""
    rows = found.rows[k] + np.arange(found.truth.shape[1])
    lines = {"truth": found.truth[k]}
    lines |= {way: one[k] for way, one in found.forecasts.items() if way != "networks"}
    error = float(np.abs(found.forecasts["textseq"][k] - found.truth[k]).mean())
    return _lines(f"From row {rows[0]:,}", rows, lines, target, f"MAE of textseq: {error:.4g}.")


def _first_rows(found: Evaluation, target: str) -> Plot:
    """Return a plot of the truth, and of the first and the last row of each forecast."""
    rows, horizon = found.rows[-ROWS:], found.truth.shape[1]
    lines = {"truth": found.truth[-ROWS:, 0], "1 ahead": found.forecasts["textseq"][-ROWS:, 0]}
    if horizon > 1:  # of earlier windows, so that it is of the same row
        late = found.forecasts["textseq"][-ROWS - horizon + 1 : len(found.rows) - horizon + 1, -1]
        lines[f"{horizon} ahead"] = np.r_[np.full(len(rows) - len(late), np.nan), late]
    note = "The forecast of each row from the row before it, and from the whole horizon before."
    return _lines("Forecast and truth", rows, lines, target, note)


def _by_row(found: Evaluation) -> Plot:
    """Return a plot of the error of each way by the row of the horizon."""
    ahead = 1 + np.arange(found.truth.shape[1])
    lines = {way: np.abs(one - found.truth).mean(axis=0) for way, one in found.forecasts.items()}
    return _lines("Error by row of the horizon", ahead, lines, "MAE", "", "rows ahead")


def _lines(
    heading: str,
    rows: Any,
    lines: Mapping[str, Any],
    unit: str,
    note: str,
    axis: str = "row",
) -> Plot:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for colour, (name, values) in zip(SERIES, lines.items(), strict=False):
            axes.plot(rows, values, color=colour, label=name, linewidth=1.2)
        axes.set(xlabel=axis, ylabel=unit)
        axes.legend()

    return Plot(heading, draw_svg(draw, width=9.4), note, wide=True)
