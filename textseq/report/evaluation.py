"""The page about the predictions of a classifier on labelled texts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.files.paths import StrPath
from textseq.report.metrics import Metrics
from textseq.report.page import Page
from textseq.report.plots import learning_curves, reliability_diagram

ERRORS_SHOWN = 20


def write_html(
    path: StrPath,
    metrics: Metrics,
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
        metrics: The result of `measure`.
        title: The title of the page.
        texts: The texts.
        labels: Their true labels.
        probabilities: The classifier's: (documents, classes).
        settings: The classifier's settings.
        histories: Loss and accuracy of each epoch of each network.
        command: The command that writes the page.
        force: Whether to replace an existing file.
    """
    Page(path, title, command, force).write(
        "evaluation",
        plots=lambda: [
            *learning_curves(histories),
            reliability_diagram(labels, probabilities, metrics.classes),
        ],
        settings=settings,
        metrics=metrics,
        errors=find_worst_errors(texts, labels, probabilities, metrics.classes),
    )


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
