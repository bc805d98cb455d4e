"""The page about the tokens of a corpus: word frequencies, unknown words, lengths of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.report.page import Page
from textseq.report.plots import (
    SERIES,
    SOFT,
    Plot,
    draw_svg,
    length_histogram,
    use_thousands_separators,
)
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IntArray = npt.NDArray[np.int64]

WORDS_SHOWN = 30
"""Words in each list: the most frequent, the rarest, the unknown."""

POINTS = 400
"""Points of the plot of frequency by rank."""

HEADS = (10, 100, 1_000, 10_000, 100_000)
"""Numbers of most frequent words whose share of the tokens is shown."""


@dataclass(frozen=True)
class TokenStatistics:
    """Statistics of the tokens of a corpus."""

    documents: int  # texts
    tokens: int
    words: int  # distinct ones
    once: int  # words that occur once
    unknown_tokens: int  # tokens that are not in the vocabulary of the tokenizer
    unknown_words: int  # distinct words among them
    missing: tuple[tuple[str, int], ...]  # the most frequent unknown words, and their frequencies
    top: tuple[tuple[str, int], ...]  # the most frequent words, likewise
    rare: tuple[tuple[str, int], ...]  # some of the rarest words, likewise
    heads: tuple[tuple[int, float], ...]  # n, and the n most frequent words' share of the tokens
    frequencies: IntArray  # of each word, in descending order: (words,)

    @property
    def unknown_rate(self) -> float:
        """The out-of-vocabulary rate: the fraction of the tokens that are unknown."""
        return self.unknown_tokens / self.tokens if self.tokens else 0.0


def measure_tokens(
    word_counts: Mapping[str, int], tokenizer: Tokenizer, *, documents: int
) -> TokenStatistics:
    """Count the words of a corpus, and which of them a fitted tokenizer knows.

    Words beyond its `num_words` are unknown, and so is its `oov_token` where a text contains it.
    """
    words = list(word_counts)
    frequencies = np.array([word_counts[word] for word in words], dtype=np.int64)
    order = np.argsort(-frequencies, kind="stable")
    frequencies = frequencies[order]
    word_index, oov_token = tokenizer.word_index, tokenizer.oov_token
    limit = tokenizer.num_words or len(word_index) + 1
    known = np.fromiter(
        (words[i] != oov_token and word_index.get(words[i], limit) < limit for i in order.tolist()),
        bool,
        len(words),
    )
    tokens, covered, rank = int(frequencies.sum()), np.cumsum(frequencies), np.arange(len(words))

    def with_counts(places: IntArray) -> tuple[tuple[str, int], ...]:
        return tuple((words[order[i]], int(frequencies[i])) for i in places.tolist())

    return TokenStatistics(
        documents=documents,
        tokens=tokens,
        words=len(words),
        once=int((frequencies == 1).sum()),
        unknown_tokens=int(frequencies[~known].sum()),
        unknown_words=int((~known).sum()),
        missing=with_counts(rank[~known][:WORDS_SHOWN]),
        top=with_counts(rank[:WORDS_SHOWN]),
        rare=with_counts(rank[-WORDS_SHOWN:]),
        heads=tuple((n, float(covered[n - 1] / tokens)) for n in HEADS if n < len(words)),
        frequencies=frequencies,
    )


def write_tokens_page(
    page: Page,
    figures: TokenStatistics,
    lengths: IntArray,
    *,
    label_counts: Mapping[str, int] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write the page about what `measure_tokens` found, and the number of ids of each text."""

    def plots() -> list[Plot]:
        note = "Unknown words that were dropped are not counted."
        return [plot_frequencies(figures.frequencies), length_histogram(lengths, note=note)]

    page.write(
        "tokens",
        plots=plots if figures.words else list,
        settings={name: repr(value) for name, value in (settings or {}).items()},
        figures=figures,
        lengths=summarize_lengths(lengths),
        label_counts=label_counts or {},
    )


def tokenizer_settings(tokenizer: Tokenizer) -> dict[str, Any]:
    """Return the arguments of a tokenizer that are not None, for `write_tokens_page`."""
    names = (p.name for p in signature(Tokenizer).parameters.values() if p.kind != p.VAR_KEYWORD)
    return {name: value for name in names if (value := getattr(tokenizer, name)) is not None}


def summarize_lengths(lengths: npt.NDArray[np.integer[Any]]) -> list[tuple[str, str]]:
    """Return the median, the 95th percentile and the maximum of lengths, as rows of a table."""
    if not len(lengths):
        return []
    median, most = np.percentile(lengths, [50, 95])
    return [
        ("median length", f"{median:,.0f}"),
        ("95th percentile", f"{most:,.0f}"),
        ("maximum", f"{int(lengths.max()):,}"),
        ("empty texts", f"{int((lengths == 0).sum()):,}"),
    ]


def plot_frequencies(frequencies: IntArray) -> Plot:
    """Return a plot of word frequency by rank, with Zipf's law: 1 / rank."""
    ranks = np.unique(np.geomspace(1, len(frequencies), POINTS).round().astype(np.int64))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        zipf = frequencies[0] / ranks
        axes.loglog(ranks, zipf, color=SOFT, linestyle="--", label="1 / rank (Zipf)")
        marker = "o" if len(ranks) < 30 else None
        axes.loglog(ranks, frequencies[ranks - 1], color=SERIES[0], marker=marker, label="words")
        axes.set(xlabel="rank", ylabel="frequency", ylim=(0.7, frequencies[0] * 1.6))
        axes.legend()
        use_thousands_separators(axes.xaxis, axes.yaxis)

    return Plot("Words by rank", draw_svg(draw), "Both axes are logarithmic.")
