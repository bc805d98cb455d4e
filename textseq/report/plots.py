"""Plots as SVG: matplotlib draws them, and the style sheet of the page colours them.

Each colour is a variable of the style sheet in `page.html.jinja`, which defines it for light and
for dark pages. Matplotlib draws with a placeholder colour, which `draw_svg` replaces by
`var(--name)`. Text stays text in the font of the page, so that it can be in any script.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.compute.interrupts import deferring_interrupts
from textseq.compute.plotting import load_matplotlib
from textseq.report.outcomes import bins_of
from textseq.tasks.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SOFT = "#0a0b01"
"""Placeholder colour of axes and their labels."""

SERIES = tuple(f"#0a0b1{n}" for n in range(8))
"""Placeholder colours of lines and points, the most important first."""

_VARIABLES = {SOFT: "soft", **{c: f"series-{n}" for n, c in enumerate(SERIES, 1)}}

CURVES = {"loss": "Loss", "accuracy": "Accuracy", "macro_f1": "Macro F1"}
"""What is drawn by epoch, by its name in histories."""

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "textseq",  # without it, the same plot differs each time it is drawn
    "text.usetex": False,
    "text.parse_math": False,  # a token may contain dollar signs
    "font.size": 9,
    "text.color": SOFT,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 3.5,
}

HISTOGRAM_BINS = 40


@dataclass(frozen=True)
class Plot:
    """A plot of a page."""

    heading: str
    svg: str  # an SVG element
    note: str = ""  # how to read it
    wide: bool = False  # whether it takes the full width of the page, with a scroll bar if needed


def draw_svg(draw: Callable[[Figure], None], width: float = 4.6, height: float = 3.0) -> str:
    """Return what `draw` draws, in the colours of this module, as an SVG; sizes in inches."""
    with deferring_interrupts():  # matplotlib aborts where its import is interrupted
        return _draw_svg(draw, width, height)


def _draw_svg(draw: Callable[[Figure], None], width: float, height: float) -> str:
    load_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    file = io.StringIO()
    with rc_context(_STYLE), warnings.catch_warnings():
        # Matplotlib's font lacks glyphs that the browser has.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(width, height))
        draw(figure)
        figure.savefig(
            file, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    svg = file.getvalue()
    for colour, name in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg[svg.index("<svg") :]


def use_integer_ticks(axes: Axes) -> None:
    """Put ticks of the horizontal axis at integers only."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def use_thousands_separators(*axes: Axis) -> None:
    """Label axes with plain numbers and commas, without powers of ten."""
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    for axis in axes:
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_minor_formatter(NullFormatter())


