"""Results for people: metrics, tables for the terminal, and self-contained HTML pages.

metrics.py      accuracy, precision, recall, F1 and calibration of a classifier
outcomes.py     the sums that these are computed from, which add up over parts of a corpus
label_metrics.py, label_outcomes.py    likewise where a text may have several labels
tables.py       tables for the terminal
evaluation.py, training.py, explanation.py, tokens.py, vectors.py    one page each
page.py         writes a page from the templates (*.html.jinja)
plots.py        plots of the pages

Metrics and tables need NumPy and rich. Pages need Jinja2, and matplotlib for their plots;
`pip install '.[plot]'` in the project's folder installs both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.report.evaluation import write_html as write_html
    from textseq.report.label_metrics import LabelMetrics as LabelMetrics
    from textseq.report.label_metrics import label_metrics_of as label_metrics_of
    from textseq.report.label_metrics import measure_labels as measure_labels
    from textseq.report.label_outcomes import LabelOutcomes as LabelOutcomes
    from textseq.report.metrics import ClassMetrics as ClassMetrics
    from textseq.report.metrics import Metrics as Metrics
    from textseq.report.metrics import measure as measure
    from textseq.report.metrics import metrics_of as metrics_of
    from textseq.report.outcomes import Outcomes as Outcomes
    from textseq.report.outcomes import calibration_error as calibration_error
    from textseq.report.tables import confusion_table as confusion_table
    from textseq.report.tables import confusions_table as confusions_table
    from textseq.report.tables import metrics_table as metrics_table

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "ClassMetrics": "textseq.report.metrics",
        "LabelMetrics": "textseq.report.label_metrics",
        "LabelOutcomes": "textseq.report.label_outcomes",
        "Metrics": "textseq.report.metrics",
        "Outcomes": "textseq.report.outcomes",
        "calibration_error": "textseq.report.outcomes",
        "confusion_table": "textseq.report.tables",
        "confusions_table": "textseq.report.tables",
        "label_metrics_of": "textseq.report.label_metrics",
        "measure": "textseq.report.metrics",
        "measure_labels": "textseq.report.label_metrics",
        "metrics_of": "textseq.report.metrics",
        "metrics_table": "textseq.report.tables",
        "write_html": "textseq.report.evaluation",
    },
)
