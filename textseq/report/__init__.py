"""What was found, for people: tables for the terminal, and self-contained HTML pages.

    metrics.py      how good a classifier is, as numbers
    tables.py       the same for the terminal
    steps.py        one sentence's way through a classifier, for the terminal
    evaluation.py, training.py, explanation.py, tokens.py, vectors.py    a page each
    figures.py, plots.py, page.py    what the pages are made with

Figures and tables need NumPy and rich alone. Jinja2 fills the pages and matplotlib draws their
plots; `pip install 'textseq[plot]'` installs both.
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
