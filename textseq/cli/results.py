"""What the commands of several tasks show: epochs, metrics and explanations."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textseq.cli import console
from textseq.cli.console import command_line, fits, print_json, print_table, say, stdout

if TYPE_CHECKING:
    from textseq.network.training.observers import Observer
    from textseq.report.label_metrics import LabelMetrics
    from textseq.report.metrics import Metrics
    from textseq.tasks.explanation import Explanation

MANY_CLASSES = 50
"""Of more classes, those of the lowest F1 are printed."""

SHOWN = 20
"""Rows of a table that cannot show all."""


@contextlib.contextmanager
def show_epochs(checkpoint: Path | None) -> Iterator[Observer]:
    """Yield who watches a training and prints a table of its epochs."""
    from textseq.cli.epochs import EpochTable
    from textseq.compute.compiled import when_compiling
    from textseq.network.training.checkpoint import has_checkpoint

    if checkpoint is not None and has_checkpoint(checkpoint):
        say(f"Training resumes from '{checkpoint}'")
    with when_compiling(say), EpochTable(console.stderr()) as table:
        yield table.observer()


def print_metrics(metrics: Metrics, unit: str = "texts") -> None:
    """Print the metrics of each class, and what is confused, as far as it fits."""
    from textseq.report.tables import confusion_table, confusions_table, metrics_table

    few = len(metrics.classes) <= MANY_CLASSES
    print_table(metrics_table(metrics, None if few else SHOWN, unit))
    if few and fits(matrix := confusion_table(metrics)):
        print_table(matrix)
    elif metrics.confusions:
        print_table(confusions_table(metrics, SHOWN, unit))


def print_label_metrics(metrics: LabelMetrics) -> None:
    """Print the metrics of each label, of texts that may have several; of the worst, if many."""
    from textseq.report.tables import label_metrics_table

    few = len(metrics.classes) <= MANY_CLASSES
    print_table(label_metrics_table(metrics, None if few else SHOWN))


def show_explanation(
    explanation: Explanation,
    html: Path | None,
    title: str,
    name: str,
    others: Mapping[str, Explanation] | None = None,
    *,
    line: str | None = None,
    as_json: bool,
    force: bool,
) -> None:
    """Write the page about an explanation, if one is asked for; then print it, and the `line`."""
    if html is not None:  # before printing, which ends where a pipe is closed, as `| head` does
        from textseq.report.explanation import write_explanation_page
        from textseq.report.page import Page

        page = Page(html, title, command_line(), force)
        write_explanation_page(page, explanation, name=name, others=others or {})
        say(f"Page -> {html}")
    if as_json:
        print_json(explanation.to_dict())
    else:
        print_explanation(explanation, line)


def print_explanation(explanation: Explanation, line: str | None = None) -> None:
    """Print the state and the gradient of each step, and the answer."""
    from textseq.report.tables import explanation_legend, explanation_table

    to = stdout()
    if explanation.tokens:
        print_table(explanation_table(explanation, to.width))
        to.print(explanation_legend(explanation))
    if explanation.unknown:
        to.print(f"Unknown tokens, which were dropped: {' '.join(explanation.unknown)}")
    to.print(line or f"{explanation.answer}\t{explanation.confidence:.4f}")
    if explanation.together is not None:
        to.print(str(explanation.together), soft_wrap=True)
