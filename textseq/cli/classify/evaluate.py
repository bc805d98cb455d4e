"""`textseq classify evaluate`: the metrics of a model on labelled texts."""

from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import command_line, print_json, print_table, say, stdout
from textseq.cli.derive import from_settings


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

    Use texts that it was not trained on.

    \b
    Examples:
      textseq classify evaluate model test.tsv
      textseq classify evaluate model test.tsv --json --report report.html
    """
    from textseq.classifier.predictor import Predictor
    from textseq.report.metrics import measure
    from textseq.report.tables import confusion_table, metrics_table

    options.check_report(report)
    options.check_outputs(report, sources=sources, force=force)
    classifier = Predictor.load(model, **own.load())
    texts, labels = reading.read_labelled(sources)
    probabilities = classifier.predict_proba(texts)
    answers = labels if isinstance(labels, list) else labels.to_pylist()
    classes = [str(label) for label in classifier.classes.tolist()]
    metrics = measure(answers, probabilities, classes)
    if as_json:
        print_json(metrics.to_dict())
    else:
        print_table(metrics_table(metrics))
        print_table(confusion_table(metrics))
        stdout().print(
            f"Accuracy {metrics.accuracy:.1%} on {metrics.documents:,} texts; "
            f"always predicting the most frequent class scores {metrics.majority:.1%}.",
            highlight=True,
        )
    if report is not None:
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
