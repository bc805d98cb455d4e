"""The page on word vectors: a map of the words, their neighbours, how much of a text they cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.report.page import Page, show_invisible
from textseq.report.plots import SERIES, SOFT, Plot, draw_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from textseq.word2vec.lookup import Vectors
    from textseq.word2vec.maps import WordMap

MAPPED = 200
"""Words on the map, the most frequent ones: more cannot be read."""

LISTED, NEIGHBOURS = 20, 8
"""Words whose neighbours are listed, and how many."""


def write_vectors_page(
    page: Page,
    vectors: Vectors,
    *,
    word_counts: Mapping[str, int] | None = None,
    words: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write the page.

    Args:
        page: Where to write it.
        vectors: The vectors, the most frequent word first.
        word_counts: How often each word of a corpus occurs, for the coverage.
        words: Words whose neighbours to list; None for some of all frequencies.
        settings: The settings of the training.
    """
    from textseq.word2vec.lookup import neighbours_of_all
    from textseq.word2vec.matrix import corpus_coverage

    listed = list(words) if words is not None else some_words(vectors.index_to_key)
    count = min(NEIGHBOURS, len(vectors) - 1)
    near = neighbours_of_all(vectors, listed, count=count) if count else []
    coverage = word_counts and corpus_coverage(vectors, word_counts, shown=LISTED)
    drawable = len(vectors) > 2 and vectors.vector_size > 1
    page.write(
        "vectors",
        plots=lambda: [map_plot(vectors)] if drawable else [],
        settings=settings,
        vectors={"words": len(vectors), "size": vectors.vector_size},
        coverage=coverage,
        neighbours=list(zip(listed, near, strict=False)),
    )


def some_words(by_frequency: Sequence[str], count: int = LISTED) -> list[str]:
    """Return words of all frequencies, each further down the list by the same factor.

    The first twenty of a large vocabulary are skipped: they are the words of grammar.
    """
    first = 20 if len(by_frequency) > 400 else 0
    ranks = np.geomspace(first + 1, len(by_frequency), count).round().astype(int) - 1
    return [by_frequency[rank] for rank in np.unique(ranks).tolist()]


def map_plot(vectors: Vectors) -> Plot:
    """Return `word2vec.word_map` of the most frequent words as a plot of the page."""
    from textseq.word2vec.maps import word_map

    drawn = word_map(vectors, count=MAPPED)
    first, second = drawn.explained or (0.0, 0.0)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        x, y = drawn.places.T
        axes.scatter(x, y, s=5, color=SERIES[0])
        axes.set(
            xlabel=f"first component, {first:.0%} of the variance",
            ylabel=f"second component, {second:.0%}",
        )
        axes.margins(x=0.1)
        _name_points(figure, drawn)

    note = (
        f"The {len(drawn.words):,} most frequent words, by the directions of their vectors, in the "
        f"plane in which they spread most (PCA). Where names would overlap, the rarer word is a "
        f"bare point."
    )
    return Plot("Word map", draw_svg(draw, 9.4, 6.6), note, wide=True)


def _name_points(figure: Figure, drawn: WordMap) -> None:
    """Write words beside their points, the first ones first, where there is room."""
    (axes,) = figure.axes
    axes.autoscale_view()  # else the places on the page are not settled yet
    taken: list[tuple[float, float, float]] = []
    on_page = axes.transData.transform(drawn.places)
    for word, place, (x, y) in zip(drawn.words, drawn.places, on_page, strict=True):
        name = show_invisible(word)[:24]
        # About as wide as a browser's font makes it; East Asian characters are twice as wide.
        width = sum(6.5 if ord(c) < 0x1100 else 12 for c in name) * figure.dpi / 100
        if any(abs(y - v) < 12 and x < v_end and u < x + width for u, v, v_end in taken):
            continue
        taken.append((x, y, x + width + 6))
        axes.annotate(
            name, place, (3, 0), textcoords="offset points", va="center", fontsize=8, color=SOFT
        )
