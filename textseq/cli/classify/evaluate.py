"""`textseq classify evaluate`: the metrics of a model on labelled texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import command_line, fits, print_json, print_table, say, stdout
from textseq.cli.derive import from_settings

if TYPE_CHECKING:
    from textseq.report.metrics import Metrics

MANY_CLASSES = 50
"""Of more classes, those of the lowest F1 are printed."""

SHOWN = 20
"""Rows of a table that cannot show all."""


@from_settings
def evaluate(
    model: options.Model,
    sources: options.Sources,
    own: options.OwnParts,
    reading: options.ReadOptions,
    report: options.HtmlPage = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the metrics as one JSON object.")
    ] = False,
    force: options.Force = False,
) -> None:
    """Evaluate a classifier on labelled texts.

    Use texts that it was not trained on. Prints the metrics of each class, and the confusion
    matrix where it fits, else the most confused pairs; --json has all of them.

    \b
    Examples:
      textseq classify evaluate model test.tsv
      textseq classify evaluate model test.tsv --json --report report.html
    """
    from textseq.classifier.model_folder import files_of
    from textseq.classifier.predictor import Predictor
    from textseq.report.metrics import measure

    options.check_report(report)
    options.check_outputs(report, sources=[*sources, *files_of(model)], force=force)
    classifier = Predictor.load(model, **own.load())
    texts, labels = reading.read_labelled(sources)
    probabilities = classifier.predict_proba(texts)
    answers = labels if isinstance(labels, list) else labels.to_pylist()
    classes = [str(label) for label in classifier.classes.tolist()]
    metrics = measure(answers, probabilities, classes)
    if report is not None:  # before printing, which ends where a pipe is closed, as `| head` does
        from textseq.classifier.model_folder import read_histories, read_metrics
        from textseq.report.evaluation import write_html
        from textseq.report.page import file_names
        from textseq.report.training import as_strings, resolved_settings

        write_html(
            report,
            metrics,
            title=f"{model.name} on {file_names(sources)}",
            settings=resolved_settings(classifier.config),
            texts=as_strings(texts, classifier.tokenizer),
            labels=answers,
            probabilities=probabilities,
            histories=read_histories(read_metrics(model)),
            command=command_line(),
            force=force,
        )
        say(f"Report -> {report}")
    if as_json:
        print_json(metrics.to_dict())
    else:
        _print(metrics)


def _print(metrics: Metrics) -> None:
    """Print tables as far as they fit, and a line of what all classes have in common."""
    from textseq.report.tables import confusion_table, confusions_table, metrics_table

    few = len(metrics.classes) <= MANY_CLASSES
    print_table(metrics_table(metrics, most=None if few else SHOWN))
    if few and fits(matrix := confusion_table(metrics)):
        print_table(matrix)
    elif metrics.confusions:
        print_table(confusions_table(metrics, most=SHOWN))
    stdout().print(
        f"Accuracy {metrics.accuracy:.1%} on {metrics.documents:,} texts; "
        f"always predicting the most frequent class scores {metrics.majority:.1%}; "
        f"calibration error (ECE) {metrics.ece:.3f}.",
        highlight=True,
        soft_wrap=True,
    )
