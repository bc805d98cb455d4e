"""How good a classifier is, as tables for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.report.metrics import Metrics

if TYPE_CHECKING:
    from rich.table import Table


def metrics_table(metrics: Metrics) -> Table:
    """Return the figures of each class as a table for the terminal."""
    from rich.table import Table
    from rich.text import Text  # which takes a label as it is, brackets and all

    table = Table("class", title="Each class")
    for name in ("precision", "recall", "f1", "texts"):
        table.add_column(name, justify="right")
    for row in metrics.per_class:
        figures = [f"{x:.3f}" for x in (row.precision, row.recall, row.f1)]
        table.add_row(Text(row.label), *figures, f"{row.support:,}")
    table.add_section()
    table.add_row("mean of classes", "", "", f"{metrics.macro_f1:.3f}", "")
    table.add_row("weighted by texts", "", "", f"{metrics.weighted_f1:.3f}", "")
    return table


def confusion_table(metrics: Metrics) -> Table:
    """Return the confusion matrix as a table for the terminal."""
    from rich.table import Table
    from rich.text import Text  # which takes a label as it is, brackets and all

    table = Table("true \\ answer", title="Answers")
    for name in metrics.classes:
        table.add_column(Text(name), justify="right")
    for name, row in zip(metrics.classes, metrics.confusion_matrix, strict=True):
        table.add_row(Text(name), *(f"{count:,}" for count in row))
    return table
