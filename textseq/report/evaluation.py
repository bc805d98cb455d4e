"""The page on a classifier's answers to labelled texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.files.paths import StrPath
from textseq.report.figures import can_draw
from textseq.report.metrics import Metrics
from textseq.report.page import write_page
from textseq.report.plots import calibration, learning_curves

WORST = 20
"""How many of the most wrong sentences a page shows."""


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
    """Write one self-contained page: no script, nothing from the network.

    Args:
        path: The file.
        metrics: What `measure` found.
        title: Of the page.
        texts: The texts measured on.
        labels: Their true labels.
        probabilities: The classifier's: (documents, classes).
        settings: The classifier's settings.
        histories: Loss and accuracy of each epoch of each network.
        command: The command that made the page.
        force: Whether to replace a file that exists.
    """
    plots = []
    if can_draw():
        curve = calibration(labels, probabilities, metrics.classes)
        plots = [*learning_curves(histories), curve]
    write_page(
        path,
        "evaluation.html.jinja",
        force=force,
        title=title,
        metrics=metrics,
        worst=most_wrong(texts, labels, probabilities, metrics.classes),
        plots=plots,
        settings=settings or {},
        command=command,
    )


def most_wrong(
    texts: Sequence[str],
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the texts whose true label was thought least likely, the worst first.

    Example:
        >>> import numpy as np
        >>> from textseq.report.evaluation import most_wrong
        >>> most_wrong(["pure joy"], ["good"], np.array([[0.75, 0.25]]), ["bad", "good"])
        [{'text': 'pure joy', 'label': 'good', 'probability': 0.25, 'answer': 'bad',
          'confidence': 0.75}]
    """
    column = {name: i for i, name in enumerate(classes)}
    given = np.array([row[column[str(y)]] for row, y in zip(probabilities, labels, strict=True)])
    answers = probabilities.argmax(axis=1)
    wrong = [i for i in np.argsort(given) if classes[answers[i]] != str(labels[i])]
    return [
        {
            "text": texts[i],
            "label": str(labels[i]),
            "probability": float(given[i]),
            "answer": classes[answers[i]],
            "confidence": float(probabilities[i].max()),
        }
        for i in wrong[:WORST]
    ]
