"""The page on word vectors: a map of the words, their neighbours, how much of a text they cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.files import StrPath
from textseq.report.figures import SERIES, SOFT, Plot, can_draw, drawn, visible
from textseq.report.page import write_page

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from matplotlib.figure import Figure

Matrix = npt.NDArray[np.float32]
Places = npt.NDArray[np.float64]

MAPPED = 200
"""Words on the map, the most frequent ones: more cannot be read."""

LISTED, NEIGHBOURS = 20, 8
"""Words whose neighbours are listed, and how many."""


@dataclass(frozen=True)
class WordCoverage:
    """How much of a corpus has a vector.

    Args:
        words: Different words of the corpus.
        covered_words: Those that have a vector.
        tokens: Words with repetitions.
        covered_tokens: Those that have a vector.
        missing: The most frequent words without one, and how often they occur.
    """

    words: int
    covered_words: int
    tokens: int
    covered_tokens: int
    missing: tuple[tuple[str, int], ...]


def coverage_of(vectors: KeyedVectors, word_counts: Mapping[str, int]) -> WordCoverage:
    """Return how much of the words that were counted has a vector.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq.report.vectors import coverage_of
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill"], np.array([[1.0, 2.0]]))
        >>> coverage_of(vectors, {"hill": 3, "sea": 1})
        WordCoverage(words=2, covered_words=1, tokens=4, covered_tokens=3, missing=(('sea', 1),))
    """
    missing = [(word, n) for word, n in word_counts.items() if word not in vectors]
    tokens, unknown = sum(word_counts.values()), sum(n for _, n in missing)
    missing.sort(key=lambda pair: -pair[1])
    words = len(word_counts)
    return WordCoverage(
        words, words - len(missing), tokens, tokens - unknown, tuple(missing[:LISTED])
    )


def principal_components(vectors: Matrix) -> tuple[Places, npt.NDArray[np.float64]]:
    """Return where vectors lie in the plane in which they spread most (PCA).

    Args:
        vectors: (words, size).

    Returns:
        The two coordinates, (words, 2), and the share of the variance that each has, (2,).

    Example:
        >>> import numpy as np
        >>> from textseq.report.vectors import principal_components
        >>> places, shares = principal_components(np.array([[0, 0, 0], [3, 0, 4]], "float32"))
        >>> np.abs(places[:, 0]), shares.round(2)
        (array([2.5, 2.5]), array([1., 0.]))
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    left, spread, _ = np.linalg.svd(centred, full_matrices=False)
    places, shares = np.zeros((len(vectors), 2)), np.zeros(2)
    found = min(2, len(spread))
    places[:, :found] = left[:, :found] * spread[:found]
    shares[:found] = spread[:found] ** 2 / max(float((spread**2).sum()), 1e-30)
    return places, shares


def write_vectors_page(
    path: StrPath,
    vectors: KeyedVectors,
    *,
    title: str,
    word_counts: Mapping[str, int] | None = None,
    words: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    command: str | None = None,
    force: bool = False,
) -> None:
    """Write the page.

    Args:
        path: The file.
        vectors: The vectors, the most frequent word first, as word2vec's formats have them.
        title: Of the page.
        word_counts: How often each word of a corpus occurs, to tell how much is covered.
        words: Whose neighbours to list; None for some of all frequencies.
        settings: With which they were trained.
        command: The command that made the page.
        force: Whether to replace a file that exists.

    Raises:
        ArgumentError: One of `words` has no vector.
    """
    from textseq.word2vec import neighbours

    listed = list(words) if words is not None else some_words(vectors.index_to_key)
    count = min(NEIGHBOURS, len(vectors) - 1)
    write_page(
        path,
        "vectors.html.jinja",
        force=force,
        title=title,
        vectors={"words": len(vectors), "size": vectors.vector_size},
        coverage=None if word_counts is None else coverage_of(vectors, word_counts),
        neighbours=[(word, neighbours(vectors, word, count=count)) for word in listed]
        if count
        else [],
        plots=[word_map(vectors)] if can_draw() and len(vectors) > 2 else [],
        settings=settings or {},
        command=command,
    )


def some_words(by_frequency: Sequence[str], count: int = LISTED) -> list[str]:
    """Return words of all frequencies, each further down the list by the same factor.

    The first twenty of a large vocabulary are passed over: they are the words of grammar, which
    have neighbours of grammar.

    Example:
        >>> from textseq.report.vectors import some_words
        >>> some_words([f"w{n}" for n in range(1000)], 4)
        ['w20', 'w75', 'w275', 'w999']
    """
    first = 20 if len(by_frequency) > 400 else 0
    ranks = np.geomspace(first + 1, len(by_frequency), count).round().astype(int) - 1
    return [by_frequency[rank] for rank in np.unique(ranks).tolist()]


def word_map(vectors: KeyedVectors) -> Plot:
    """Return a map of the most frequent words, by the directions of their vectors.

    A word whose name would lie on another's is a bare point.
    """
    words = vectors.index_to_key[:MAPPED]
    matrix = vectors.vectors[: len(words)]
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    places, shares = principal_components(matrix / np.maximum(lengths, 1e-12))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.scatter(places[:, 0], places[:, 1], s=5, color=SERIES[0])
        axes.set(
            xlabel=f"first component, {shares[0]:.0%} of the variance",
            ylabel=f"second component, {shares[1]:.0%}",
        )
        axes.margins(x=0.1)
        _name_points(figure, places, words)

    note = (
        f"The {len(words):,} most frequent words, by the directions of their vectors, in the plane "
        f"in which they spread most (PCA). Where names would overlap, the rarer word is a bare "
        f"point."
    )
    return Plot("Word map", drawn(draw, 9.4, 6.6), note, wide=True)


def _name_points(figure: Figure, places: Places, words: Sequence[str]) -> None:
    """Write words beside their points, the first ones first, where there is room."""
    (axes,) = figure.axes
    axes.autoscale_view()  # else the places on the page are not settled yet
    taken: list[tuple[float, float, float]] = []
    for word, place, (x, y) in zip(words, places, axes.transData.transform(places), strict=True):
        name = visible(word)[:24]
        # About as wide as a browser's font makes it; East Asian characters are twice as wide.
        width = sum(6.5 if ord(c) < 0x1100 else 12 for c in name) * figure.dpi / 100
        if any(abs(y - v) < 12 and x < v_end and u < x + width for u, v, v_end in taken):
            continue
        taken.append((x, y, x + width + 6))
        axes.annotate(
            name, place, (3, 0), textcoords="offset points", va="center", fontsize=8, color=SOFT
        )
