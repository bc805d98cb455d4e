from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from textseq.report import confusion_table, measure, metrics_table


def test_tables_hold_a_row_for_each_class(sample):
    metrics = measure(*sample(), ["bad", "good", "so-so"])
    assert metrics_table(metrics).row_count == 5
    assert confusion_table(metrics).row_count == 3


def test_labels_are_shown_as_they_are():
    metrics = measure(["[red]", "b"], np.eye(2), ["[red]", "b"])
    console = Console(file=io.StringIO())
    console.print(metrics_table(metrics))
    console.print(confusion_table(metrics))
    assert console.file.getvalue().count("[red]") == 3


def test_of_many_classes_those_of_the_lowest_f1():
    names = [f"kind {i}" for i in range(30)]
    answers = np.eye(30)[[1, *range(1, 30)]]
    metrics = measure(names, answers, names)
    table = metrics_table(metrics, most=3)
    assert table.title == "The 3 classes of the lowest F1, of 30"
    labels = [str(label) for label in table.columns[0].cells]
    assert labels == ["kind 0", "kind 1", "kind 2", "macro average", "weighted average"]
