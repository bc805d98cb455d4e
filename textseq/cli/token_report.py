"""What `textseq tokenize --report` gathers while it encodes, and its page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.cli.console import command_line, counted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from textseq.corpus import Corpus
    from textseq.sequences.sequences import Sequences
    from textseq.tokenizer.tokenizer import Tokenizer


class Encoded:
    """What a report asks of the texts that were encoded.

    Args:
        keep: Whether there is to be a report; else nothing is kept.
    """

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self.lengths: list[npt.NDArray[np.int64]] = []
        self.labels: Counter[str] = Counter()

    def add(self, sequences: Sequences, labels: list[str] | None) -> None:
        """Take a batch."""
        if self.keep:
            self.lengths.append(sequences.lengths)
            self.labels.update(labels or ())


def write_report(
    report: Path,
    corpus: Corpus,
    fitted: Tokenizer,
    encoded: Encoded,
    *,
    given: Path | None,
    sources: list[str],
    force: bool,
) -> None:
    """Write the page on a corpus that was encoded.

    Args:
        report: The file.
        corpus: The corpus, which is read once more where the tokenizer is a given one.
        fitted: The tokenizer.
        encoded: What was encoded.
        given: The file of the tokenizer, where it was not fitted on this corpus.
        sources: The names of the corpus's files.
        force: Whether to replace a file that exists.
    """
    import numpy as np

    from textseq.report.page import names_of
    from textseq.report.tokens import measure_tokens, write_tokens_page

    lengths = np.concatenate([np.zeros(0, np.int64), *encoded.lengths])
    counts = fitted.word_counts
    if given is not None:
        counts = fitted.count_words(counted(corpus.text_arrays(), "Counting"))
    write_tokens_page(
        report,
        measure_tokens(
            counts,
            fitted.word_index,
            documents=len(lengths),
            num_words=fitted.num_words,
            oov_token=fitted.oov_token,
        ),
        lengths,
        title=f"Tokens of {names_of(sources)}" + (f" by {given.name}" if given else ""),
        label_counts=dict(encoded.labels.most_common()),
        settings=_settings(fitted),
        command=command_line(),
        force=force,
    )


def _settings(fitted: Tokenizer) -> dict[str, Any]:
    cutting = ("filters", "lower", "split", "char_level", "analyzer")
    numbering = ("num_words", "min_count", "max_words", "oov_token")
    return {
        name: value
        for name in (*cutting, *numbering)
        if (value := getattr(fitted, name)) is not None
    }
