"""The page on a corpus and its tokenizer: which words, how often, how long texts are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.files.paths import StrPath
from textseq.report.figures import SERIES, SOFT, Plot, can_draw, drawn, in_thousands
from textseq.report.page import write_page
from textseq.report.plots import length_histogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from textseq.tokenizer.tokenizer import Tokenizer

Lengths = npt.NDArray[np.int64]

NAMED = 30
"""How many a page names: of the most frequent words, the rarest, and the unknown ones."""

POINTS = 400
"""Of the frequency-rank curve, which millions of words would only make thicker."""

HEADS = (10, 100, 1_000, 10_000, 100_000)


@dataclass(frozen=True)
class TokenStatistics:
    """Figures of the tokens of a corpus.

    Args:
        documents: How many texts.
        tokens: Their tokens, known or not.
        words: How many different ones.
        once: How many of these occur once (hapax legomena).
        unknown_tokens: Tokens that the tokenizer gives no number of their own.
        unknown_words: How many different ones, the most frequent of them in `missing`.
        missing: Unknown words and how often they occur.
        top: The most frequent words and how often they occur.
        rare: Some of those that occur least.
        heads: Share of the tokens that are among the so many most frequent words.
        frequencies: How often each word occurs, falling: (words,).
    """

    documents: int
    tokens: int
    words: int
    once: int
    unknown_tokens: int
    unknown_words: int
    missing: tuple[tuple[str, int], ...]
    top: tuple[tuple[str, int], ...]
    rare: tuple[tuple[str, int], ...]
    heads: tuple[tuple[int, float], ...]
    frequencies: Lengths

    @property
    def unknown_share(self) -> float:
        """The out-of-vocabulary rate: the share of the tokens that are unknown, 0 to 1."""
        return self.unknown_tokens / self.tokens if self.tokens else 0.0


def measure_tokens(
    word_counts: Mapping[str, int], tokenizer: Tokenizer, *, documents: int
) -> TokenStatistics:
    """Count the words of a corpus, and which of them a tokenizer knows.

    Args:
        word_counts: The frequency of each word in the corpus.
        tokenizer: A fitted one. Words beyond its `num_words` are unknown, and so is its
            `oov_token` where a text contains it.
        documents: The number of texts in the corpus.

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.report.tokens import measure_tokens
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["high enough"])
        >>> counts = {"high": 3, "enough": 2, "to": 1}
        >>> figures = measure_tokens(counts, tokenizer, documents=2)
        >>> figures.unknown_share, figures.missing, figures.once
        (0.16666666666666666, (('to', 1),), 1)
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
    tokens = int(frequencies.sum())
    covered = np.cumsum(frequencies)

    def named(places: npt.NDArray[np.int64]) -> tuple[tuple[str, int], ...]:
        return tuple((words[order[i]], int(frequencies[i])) for i in places.tolist())

    rank = np.arange(len(words))
    return TokenStatistics(
        documents=documents,
        tokens=tokens,
        words=len(words),
        once=int((frequencies == 1).sum()),
        unknown_tokens=int(frequencies[~known].sum()),
        unknown_words=int((~known).sum()),
        missing=named(rank[~known][:NAMED]),
        top=named(rank[:NAMED]),
        rare=named(rank[-NAMED:]),
        heads=tuple((n, float(covered[n - 1] / tokens)) for n in HEADS if n < len(words)),
        frequencies=frequencies,
    )


def write_tokens_page(
    path: StrPath,
    figures: TokenStatistics,
    lengths: Lengths,
    *,
    title: str,
    label_counts: Mapping[str, int] | None = None,
    settings: Mapping[str, Any] | None = None,
    command: str | None = None,
    force: bool = False,
) -> None:
    """Write the page.

    Args:
        path: The file.
        figures: What `measure_tokens` found.
        lengths: Tokens of each text, as far as they have a number: (documents,).
        title: Of the page.
        label_counts: Texts of each label, where there are labels.
        settings: The tokenizer's.
        command: The command that made the page.
        force: Whether to replace a file that exists.
    """
    plots = []
    if can_draw() and figures.words:
        note = "Counted are tokens that have a number."
        plots = [frequency_rank(figures.frequencies), length_histogram(lengths, note=note)]
    write_page(
        path,
        "tokens.html.jinja",
        force=force,
        title=title,
        figures=figures,
        lengths=quantiles(lengths),
        plots=plots,
        label_counts=label_counts or {},
        settings={name: repr(value) for name, value in (settings or {}).items()},
        command=command,
    )


def tokenizer_settings(tokenizer: Tokenizer) -> dict[str, Any]:
    """Return the arguments of a tokenizer that are not None, for `write_tokens_page`."""
    names = (
        "filters", "lower", "split", "char_level", "analyzer",
        "num_words", "min_count", "max_words", "oov_token",
    )  # fmt: skip
    return {name: value for name in names if (value := getattr(tokenizer, name)) is not None}


def quantiles(lengths: npt.NDArray[np.integer[Any]]) -> list[tuple[str, str]]:
    """Return the median, the 95th percentile and the most of lengths, as rows of a table.

    Example:
        >>> import numpy as np
        >>> from textseq.report.tokens import quantiles
        >>> quantiles(np.array([1, 2, 3]))
        [('median length', '2'), ('95th percentile', '3'), ('longest', '3'), ('empty texts', '0')]
    """
    if not len(lengths):
        return []
    median, most = np.percentile(lengths, [50, 95])
    return [
        ("median length", f"{median:,.0f}"),
        ("95th percentile", f"{most:,.0f}"),
        ("longest", f"{int(lengths.max()):,}"),
        ("empty texts", f"{int((lengths == 0).sum()):,}"),
    ]


def frequency_rank(frequencies: Lengths) -> Plot:
    """Return how often words occur, by rank, beside Zipf's law: frequency falls as 1 / rank."""
    ranks = np.unique(np.geomspace(1, len(frequencies), POINTS).round().astype(np.int64))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        zipf = frequencies[0] / ranks
        axes.loglog(ranks, zipf, color=SOFT, linestyle="--", label="1 / rank (Zipf)")
        few = "o" if len(ranks) < 30 else None
        axes.loglog(ranks, frequencies[ranks - 1], color=SERIES[0], marker=few, label="words")
        axes.set(xlabel="rank", ylabel="occurrences", ylim=(0.7, frequencies[0] * 1.6))
        axes.legend()
        in_thousands(axes.xaxis, axes.yaxis)

    return Plot("Words by rank", drawn(draw), "Both axes are logarithmic.")
