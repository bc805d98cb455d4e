"""Tables for the terminal: the metrics of a classifier, and the explanation of a sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textseq.report.label_metrics import LabelMetrics
from textseq.report.metrics import Metrics
from textseq.report.page import show_invisible

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from textseq.tasks.explanation import Explanation

FloatArray = npt.NDArray[np.float64]

ARROWS = {"forward": "→", "backward": "←"}

BLOCKS = "▁▂▃▄▅▆▇█"
"""The values of a state, from the most negative to the most positive."""

UNITS, BAR = 12, 12
"""Units of a state per row, and length of the longest bar, on a wide terminal."""

MAX_DECADES = 12
"""The most powers of ten that the bars of gradients span."""

COLUMN_CLASSES = 3
"""Up to this number of classes, each class has a column; of more, only the answer is shown."""


def metrics_table(metrics: Metrics, most: int | None = None, unit: str = "texts") -> Table:
    """Return precision, recall and F1 of each class, or of the `most` classes of the lowest F1.

    `unit` is what has a class.
    """
    from rich.table import Table
    from rich.text import Text  # shows a label as it is, brackets included

    rows = metrics.per_class
    title = "Each class"
    if most is not None and len(rows) > most:
        title = f"The {most} classes of the lowest F1, of {len(rows):,}"
        rows = tuple(sorted((row for row in rows if row.support), key=lambda row: row.f1)[:most])
    table = Table("class", title=title)
    for name in ("precision", "recall", "f1", unit):
        table.add_column(name, justify="right")
    for row in rows:
        scores = [f"{score:.3f}" for score in (row.precision, row.recall, row.f1)]
        table.add_row(Text(row.label), *scores, f"{row.support:,}")
    table.add_section()
    table.add_row("macro average", "", "", f"{metrics.macro_f1:.3f}", "")
    table.add_row("weighted average", "", "", f"{metrics.weighted_f1:.3f}", "")
    return table


def label_metrics_table(metrics: LabelMetrics, most: int | None = None) -> Table:
    """Return the metrics of each label of texts with several, or of the `most` of the lowest F1."""
    from rich.table import Table
    from rich.text import Text  # shows a label as it is, brackets included

    rows = metrics.per_class
    title = "Each label"
    if most is not None and len(rows) > most:
        title = f"The {most} labels of the lowest F1, of {len(rows):,}"
        rows = tuple(sorted((row for row in rows if row.support), key=lambda row: row.f1)[:most])
    table = Table("label", title=title)
    for name in ("threshold", "precision", "recall", "f1", "texts", "predicted"):
        table.add_column(name, justify="right")
    for row in rows:
        scores = (row.threshold, row.precision, row.recall, row.f1)
        counts = (f"{row.support:,}", f"{row.predicted:,}")
        table.add_row(Text(row.label), *(f"{score:.3f}" for score in scores), *counts)
    table.add_section()
    micro = (metrics.micro_precision, metrics.micro_recall, metrics.micro_f1)
    table.add_row("macro average", "", "", "", f"{metrics.macro_f1:.3f}", "", "")
    table.add_row("all together (micro)", "", *(f"{score:.3f}" for score in micro), "", "")
    return table


def confusion_table(metrics: Metrics) -> Table:
    """Return the confusion matrix: a row per true class, a column per predicted class."""
    from rich.table import Table
    from rich.text import Text  # shows a label as it is, brackets included

    table = Table("true \\ predicted", title="Confusion matrix")
    for name in metrics.classes:
        table.add_column(Text(name), justify="right")
    for name, row in zip(metrics.classes, metrics.confusion_matrix, strict=True):
        table.add_row(Text(name), *(f"{count:,}" for count in row))
    return table


def confusions_table(metrics: Metrics, most: int, unit: str = "texts") -> Table:
    """Return the `most` confused pairs of classes, the most frequent first."""
    from rich.table import Table
    from rich.text import Text  # shows a label as it is, brackets included

    table = Table("true class", "predicted as", title="Most confused")
    table.add_column(unit, justify="right")
    for pair in metrics.confusions[:most]:
        table.add_row(Text(pair.label), Text(pair.predicted), f"{pair.texts:,}")
    return table


def explanation_table(explanation: Explanation, width: int = 120) -> Table:
    """Return a row per token: its id, the state after it, the answer there, the gradient."""
    from rich.box import HEAVY_HEAD, SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    directions = explanation.directions
    wide = width >= 35 + 40 * len(directions)
    units, bar = (UNITS, BAR) if wide else (6, 4)
    table = Table(
        title=", ".join(_parts(explanation)),
        box=HEAVY_HEAD if wide else SIMPLE_HEAD,
        padding=(0, 1) if wide else (0, 1, 0, 0),
        pad_edge=wide,
    )
    table.add_column(explanation.words.step, no_wrap=True)
    table.add_column(explanation.words.number, justify="right")
    for name in directions:
        table.add_column(f"{ARROWS[name]} state", no_wrap=True)
    few = len(explanation.classes) <= COLUMN_CLASSES
    for name in explanation.classes if few else ["answer"]:
        table.add_column(Text(name), justify="right", min_width=5)
    for name in directions:
        table.add_column(f"{ARROWS[name]} gradient", no_wrap=True)
    states = [_blocks(d.states, units) for d in directions.values()]
    gradients = [_bars(d.gradient_norms, explanation, bar) for d in directions.values()]
    for t, token in enumerate(explanation.tokens):
        table.add_row(
            Text(show_invisible(token)),
            str(explanation.ids[t]),
            *(column[t] for column in states),
            *map(Text, _answers(explanation, t)),
            *(column[t] for column in gradients),
        )
    return table


def explanation_legend(explanation: Explanation) -> str:
    """Return how to read the table, and how far the gradient reaches."""
    other = " and from the end (←)" if len(explanation.directions) > 1 else ""
    _, decades = _range_of_norms(explanation)
    ranges = " and ".join(
        f"-{max_magnitude(d.states):.2g} to {BLOCKS[-1]} {max_magnitude(d.states):.2g}"
        for d in explanation.directions.values()
    )
    lines = [
        f"state: the units that vary most, {BLOCKS[0]} {ranges}, of the cell that reads from the "
        f"beginning (→){other}",
        *([f"probabilities: {explanation.words.probabilities}"] if explanation.classes else []),
        f"gradient: norm of the gradient of {explanation.quantity} with respect to the state; "
        f"a bar of half the length means 1/{10 ** (decades / 2):,.0f} of the norm",
    ]
    for name, direction in explanation.directions.items():
        # Where one of the steps is explained, those that are read after it have no gradient.
        norms = np.trim_zeros(direction.gradient_norms[:: 1 if name == "forward" else -1], "b")
        if len(norms):
            lines.append(
                f"{ARROWS[name]} the norm is {norms[-1]:.1e} at the last step read, and "
                f"{norms[0]:.1e} at the first, {len(norms) - 1} steps before"
            )
    return "\n".join(lines)


def max_magnitude(states: FloatArray) -> float:
    """Return the largest absolute value; 1 if there is none, or all are 0."""
    return float(np.abs(states).max(initial=0)) or 1.0


def most_variable_units(states: FloatArray, count: int) -> npt.NDArray[np.intp]:
    """Return the indices of the `count` units that vary most over time, in ascending order."""
    if not len(states):
        return np.arange(0)
    return np.sort(np.argsort(-states.std(axis=0), kind="stable")[:count])


def _parts(explanation: Explanation) -> list[str]:
    pooling = explanation.network.get("pooling")
    return [explanation.network["cell"], *([f"{pooling} pooling"] if pooling else [])]


def _answers(explanation: Explanation, t: int) -> list[str]:
    row = explanation.probabilities[t]
    if len(row) <= COLUMN_CLASSES:
        return [f"{p:.3f}" for p in row]
    best = int(row.argmax())
    return [f"{explanation.classes[best]} {row[best]:.3f}"]


def _blocks(states: FloatArray, units: int) -> list[Text]:
    """Return each state as blocks of increasing height: blue below 0, red above."""
    from rich.text import Text

    rows = []
    for row in states[:, most_variable_units(states, units)] / max_magnitude(states):
        text = Text()
        for value in row.tolist():
            level = min(len(BLOCKS) - 1, int((value + 1) / 2 * len(BLOCKS)))
            text.append(BLOCKS[max(0, level)], style="blue" if value < 0 else "red")
        rows.append(text)
    return rows


def _bars(norms: FloatArray, explanation: Explanation, longest: int) -> list[str]:
    """Return each norm with a bar whose length is proportional to its logarithm."""
    largest, decades = _range_of_norms(explanation)
    bars = []
    for norm in norms.tolist():
        length = 1 + math.log10(norm / largest) / decades if norm else 0
        bars.append(f"{norm:.1e} {'━' * max(0, round(longest * length))}")
    return bars


def _range_of_norms(explanation: Explanation) -> tuple[float, int]:
    """Return the largest norm, and the number of powers of ten that the norms span."""
    norms = np.concatenate([d.gradient_norms for d in explanation.directions.values()])
    largest = float(norms.max())
    if not largest:
        return largest, 1
    decades = math.ceil(math.log10(largest / norms[norms > 0].min()) - 1e-9)
    return largest, min(MAX_DECADES, max(1, decades))