def use_log_scale(axes: Axes) -> None:
    """Make the vertical axis logarithmic, over at least a power of ten, with plain labels."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    factor = max(1.0, (10 * low / high) ** 0.5)
    axes.set_ylim(low / factor, high * factor)
    between = (1.0, 2.0, 5.0) if high / low < 1_000 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=between))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def learning_curves(histories: Sequence[Mapping[str, Sequence[float]]]) -> list[Plot]:
    """Return plots of loss, accuracy and F1 by epoch, where known, with a line per network."""
    note = f"A line for each of the {len(histories)} networks." if len(histories) > 1 else ""
    return [
        Plot(f"{heading} by epoch", _learning_curve(histories, name), note)
        for name, heading in CURVES.items()
        if any({name, f"val_{name}"} & history.keys() for history in histories)
    ]


def _learning_curve(histories: Sequence[Mapping[str, Sequence[float]]], name: str) -> str:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        lines = ((name, "training"), (f"val_{name}", "validation"))
        for colour, (key, label) in zip(SERIES, lines, strict=False):
            for i, history in enumerate(one for one in histories if key in one):
                epochs, once = range(1, len(history[key]) + 1), label if i == 0 else None
                axes.plot(epochs, history[key], marker="o", color=colour, label=once)
        axes.set(xlabel="epoch")
        axes.legend()
        use_integer_ticks(axes)

    return draw_svg(draw)


def reliability_diagram(
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[str],
    *,
    independent: bool = True,
) -> Plot:
    """Return a plot of accuracy over confidence, and of the number of texts in each bin.

    See `measure` and `metrics_of` for the arguments, and Guo et al. 2017, figure 1.
    """
    right = np.array(classes)[probabilities.argmax(axis=1)] == np.array([str(y) for y in labels])
    return Plot(
        "Accuracy by confidence",
        _reliability(
            probabilities.max(axis=1),
            right,
            ("confidence", "accuracy", "texts"),
            independent=independent,
        ),
        "On the dotted line, confidence equals accuracy: 90% of the answers given with 90% "
        f"confidence are right.{' Vertical lines: 95% intervals.' * independent} Below: the number "
        "of texts by confidence.",
    )


def frequency_diagram(
    true: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating[Any]]
) -> Plot:
    """Return a plot of how often labels apply over their probability, where texts have several.

    Args:
        true: Whether a label applies, for each pair of a text and a label: (pairs,).
        probabilities: The classifier's: (pairs,).
    """
    return Plot(
        "Frequency by probability",
        _reliability(probabilities, true, ("probability", "frequency", "labels"), log=True),
        "On the dotted line, a label applies as often as its probability says. Below: the number "
        "of labels of all texts by probability, on a logarithmic scale.",
    )


def _reliability(
    confidences: npt.NDArray[np.floating[Any]],
    right: npt.NDArray[np.bool_],
    axis_names: tuple[str, str, str],
    *,
    log: bool = False,
    independent: bool = False,
) -> str:
    """Return how often answers are right by confidence, above the number of answers."""
    confidence, accuracy, counted = axis_names
    bins = bins_of(confidences)
    used = np.unique(bins)
    means = np.array([confidences[bins == b].mean() for b in used])
    accuracies = np.array([right[bins == b].mean() for b in used])
    intervals = np.array(
        [wilson_interval(int(right[bins == b].sum()), int((bins == b).sum())) for b in used]
    )

    def draw(figure: Figure) -> None:
        axes, below = figure.subplots(2, sharex=True, height_ratios=[3, 1])
        axes.plot([0, 1], [0, 1], linestyle=":", color=SOFT, linewidth=1)
        axes.plot(means, accuracies, marker="o", color=SERIES[0], clip_on=False)
        if independent:
            axes.vlines(means, *intervals.T, color=SERIES[0], linewidth=1)
        axes.set(xlim=(0, 1), ylim=(0, 1), ylabel=accuracy)
        below.bar(
            means, [int((bins == b).sum()) for b in used], width=0.04, color=SERIES[0], log=log
        )
        below.set(xlabel=confidence, ylabel=counted)
        use_thousands_separators(below.yaxis)

    return draw_svg(draw, height=3.4)


def length_histogram(
    lengths: npt.NDArray[np.integer[Any]], *, maxlen: int | None = None, note: str = ""
) -> Plot:
    """Return a histogram of lengths up to the 99th percentile, with one bar for longer texts."""
    longest = int(lengths.max(initial=0))
    top = int(np.percentile(lengths, 99)) if len(lengths) else 1
    top = max(1, longest if longest < 1.5 * top else top)
    width = max(1, -(-top // HISTOGRAM_BINS))  # whole tokens, so that bars are comparable
    edges = np.arange(0, top + 2 * width, width) - 0.5

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.hist(
            np.minimum(lengths, edges[-1] - 0.1), bins=edges.tolist(), color=SERIES[0], rwidth=0.92
        )
        if maxlen is not None and maxlen < edges[-1]:
            axes.axvline(maxlen, color=SERIES[1], linestyle="--", linewidth=1.2)
            axes.annotate(
                f" maxlen {maxlen:,}",
                (maxlen, 1),
                xycoords=("data", "axes fraction"),
                color=SERIES[1],
                va="top",
                ha="right" if maxlen > edges[-1] / 2 else "left",
            )
        axes.set(xlabel="tokens", ylabel="texts")
        use_integer_ticks(axes)
        use_thousands_separators(axes.xaxis, axes.yaxis)

    last = f"The longest text has {longest:,} token{'' if longest == 1 else 's'}"
    if longest > edges[-1]:
        last += f"; the last bar counts all texts of {int(edges[-2] + 0.5):,} tokens or more"
    return Plot("Tokens per text", draw_svg(draw), f"{note} {last}.".strip())
