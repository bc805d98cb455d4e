"""The plots that several pages have: learning curves, calibration, lengths of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.report.figures import SERIES, SOFT, Plot, drawn, in_thousands, whole_numbers
from textseq.report.metrics import bins_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HISTOGRAM_BINS = 40


def learning_curves(histories: Sequence[Mapping[str, Sequence[float]]]) -> list[Plot]:
    """Return loss and accuracy by epoch, as far as there are any, a line for each network."""
    note = f"Each of {len(histories)} networks by itself." if len(histories) > 1 else ""
    return [
        Plot(heading, _curve(histories, name), note)
        for name, heading in (("loss", "Loss by epoch"), ("accuracy", "Accuracy by epoch"))
        if any(name in history for history in histories)
    ]


def _curve(histories: Sequence[Mapping[str, Sequence[float]]], name: str) -> str:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        lines = ((name, "training"), (f"val_{name}", "validation"))
        for colour, (key, label) in zip(SERIES, lines, strict=False):
            for i, history in enumerate(one for one in histories if key in one):
                epochs, once = range(1, len(history[key]) + 1), label if i == 0 else None
                axes.plot(epochs, history[key], marker="o", color=colour, label=once)
        axes.set(xlabel="epoch")
        axes.legend()
        whole_numbers(axes)

    return drawn(draw)


def calibration(
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[str],
) -> Plot:
    """Return each bin's accuracy over its mean confidence, and how many texts are in it.

    Guo et al. 2017, figure 1: a reliability diagram.
    """
    right = np.array(classes)[probabilities.argmax(axis=1)] == np.array([str(y) for y in labels])
    confidences = probabilities.max(axis=1)
    bins = bins_of(confidences)
    used = np.unique(bins)
    means = np.array([confidences[bins == b].mean() for b in used])
    accuracies = np.array([right[bins == b].mean() for b in used])

    def draw(figure: Figure) -> None:
        axes, below = figure.subplots(2, sharex=True, height_ratios=[3, 1])
        axes.plot([0, 1], [0, 1], linestyle=":", color=SOFT, linewidth=1)
        axes.plot(means, accuracies, marker="o", color=SERIES[0], clip_on=False)
        axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="accuracy")
        below.bar(means, [int((bins == b).sum()) for b in used], width=0.04, color=SERIES[0])
        below.set(xlabel="confidence", ylabel="texts")
        in_thousands(below.yaxis)

    return Plot(
        "Accuracy by confidence",
        drawn(draw, height=3.4),
        "On the dotted line, of answers given at 90% nine in ten are right. Below, how many texts "
        "got an answer so sure.",
    )


def length_histogram(
    lengths: npt.NDArray[np.integer[Any]], *, maxlen: int | None = None, note: str = ""
) -> Plot:
    """Return how many texts have how many tokens: up to the 99th percentile, the rest as one bar.

    Args:
        lengths: Tokens of each text: (documents,).
        maxlen: Where longer texts are cut; None for nowhere.
        note: How to read it.
    """
    longest = int(lengths.max(initial=0))
    top = int(np.percentile(lengths, 99)) if len(lengths) else 1
    top = max(1, longest if longest < 1.5 * top else top)
    width = max(1, -(-top // HISTOGRAM_BINS))  # whole tokens, so that no bar is higher by rounding
    edges = np.arange(0, top + 2 * width, width) - 0.5

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.hist(
            np.minimum(lengths, edges[-1] - 0.1), bins=edges.tolist(), color=SERIES[0], rwidth=0.92
        )
        if maxlen is not None and maxlen < edges[-1]:
            axes.axvline(maxlen, color=SERIES[1], linestyle="--", linewidth=1.2)
            axes.annotate(
                f" cut at {maxlen:,}",
                (maxlen, 1),
                xycoords=("data", "axes fraction"),
                color=SERIES[1],
                va="top",
                ha="right" if maxlen > edges[-1] / 2 else "left",
            )
        axes.set(xlabel="tokens", ylabel="texts")
        whole_numbers(axes)
        in_thousands(axes.xaxis, axes.yaxis)

    last = f"The longest has {longest:,} token{'' if longest == 1 else 's'}"
    if longest > edges[-1]:
        last += f"; the last bar holds all from {int(edges[-2] + 0.5):,} on"
    return Plot("Tokens in a text", drawn(draw), f"{note} {last}.".strip())
