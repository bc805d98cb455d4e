"""The page about one sentence in a classifier: states, probabilities and gradients by token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.report.page import Page, show_invisible
from textseq.report.plots import SERIES, SOFT, Plot, draw_svg, use_log_scale
from textseq.report.tables import max_magnitude

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from textseq.network.inference.bptt import Direction
    from textseq.tasks.explanation import Explanation

NEGATIVE, POSITIVE = (59, 130, 246), (249, 115, 22)
"""Blue and orange, which are visible on light and dark pages; 0 is transparent."""

MAX_TICKS = 80  # tokens that label the axis; of more, every second, third, ... does

MAX_CLASSES = 6  # that are drawn: those with the highest probabilities

STEP, MIN_WIDTH, MAX_WIDTH = 0.27, 9.4, 40.0  # of a time step and of the plot, in inches

PANEL = 2.6  # height without the tokens below it, in inches


def write_explanation_page(
    page: Page,
    explanation: Explanation,
    *,
    name: str = "this model",
    others: Mapping[str, Explanation] | None = None,
) -> None:
    """Write the page about the explanation of a sentence by the classifier `name`.

    `others` has the explanations by other classifiers, whose gradients are drawn too, by name.
    """
    compared = {name: explanation, **(others or {})}
    page.write(
        "explanation",
        plots=lambda: [plot_steps(explanation, compared)] if explanation.tokens else [],
        settings=explanation.network,
        explanation=explanation,
        steps=_steps(explanation),
    )


def plot_steps(explanation: Explanation, compared: Mapping[str, Explanation]) -> Plot:
    """Return a plot with panels of states, probabilities and gradients, and a column per token.

    `compared` has the explanations whose gradients to draw, by name; `explanation` is the first.
    """
    panels: dict[str, Callable[[Axes], None]] = {}  # by heading
    for name, direction in explanation.directions.items():
        most = f"{max_magnitude(direction.states):.2g}"
        heading = f"Hidden state, {name}: blue is -{most}, orange {most}"
        panels[heading] = partial(_draw_states, direction)
    if explanation.classes:
        heading = f"Probabilities: {explanation.words.probabilities}"
        panels[heading] = partial(_draw_probabilities, explanation)
    for name in explanation.directions:
        heading = f"Gradient of {explanation.quantity}, {name}"
        panels[heading] = partial(_draw_gradients, compared, name)
    width = min(MAX_WIDTH, max(MIN_WIDTH, 1 + STEP * len(explanation.tokens)))
    label_height = 0.3 + 0.06 * min(24, max(map(len, explanation.tokens)))  # they are rotated

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("constrained")
        rows = figure.subplots(len(panels), squeeze=False)[:, 0]
        for axes, (heading, panel) in zip(rows, panels.items(), strict=True):
            panel(axes)
            axes.set_title(f"{heading}\n" if axes.get_legend() else heading, loc="left")
            _label_steps(axes, explanation.tokens)

    return Plot(
        "Step by step",
        draw_svg(draw, width, len(panels) * (PANEL + label_height)),
        "The gradient panels show the norm of the gradient with respect to the hidden state after "
        f"each {explanation.words.step}. Where it has vanished, training learns nothing from it "
        "through this state. The axis is logarithmic: on a straight line, each step loses the same "
        "factor. The forward cell reads from the beginning, the backward cell from the end.",
        wide=True,
    )


def map_colours(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return colours for values from -1 to 1; the closer to 0, the more transparent.

    Red, green, blue and opacity, from 0 to 1, are on a new last axis.
    """
    rgb = np.where(values[..., None] < 0, NEGATIVE, POSITIVE) / 255
    return np.concatenate([rgb, np.abs(values[..., None]).clip(0, 1)], axis=-1)


def _draw_states(direction: Direction, axes: Axes) -> None:
    """Draw a heat map with a column per token and a row per unit."""
    image = map_colours(direction.states.T / max_magnitude(direction.states))
    axes.imshow(image, aspect="auto", interpolation="none", origin="lower")
    axes.set(ylabel="unit")


def _draw_probabilities(explanation: Explanation, axes: Axes) -> None:
    order = np.argsort(-explanation.probabilities.max(axis=0), kind="stable")
    for colour, i in zip(SERIES, order[:MAX_CLASSES].tolist(), strict=False):
        line, name = explanation.probabilities[:, i], explanation.classes[i][:30]
        axes.plot(line, marker="o", color=colour, label=name, clip_on=False)
    axes.set(ylim=(0, 1), ylabel="probability")
    _legend_above(axes)


def _draw_gradients(compared: Mapping[str, Explanation], name: str, axes: Axes) -> None:
    """Draw the norm of the gradient with respect to each state, for each classifier."""
    first, *others = compared.values()
    for colour, (label, one) in zip(SERIES, compared.items(), strict=False):
        found = one.directions.get(name)
        if found is not None and one.tokens == first.tokens:
            label = f"{label[:40]} ({one.network['cell']})"
            _draw_norms(axes, found.gradients, colour, label)
    direction = first.directions[name]
    if first.network.get("pooling", "last") != "last":
        _draw_norms(axes, direction.carried, SOFT, "part that came through other states", "--")
    if direction.memories is not None and not others:
        _draw_norms(axes, direction.memories, SERIES[2], "with respect to the memory of the LSTM")
    axes.set(ylabel="norm")
    use_log_scale(axes)
    _legend_above(axes)


def _draw_norms(
    axes: Axes, gradients: npt.NDArray[np.float64], colour: str, label: str, linestyle: str = "-"
) -> None:
    """Draw the norms that are not 0, as the axis is logarithmic."""
    norms = np.sqrt((gradients**2).sum(axis=1))
    if norms.any():
        norms, marker = np.where(norms > 0, norms, np.nan), "o" if linestyle == "-" else None
        axes.plot(norms, marker=marker, linestyle=linestyle, color=colour, label=label)


def _label_steps(axes: Axes, tokens: tuple[str, ...]) -> None:
    places = range(0, len(tokens), -(-len(tokens) // MAX_TICKS))
    names = [show_invisible(tokens[t])[:24] for t in places]
    axes.set_xticks(list(places), names, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.5, len(tokens) - 0.5)


def _legend_above(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=6, borderaxespad=0)


def _steps(explanation: Explanation) -> list[dict[str, Any]]:
    """Return the rows of the table."""
    norms = [direction.gradient_norms for direction in explanation.directions.values()]
    return [
        {
            "token": token,
            "id": int(explanation.ids[t]),
            "probabilities": explanation.probabilities[t].tolist(),
            "norms": [each[t] for each in norms],
        }
        for t, token in enumerate(explanation.tokens)
    ]
