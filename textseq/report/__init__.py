"""What was found, for people: tables for the terminal, and self-contained HTML pages.

    metrics.py      how good a classifier is, as numbers
    tables.py       the same for the terminal
    steps.py        one sentence's way through a classifier, for the terminal
    evaluation.py, training.py, explanation.py, tokens.py, vectors.py    a page each
    figures.py, plots.py, page.py    what the pages are made with

Scikit-learn computes the figures, Jinja2 fills the pages; matplotlib, where it is installed
(`pip install 'textseq[plot]'`), draws the plots.
"""

from textseq.report.evaluation import write_html
from textseq.report.metrics import ClassFigures, Metrics, calibration_error, measure
from textseq.report.tables import confusion_table, metrics_table

__all__ = [
    "ClassFigures",
    "Metrics",
    "calibration_error",
    "confusion_table",
    "measure",
    "metrics_table",
    "write_html",
]
