"""`textseq classify compare`: which of two models is better, on the same labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.classify.loading import load_with_own_parts
from textseq.cli.console import print_json, print_table, stdout
from textseq.cli.derive import from_settings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from textseq.classifier.predictor import Predictor
    from textseq.tasks.paired import PairedOutcomes


LEVEL = 0.05
"""The p-value below which a difference is said to be certain."""


@from_settings
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A model folder.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    sources: options.Sources,
    own: options.OwnParts,
    reading: options.ReadOptions,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the comparison as one JSON object.")
    ] = False,
) -> None:
    """Compare two classifiers on the same labelled texts.

    Use texts that neither was trained on. Prints the accuracy of each, the difference with its 95%
    interval, and McNemar's exact test: how often chance makes so large a difference of equal
    models. Of models of several labels, a text is right if all of its labels are.

    \b
    Examples:
      textseq classify compare model other test.tsv
      textseq classify compare model other test.tsv --json
    """
    from textseq.tasks.paired import PairedOutcomes

    parts = own.load()
    models = {folder: load_with_own_parts(folder, parts) for folder in (first, second)}
    found = PairedOutcomes()
    for texts, labels in reading.labelled_batches(sources):
        right = {folder: _right(folder, model, texts, labels) for folder, model in models.items()}
        found += PairedOutcomes.count(right[first], right[second])
    names = [str(folder) for folder in (first, second)]
    if as_json:
        print_json({"models": names, **found.to_dict()})
    else:
        _print(found, names)


def _right(folder: Path, model: Predictor, texts: Any, labels: list[Any]) -> npt.NDArray[np.bool_]:
    """Return which texts a model labels right: (documents,)."""
    from textseq.classifier.label_sets import as_single_labels
    from textseq.errors import ArgumentError
    from textseq.report.label_outcomes import indicator_of
    from textseq.report.outcomes import class_ids

    names, probabilities = [str(name) for name in model.classes], model.predict_proba(texts)
    right: npt.NDArray[np.bool_]
    try:
        if model.thresholds is None:
            right = class_ids(as_single_labels(labels), names) == probabilities.argmax(axis=1)
        else:
            given = probabilities > model.thresholds
            right = (given == indicator_of(labels, names)).all(axis=1)
    except ArgumentError as error:
        raise ArgumentError(f"The model '{folder}' is not for these texts. {error}") from error
    return right


def _print(found: PairedOutcomes, names: list[str]) -> None:
    """Print a table of both models, and a line that says which is better."""
    from rich.table import Table

    from textseq.tasks.intervals import wilson_interval

    table = Table("", "model")
    for column in ("accuracy", "95% interval", "right alone"):
        table.add_column(column, justify="right")
    alone = (found.first, found.second)
    for letter, name, accuracy, right in zip("AB", names, found.accuracies, alone, strict=True):
        interval = wilson_interval(found.both + right, found.documents)
        table.add_row(letter, name, f"{accuracy:.1%}", str(interval), f"{right:,}")
    print_table(table)
    better = "A" if found.difference > 0 else "B"
    verdict = f"{better} is better" if found.p_value < LEVEL else "Which is better is not certain"
    line = (
        f"{verdict}: A - B is {found.difference:+.1%} on {found.documents:,} texts (95% interval "
        f"{found.interval}); McNemar's exact test, p = {_shown(found.p_value)}."
    )
    stdout().print(line, highlight=True, soft_wrap=True)


def _shown(p_value: float) -> str:
    return f"{p_value:.3f}" if p_value >= 0.001 else f"{p_value:.0e}"
