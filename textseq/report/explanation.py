"""The page on one sentence's way through a classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.files.paths import StrPath
from textseq.report.figures import SERIES, SOFT, Plot, can_draw, drawn, logarithmic, visible
from textseq.report.page import write_page
from textseq.report.steps import reach

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from textseq.classifier.explain import Direction, Explanation

NEGATIVE, POSITIVE = (59, 130, 246), (249, 115, 22)
"""Blue and orange, which are seen on white and on black; 0 is transparent."""

NAMED_TOKENS = 80
"""Up to so many tokens, each has its name on the axis."""

SHOWN_CLASSES = 6
"""Of more classes than so many, those with the highest probabilities are drawn."""

STEP, LEAST_WIDTH, MOST_WIDTH = 0.27, 9.4, 40.0
"""Width of a time step, and of the whole, in inches."""

PANEL = 2.6
"""Height of a panel, in inches, without the tokens' names below it."""


def write_explanation_page(
    path: StrPath,
    explanation: Explanation,
    *,
    name: str = "this model",
    others: Mapping[str, Explanation] | None = None,
    title: str,
    command: str | None = None,
    force: bool = False,
) -> None:
    """Write the page.

    Args:
        path: The file.
        explanation: What `explain` found.
        name: Of the classifier.
        others: The same sentence through other classifiers, by their names: their gradients are
            drawn beside its own.
        title: Of the page.
        command: The command that made the page.
        force: Whether to replace a file that exists.
    """
    plots = []
    if can_draw() and explanation.tokens:
        plots = [steps_plot(explanation, {name: explanation, **(others or {})})]
    write_page(
        path,
        "explanation.html.jinja",
        force=force,
        title=title,
        explanation=explanation,
        steps=_steps(explanation),
        plots=plots,
        settings=dict(explanation.network),
        command=command,
    )


def steps_plot(explanation: Explanation, compared: Mapping[str, Explanation]) -> Plot:
    """Return states, probabilities and gradients above each other, a column for each token.

    Args:
        explanation: What `explain` found.
        compared: Whose gradients to draw, by the classifiers' names, `explanation` first.
    """
    panels: list[tuple[str, Callable[[Axes], None]]] = [
        (
            f"Hidden state, {name}: blue is -{reach(direction.states):.2g}, "
            f"orange {reach(direction.states):.2g}",
            partial(_draw_states, direction),
        )
        for name, direction in explanation.directions.items()
    ]
    heading = "Probabilities, if the sentence ended there"
    panels.append((heading, partial(_draw_probabilities, explanation)))
    for name in explanation.directions:
        heading = f"Gradient of log p({explanation.answer}), {name}"
        panels.append((heading, partial(_draw_gradients, compared, name)))
    width = 1 + STEP * len(explanation.tokens)

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("constrained")
        for axes, (heading, panel) in zip(
            figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True
        ):
            panel(axes)
            axes.set_title(f"{heading}\n" if axes.get_legend() else heading, loc="left")
            _name_steps(axes, explanation.tokens)

    return Plot(
        "Step by step",
        drawn(
            draw,
            min(MOST_WIDTH, max(LEAST_WIDTH, width)),
            len(panels) * (PANEL + _name_height(explanation.tokens)),
        ),
        "The gradient is that with respect to the hidden state after each token, and its length is "
        "drawn. Training follows it: where it has vanished, nothing is learned from that token by "
        "way of this state. Its axis is logarithmic: a straight slope is the same loss at each "
        "step. The forward cell reads from the beginning, the backward one from the end.",
        wide=True,
    )


def colours(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return numbers from -1 to 1 as colours, the nearer to 0 the more transparent.

    Args:
        values: Of any shape.

    Returns:
        Red, green, blue and opacity, from 0 to 1: the shape of `values`, and 4.

    Example:
        >>> import numpy as np
        >>> from textseq.report.explanation import colours
        >>> colours(np.array([-1.0, 0.25]))[:, 3]
        array([1.  , 0.25])
    """
    rgb = np.where(values[..., None] < 0, NEGATIVE, POSITIVE) / 255
    return np.concatenate([rgb, np.abs(values[..., None]).clip(0, 1)], axis=-1)


def _draw_states(direction: Direction, axes: Axes) -> None:
    """Draw a heat map: a column for each token, a row for each unit."""
    image = colours(direction.states.T / reach(direction.states))
    axes.imshow(image, aspect="auto", interpolation="none", origin="lower")
    axes.set(ylabel="unit")


def _draw_probabilities(explanation: Explanation, axes: Axes) -> None:
    order = np.argsort(-explanation.probabilities.max(axis=0), kind="stable")
    for colour, i in zip(SERIES, order[:SHOWN_CLASSES].tolist(), strict=False):
        axes.plot(
            explanation.probabilities[:, i],
            marker="o",
            color=colour,
            label=explanation.classes[i][:30],
            clip_on=False,
        )
    axes.set(ylim=(0, 1), ylabel="probability")
    _legend_above(axes)


def _draw_gradients(compared: Mapping[str, Explanation], name: str, axes: Axes) -> None:
    """Draw the length of the gradient with respect to each state, of each classifier."""
    first, *others = compared.values()
    for colour, (label, one) in zip(SERIES, compared.items(), strict=False):
        found = one.directions.get(name)
        if found is not None and one.tokens == first.tokens:
            label = f"{label[:40]} ({one.network['cell']})"
            _draw_norms(axes, found.gradients, colour, label)
    direction = first.directions[name]
    if first.network["pooling"] != "last":
        carried = "its part that came through other states"
        _draw_norms(axes, direction.carried, SOFT, carried, "--")
    if direction.memories is not None and not others:
        _draw_norms(axes, direction.memories, SERIES[2], "with respect to the LSTM's memory")
    axes.set(ylabel="length")
    logarithmic(axes)
    _legend_above(axes)


def _draw_norms(
    axes: Axes,
    gradients: npt.NDArray[np.float64],
    colour: str,
    label: str,
    linestyle: str = "-",
) -> None:
    """Draw lengths, and leave out those that are 0, for which a logarithmic axis has no place."""
    norms = np.sqrt((gradients**2).sum(axis=1))
    if norms.any():
        axes.plot(
            np.where(norms > 0, norms, np.nan),
            marker="o" if linestyle == "-" else None,
            linestyle=linestyle,
            color=colour,
            label=label,
        )


def _name_steps(axes: Axes, tokens: tuple[str, ...]) -> None:
    every = -(-len(tokens) // NAMED_TOKENS)
    places = range(0, len(tokens), every)
    names = [visible(tokens[t])[:24] for t in places]
    axes.set_xticks(list(places), names, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.5, len(tokens) - 0.5)


def _name_height(tokens: tuple[str, ...]) -> float:
    """Return how much room the slanting names take, in inches."""
    return 0.3 + 0.06 * min(24, max(map(len, tokens)))


def _legend_above(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=6, borderaxespad=0)


def _steps(explanation: Explanation) -> list[dict[str, Any]]:
    """Return the rows of the page's table."""
    norms = {name: d.gradient_norms for name, d in explanation.directions.items()}
    return [
        {
            "token": token,
            "id": number,
            "probabilities": explanation.probabilities[t].tolist(),
            "norms": [each[t] for each in norms.values()],
        }
        for t, (token, number) in enumerate(
            zip(explanation.tokens, explanation.ids.tolist(), strict=True)
        )
    ]
