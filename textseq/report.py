"""How good a classifier is: as numbers, as tables for the terminal, as one HTML page.

Scikit-learn computes the figures, Jinja2 fills the page; matplotlib, where it is installed
(`pip install 'textseq[plot]'`), draws the curves.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.files import StrPath, atomic_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.table import Table

BINS = 15
"""Of the calibration error, as in Guo et al. 2017."""

WORST = 20
"""How many of the most wrong sentences a page shows."""

TEMPLATE = Path(__file__).with_name("report.html.jinja")


@dataclass(frozen=True)
class ClassFigures:
    """How well one class is told from the others.

    Args:
        label: The class.
        precision: Share of the texts given this label that have it.
        recall: Share of the texts that have this label and were given it.
        f1: Harmonic mean of the two.
        support: Texts that have this label.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Metrics:
    """Figures of a classifier on labelled texts.

    Args:
        documents: How many texts.
        accuracy: Share of the texts that were labelled rightly.
        majority: What always answering the commonest class would score.
        macro_f1: Mean of the classes' F1.
        weighted_f1: The same, each class counting for its texts.
        ece: Expected calibration error, 0 to 1: see `calibration_error`.
        classes: The labels.
        per_class: The figures of each class.
        confusion_matrix: Counts: a row for each true class, a column for each answer.
    """

    documents: int
    accuracy: float
    majority: float
    macro_f1: float
    weighted_f1: float
    ece: float
    classes: tuple[str, ...]
    per_class: tuple[ClassFigures, ...]
    confusion_matrix: tuple[tuple[int, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""
        return asdict(self)


def measure(
    labels: Sequence[Any] | npt.NDArray[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[Any] | npt.NDArray[Any],
) -> Metrics:
    """Hold a classifier's probabilities against the true labels.

    Args:
        labels: The true labels: (documents,).
        probabilities: The classifier's: (documents, classes).
        classes: The labels of its columns.

    Raises:
        ArgumentError: There are no texts, the shapes do not match, or a label is not of `classes`.

    Example:
        >>> import numpy as np
        >>> from textseq.report import measure
        >>> metrics = measure(["a", "b"], np.array([[0.9, 0.1], [0.8, 0.2]]), ["a", "b"])
        >>> metrics.accuracy, metrics.confusion_matrix
        (0.5, ((1, 0), (1, 0)))
    """
    from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

    names = [str(name) for name in classes]
    truth = [str(label) for label in labels]
    _check(truth, probabilities, names)
    answers = [names[i] for i in probabilities.argmax(axis=1)]
    right = np.array(truth) == np.array(answers)
    figures = precision_recall_fscore_support(truth, answers, labels=names, zero_division=0)
    present = np.unique(truth, return_counts=True)[1]
    return Metrics(
        documents=len(truth),
        accuracy=float(right.mean()),
        majority=float(present.max() / len(truth)),
        macro_f1=float(f1_score(truth, answers, labels=names, average="macro", zero_division=0)),
        weighted_f1=float(
            f1_score(truth, answers, labels=names, average="weighted", zero_division=0)
        ),
        ece=calibration_error(probabilities.max(axis=1), right),
        classes=tuple(names),
        per_class=tuple(
            ClassFigures(name, float(p), float(r), float(f), int(n))
            for name, p, r, f, n in zip(names, *figures, strict=True)
        ),
        confusion_matrix=tuple(
            tuple(int(n) for n in row) for row in confusion_matrix(truth, answers, labels=names)
        ),
    )


def calibration_error(
    confidences: npt.NDArray[np.floating[Any]], right: npt.NDArray[np.bool_]
) -> float:
    """Return how far confidence and accuracy are apart: the expected calibration error.

    The sum over bins of (share of texts in the bin) |accuracy - mean confidence|, with 15 bins of
    equal width; Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.

    Example:
        >>> import numpy as np
        >>> from textseq.report import calibration_error
        >>> round(calibration_error(np.array([0.9, 0.9]), np.array([True, False])), 3)
        0.4
    """
    bins = _bins(confidences)
    gaps = np.bincount(bins, weights=right - confidences, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidences))


def metrics_table(metrics: Metrics) -> Table:
    """Return the figures of each class as a table for the terminal."""
    from rich.table import Table

    table = Table("class", title="Each class")
    for name in ("precision", "recall", "f1", "texts"):
        table.add_column(name, justify="right")
    for row in metrics.per_class:
        figures = [f"{x:.3f}" for x in (row.precision, row.recall, row.f1)]
        table.add_row(row.label, *figures, f"{row.support:,}")
    table.add_section()
    table.add_row("mean of classes", "", "", f"{metrics.macro_f1:.3f}", "")
    table.add_row("weighted by texts", "", "", f"{metrics.weighted_f1:.3f}", "")
    return table


def confusion_table(metrics: Metrics) -> Table:
    """Return the confusion matrix as a table for the terminal."""
    from rich.table import Table

    table = Table("true \\ answer", title="Answers")
    for name in metrics.classes:
        table.add_column(name, justify="right")
    for name, row in zip(metrics.classes, metrics.confusion_matrix, strict=True):
        table.add_row(name, *(f"{count:,}" for count in row))
    return table


def write_html(
    path: StrPath,
    metrics: Metrics,
    *,
    title: str,
    texts: Sequence[str],
    labels: Sequence[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    settings: Mapping[str, Any] | None = None,
    history: Mapping[str, Sequence[float]] | None = None,
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
        history: Loss and accuracy of each epoch.
        command: The command that made the page.
        force: Whether to replace a file that exists.
    """
    from jinja2 import Environment

    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    html = page.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        title=title,
        metrics=metrics,
        peak=max(map(max, metrics.confusion_matrix)) or 1,
        worst=_most_wrong(texts, labels, probabilities, metrics.classes),
        settings=settings or {},
        command=command,
        curves=_drawn(history, labels, probabilities, metrics.classes),
    )
    with atomic_file(path, force=force) as temporary:
        temporary.write_text(html, encoding="utf-8")


def _check(truth: list[str], probabilities: npt.NDArray[Any], names: list[str]) -> None:
    if not truth:
        raise ArgumentError("Expected labelled texts to measure on. Received none.")
    if probabilities.shape != (len(truth), len(names)):
        raise ArgumentError(
            f"Expected probabilities of shape {(len(truth), len(names))}, for {len(truth)} texts "
            f"and {len(names)} classes. Received: {probabilities.shape}."
        )
    unknown = sorted(set(truth) - set(names))
    if unknown:
        raise ArgumentError(
            f"The texts have labels that the classifier does not know: {', '.join(unknown[:5])}; "
            f"it knows {', '.join(names)}."
        )


def _bins(confidences: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
    bins: npt.NDArray[np.int64] = np.ceil(confidences * BINS).astype(np.int64) - 1
    return bins.clip(0, BINS - 1)


def _most_wrong(
    texts: Sequence[str],
    labels: Sequence[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the texts whose true label was thought least likely, the worst first."""
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


def _drawn(
    history: Mapping[str, Sequence[float]] | None,
    labels: Sequence[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[str],
) -> list[dict[str, str]] | None:
    """Return the learning curves and the calibration as SVG, or None without matplotlib."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError:
        return None
    curves = []
    for name, heading in (("loss", "Loss by epoch"), ("accuracy", "Accuracy by epoch")):
        if history and name in history:
            figure = Figure(figsize=(4.6, 3))
            axes = figure.subplots()
            for key, label in ((name, "training"), (f"val_{name}", "validation")):
                if key in history:
                    epochs = range(1, len(history[key]) + 1)
                    axes.plot(epochs, history[key], marker="o", markersize=3, label=label)
            axes.legend(frameon=False, labelcolor=_INK)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            curves.append({"heading": heading, "svg": _svg(figure)})
    figure = Figure(figsize=(4.6, 3))
    _draw_calibration(figure.subplots(), labels, probabilities, classes)
    return [*curves, {"heading": "Accuracy by confidence", "svg": _svg(figure)}]


def _draw_calibration(
    axes: Axes,
    labels: Sequence[Any],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[str],
) -> None:
    """Draw each bin's accuracy over its mean confidence; on the dotted line they are the same."""
    right = np.array(classes)[probabilities.argmax(axis=1)] == np.array([str(y) for y in labels])
    confidences = probabilities.max(axis=1)
    bins = _bins(confidences)
    means = [(confidences[bins == b].mean(), right[bins == b].mean()) for b in np.unique(bins)]
    axes.plot([0, 1], [0, 1], linestyle=":", color=_INK, linewidth=1)
    axes.plot(*zip(*means, strict=True), marker="o", clip_on=False)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy")


_INK = "#888888"
"""Readable on white and on black."""


def _svg(figure: Figure) -> str:
    """Return a figure as an SVG element, its frame in a colour for light and dark pages."""
    for axes in figure.axes:
        axes.tick_params(colors=_INK)
        axes.xaxis.label.set_color(_INK)
        axes.yaxis.label.set_color(_INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_INK)
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, bbox_inches="tight")
    text = file.getvalue()
    return text[text.index("<svg") :]
