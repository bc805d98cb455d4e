"""Plots as SVG elements of a page: matplotlib draws, and the page gives the colours.

Every colour is a name of the page's style sheet (`page.html.jinja`), which has a value for light
pages and one for dark ones: matplotlib draws in a stand-in, and the SVG says `var(--ink)`. Text
stays text, in the page's font, so that any script can be read that the browser can show.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SOFT = "#0a0b01"
"""Of axes, their numbers and names."""

SERIES = tuple(f"#0a0b1{n}" for n in range(8))
"""Of lines and points, the most important first."""

_NAMES = {SOFT: "soft", **{c: f"series-{n}" for n, c in enumerate(SERIES, 1)}}

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "textseq",  # else the same page differs at each writing
    "text.parse_math": False,  # a token may hold dollar signs
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


@dataclass(frozen=True)
class Plot:
    """A plot of a page.

    Args:
        heading: What it shows.
        svg: An SVG element.
        note: How to read it.
        wide: Whether it has the whole width of the page, and scrolls where that is too narrow.
    """

    heading: str
    svg: str
    note: str = ""
    wide: bool = False


def can_draw() -> bool:
    """Return whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def drawn(draw: Callable[[Figure], None], width: float = 4.6, height: float = 3.0) -> str:
    """Return what `draw` draws as an SVG element.

    Args:
        draw: Is given an empty figure; its colours are those of this module.
        width: In inches, of 96 pixels each.
        height: Likewise.

    Example:
        >>> from textseq.report.figures import SERIES, drawn
        >>> svg = drawn(lambda figure: figure.subplots().plot([1, 2], color=SERIES[0]))
        >>> svg.startswith("<svg"), "var(--series-1)" in svg
        (True, True)
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    file = io.StringIO()
    with rc_context(_SETTINGS), warnings.catch_warnings():
        # The browser has glyphs that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(width, height))
        draw(figure)
        figure.savefig(
            file, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    svg = file.getvalue()
    for colour, name in _NAMES.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg[svg.index("<svg") :]


def whole_numbers(axes: Axes) -> None:
    """Let the horizontal axis count."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def in_thousands(*axes: Axis) -> None:
    """Write the numbers of axes with commas, and none as a power of ten."""
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    for axis in axes:
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_minor_formatter(NullFormatter())


def logarithmic(axes: Axes) -> None:
    """Make the vertical axis logarithmic, over a power of ten at least, its numbers plain."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    spread = max(1.0, (10 * low / high) ** 0.5)
    axes.set_ylim(low / spread, high * spread)
    between = (1.0, 2.0, 5.0) if high / low < 1_000 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=between))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def visible(token: str) -> str:
    r"""Return a token with signs in place of white space and control characters.

    Example:
        >>> from textseq.report.figures import visible
        >>> visible("high"), visible(" "), visible("a\x00\n")
        ('high', '␣', 'a·↵')
    """
    signs = {" ": "␣", "\n": "↵", "\t": "⇥"}
    return "".join(signs.get(c, c if c.isprintable() else "·") for c in token)
