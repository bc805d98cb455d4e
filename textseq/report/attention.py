"""A page about an answer of an encoder-decoder: from which words of the source it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.report.explanation import map_colours
from textseq.report.page import Page
from textseq.report.plots import Plot, draw_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from textseq.seq2seq.translator import Translation

CELL = 0.34
"""Inches of a token on either axis."""


def write_attention_page(page: Page, text: str, found: Translation) -> None:
    """Write a page with the answer to a text, and a map of its attention."""
    page.write(
        "attention",
        plots=lambda: [] if found.attention is None else [attention_map(found)],
        text=text,
        found=found,
    )


def attention_map(found: Translation) -> Plot:
    """Return a map with a row for each token of the answer and a column for each of the source."""
    attention = found.attention
    assert attention is not None  # noqa: S101  (the caller knows)
    rows, columns = [*found.tokens, "(end)"], [*found.source, "(end)"]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.imshow(map_colours(attention.astype("float64")), interpolation="none")
        axes.set_xticks(range(len(columns)), columns, rotation=90)
        axes.set_yticks(range(len(rows)), rows)
        axes.xaxis.tick_top()

    return Plot(
        "Attention",
        draw_svg(draw, 1.5 + CELL * len(columns), 1.0 + CELL * len(rows)),
        "For each token of the answer, a row: the darker a token of the source, the more of it was "
        "read. A row sums to 1.",
        wide=True,
    )
