from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from textseq.report import confusion_table, measure, measure_labels, metrics_table
from textseq.report.tables import label_metrics_table


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


def test_a_table_of_several_labels():
    probabilities = np.array([[0.9, 0.2, 0.6], [0.1, 0.8, 0.7]])
    metrics = measure_labels([["[red]"], ["b", "c"]], probabilities, ["[red]", "b", "c"])
    console = Console(file=io.StringIO())
    console.print(label_metrics_table(metrics))
    shown = console.file.getvalue()
    assert all(text in shown for text in ("[red]", "threshold", "macro average", "(micro)"))
    worst = label_metrics_table(metrics, most=1)
    assert worst.title == "The 1 labels of the lowest F1, of 3"
    assert str(worst.columns[0]._cells[0]) == "c"


def test_of_many_classes_those_of_the_lowest_f1():
    names = [f"kind {i}" for i in range(30)]
    answers = np.eye(30)[[1, *range(1, 30)]]
    metrics = measure(names, answers, names)
    table = metrics_table(metrics, most=3)
    assert table.title == "The 3 classes of the lowest F1, of 30"
    labels = [str(label) for label in table.columns[0].cells]
    assert labels == ["kind 0", "kind 1", "kind 2", "macro average", "weighted average"]
