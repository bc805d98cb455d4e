"""The page about the predictions of a classifier on labelled texts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.files.paths import StrPath
from textseq.report.label_metrics import LabelMetrics
from textseq.report.label_outcomes import indicator_of
from textseq.report.metrics import Metrics
from textseq.report.page import Page
from textseq.report.plots import Plot, frequency_diagram, learning_curves, reliability_diagram

ERRORS_SHOWN = 20

LEAST = 1e-7
"""The least probability whose logarithm is taken."""


def write_html(
    path: StrPath,
    metrics: Metrics | LabelMetrics,
    *,
    title: str,
    texts: Sequence[str],
    labels: Sequence[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    settings: Mapping[str, Any] | None = None,
    histories: Sequence[Mapping[str, Sequence[float]]] = (),
    command: str | None = None,
    force: bool = False,
) -> None:
    """Write one self-contained page: no script, nothing loaded from elsewhere.

    Args:
        path: The file to write.
        metrics: The result of `measure`; of `measure_labels` where texts may have several labels.
        title: The title of the page.
        texts: The texts.
        labels: Their true labels; of several, a list for each text.
        probabilities: The classifier's: (documents, classes).
        settings: The classifier's settings.
        histories: Loss and accuracy of each epoch of each network.
        command: The command that writes the page.
        force: Whether to replace an existing file.
    """
    template = "label_evaluation" if isinstance(metrics, LabelMetrics) else "evaluation"
    Page(path, title, command, force).write(
        template,
        plots=lambda: [
            *learning_curves(histories),
            calibration_plot(metrics, labels, probabilities),
        ],
        settings=settings,
        metrics=metrics,
        errors=find_errors(metrics, texts, labels, probabilities),
    )


def calibration_plot(
    metrics: Metrics | LabelMetrics,
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
) -> Plot:
    """Return the plot of accuracy by confidence, or of how often labels apply by probability."""
    if isinstance(metrics, LabelMetrics):
        true = indicator_of(labels, metrics.classes)
        return frequency_diagram(true.ravel(), probabilities.ravel())
    independent = metrics.accuracy_interval is not None
    return reliability_diagram(labels, probabilities, metrics.classes, independent=independent)


def find_errors(
    metrics: Metrics | LabelMetrics,
    texts: Sequence[str],
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
) -> list[dict[str, Any]]:
    """Return the worst errors, as `find_worst_errors` or `find_worst_labels` does."""
    if isinstance(metrics, LabelMetrics):
        return find_worst_labels(texts, labels, probabilities, metrics)
    return find_worst_errors(texts, labels, probabilities, metrics.classes)


def find_worst_labels(
    texts: Sequence[str],
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    metrics: LabelMetrics,
) -> list[dict[str, Any]]:
    """Return the texts with wrong labels whose true labels are the least probable ones together."""
    true = indicator_of(labels, metrics.classes)
    given = probabilities > np.array([row.threshold for row in metrics.per_class], np.float32)
    likelihoods = np.where(true, probabilities, 1 - probabilities)
    losses = -np.log(np.maximum(likelihoods, LEAST)).sum(axis=1)
    wrong = [i for i in np.argsort(-losses, kind="stable") if (given[i] != true[i]).any()]
    return [
        {
            "text": texts[i],
            "labels": _pairs(metrics.classes, probabilities[i], true[i]),
            "predicted": _pairs(metrics.classes, probabilities[i], given[i]),
        }
        for i in wrong[:ERRORS_SHOWN]
    ]


def _pairs(
    classes: Sequence[str], row: npt.NDArray[np.floating[Any]], chosen: npt.NDArray[np.bool_]
) -> list[tuple[str, float]]:
    """Return the chosen labels with their probabilities, the most probable first."""
    ranked = sorted(np.flatnonzero(chosen).tolist(), key=lambda k: -row[k])
    return [(classes[k], float(row[k])) for k in ranked]


def find_worst_errors(
    texts: Sequence[str],
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the misclassified texts whose true label has the lowest probability, lowest first."""
    column = {name: i for i, name in enumerate(classes)}
    given = np.array([row[column[str(y)]] for row, y in zip(probabilities, labels, strict=True)])
    predicted = probabilities.argmax(axis=1)
    wrong = [i for i in np.argsort(given) if classes[predicted[i]] != str(labels[i])]
    return [
        {
            "text": texts[i],
            "label": str(labels[i]),
            "probability": float(given[i]),
            "predicted": classes[predicted[i]],
            "confidence": float(probabilities[i].max()),
        }
        for i in wrong[:ERRORS_SHOWN]
    ]
