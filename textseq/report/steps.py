"""A sentence's way through a classifier as a table for the terminal: a row for each time step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textseq.report.figures import visible

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from textseq.classifier.explain import Explanation

Array = npt.NDArray[np.float64]

ARROWS = {"forward": "→", "backward": "←"}

LEVELS = "▁▂▃▄▅▆▇█"
"""From the least a state can be to the most: as far below 0 as above it."""

SHOWN, BAR = 12, 12
"""Units of a state that a row shows, and the length of the longest bar, on a wide terminal."""

SHOWN_NARROW, BAR_NARROW = 6, 4
"""Likewise on a narrow one."""

DECADES = 12
"""Bars span so many powers of ten at most."""

FEW_CLASSES = 3
"""Up to so many classes, each has a column."""


def explanation_table(explanation: Explanation, width: int = 120) -> Table:
    """Return a row for each token: its id, the state after it, the answer there, the gradient.

    Args:
        explanation: What `explain` found.
        width: Characters in a line of the terminal.
    """
    from rich.box import HEAVY_HEAD, SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    wide = width >= 35 + 40 * len(explanation.directions)
    title = f"{explanation.network['cell']}, pooled by {explanation.network['pooling']}"
    table = Table(
        title=title,
        box=HEAVY_HEAD if wide else SIMPLE_HEAD,
        padding=(0, 1) if wide else (0, 1, 0, 0),
        pad_edge=wide,
    )
    table.add_column("token", no_wrap=True)
    table.add_column("id", justify="right")
    for name in explanation.directions:
        table.add_column(f"{ARROWS[name]} state", no_wrap=True)
    for name in _columns(explanation):
        table.add_column(Text(name), justify="right", min_width=5)
    for name in explanation.directions:
        table.add_column(f"{ARROWS[name]} gradient", no_wrap=True)
    bars, shown = _bars(explanation, BAR if wide else BAR_NARROW), SHOWN if wide else SHOWN_NARROW
    units = {name: liveliest(d.states, shown) for name, d in explanation.directions.items()}
    for t, (token, number) in enumerate(zip(explanation.tokens, explanation.ids, strict=True)):
        table.add_row(
            Text(visible(token)),
            str(number),
            *(
                _heat(d.states[t][units[name]] / reach(d.states))
                for name, d in explanation.directions.items()
            ),
            *(Text(answer) for answer in _answers(explanation, t)),
            *(bars[name][t] for name in explanation.directions),
        )
    return table


def key_of(explanation: Explanation) -> str:
    """Return how to read the table, and how far the gradient reaches."""
    other = " and from the end (←)" if len(explanation.directions) > 1 else ""
    spans = " and ".join(
        f"-{reach(d.states):.2g} to {LEVELS[-1]} {reach(d.states):.2g}"
        for d in explanation.directions.values()
    )
    lines = [
        f"state: the units that change most, {LEVELS[0]} {spans}, of the cell that reads from the "
        f"beginning (→){other}",
        "probabilities: those of the sentence if it ended there",
        f"gradient: length of the gradient of log p({explanation.answer}) with respect to the "
        f"state; a bar half as long stands for 1/{10 ** (_decades(explanation) / 2):,.0f} of it",
    ]
    for name, direction in explanation.directions.items():
        norms = direction.gradient_norms
        order = 1 if name == "forward" else -1
        first, last = norms[::order][[0, -1]]
        lines.append(
            f"{ARROWS[name]} the gradient is {last:.1e} at the last step read, and {first:.1e} at "
            f"the first, {len(norms) - 1} steps before"
        )
    return "\n".join(lines)


def reach(states: Array) -> float:
    """Return how far from 0 states go, at most 1; 1 where there are none, or all are 0.

    Example:
        >>> import numpy as np
        >>> from textseq.report.steps import reach
        >>> reach(np.array([[0.1, -0.4]])), reach(np.zeros((0, 2)))
        (0.4, 1.0)
    """
    return float(np.abs(states).max(initial=0)) or 1.0


def liveliest(states: Array, count: int) -> npt.NDArray[np.intp]:
    """Return the numbers of the units whose state varies most over time, in rising order.

    Example:
        >>> import numpy as np
        >>> from textseq.report.steps import liveliest
        >>> liveliest(np.array([[0.0, 1.0, -1.0], [0.1, 1.0, 1.0]]), 2)
        array([0, 2])
    """
    if not len(states):
        return np.arange(0)
    return np.sort(np.argsort(-states.std(axis=0), kind="stable")[:count])


def _columns(explanation: Explanation) -> tuple[str, ...]:
    few = len(explanation.classes) <= FEW_CLASSES
    return explanation.classes if few else ("if it ended here",)


def _answers(explanation: Explanation, t: int) -> list[str]:
    row = explanation.probabilities[t]
    if len(explanation.classes) <= FEW_CLASSES:
        return [f"{p:.3f}" for p in row]
    best = int(row.argmax())
    return [f"{explanation.classes[best]} {row[best]:.3f}"]


def _heat(state: Array) -> Text:
    """Return numbers from -1 to 1 as blocks of rising height, in blue below 0 and red above."""
    from rich.text import Text

    text = Text()
    for value in state.tolist():
        level = min(len(LEVELS) - 1, int((value + 1) / 2 * len(LEVELS)))
        text.append(LEVELS[max(0, level)], style="blue" if value < 0 else "red")
    return text


def _bars(explanation: Explanation, longest: int) -> dict[str, list[str]]:
    """Return each step's gradient with a bar, whose length falls as its logarithm does."""
    most = _largest(explanation)
    rows: dict[str, list[str]] = {}
    for name, direction in explanation.directions.items():
        rows[name] = []
        for norm in direction.gradient_norms.tolist():
            left = 1 + math.log10(norm / most) / _decades(explanation) if norm else 0
            rows[name].append(f"{norm:.1e} {'━' * max(0, round(longest * left))}")
    return rows


def _decades(explanation: Explanation) -> int:
    """Return how many powers of ten the gradients span."""
    most = _largest(explanation)
    norms = np.concatenate([d.gradient_norms for d in explanation.directions.values()])
    least = norms[norms > 0].min(initial=most)
    return int(min(DECADES, max(1, math.ceil(math.log10(most / least) - 1e-9)))) if most else 1


def _largest(explanation: Explanation) -> float:
    return max(float(d.gradient_norms.max()) for d in explanation.directions.values())
