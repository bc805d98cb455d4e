"""`textseq classify evaluate`: how good a model is on texts it has not seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.classify.loading import load_model
from textseq.cli.console import command_line, print_table, say, stdout

NOT_SETTINGS = (
    "format", "version", "sha256", "classes", "vocabulary", "temperature", "tokenizer_given"
)  # fmt: skip
"""What a config.json holds besides the settings of a training."""


def evaluate(
    model: options.Model,
    sources: options.Sources,
    report: Annotated[
        Path | None, typer.Option(help="Write one self-contained HTML page here.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as one JSON object.")
    ] = False,
    embedding: options.OwnEmbedding = None,
    cell: options.OwnCell = None,
    pooling: options.OwnPooling = None,
    analyzer: options.OwnAnalyzer = None,
    text_column: options.TextColumn = None,
    label_column: options.LabelColumn = None,
    where: options.Where = None,
    format: options.Format = None,  # noqa: A002  (the option's name)
    quoting: options.Quoting = "minimal",
    encoding: options.Encoding = "utf-8",
    force: options.Force = False,
) -> None:
    """Measure a classifier on labelled texts.

    Give it texts that it has not seen: those it was trained on say little.

    \b
    Examples:
      textseq classify evaluate model test.tsv
      textseq classify evaluate model test.tsv --json --report report.html
    """
    from textseq.report.metrics import measure
    from textseq.report.tables import confusion_table, metrics_table

    options.check_report(report)
    options.check_outputs(report, sources=sources, force=force)
    own = {"embedding": embedding, "cell": cell, "pooling": pooling}
    classifier = load_model(model, own, analyzer)
    reading: dict[str, Any] = {
        "text_column": text_column,
        "label_column": label_column,
        "where": where,
        "format": format,
        "quoting": quoting,
        "encoding": encoding,
    }
    texts, labels = options.read_labelled_texts_or_ids(sources, reading)
    probabilities = classifier.predict_proba(texts)
    metrics = measure(labels, probabilities, classifier.classes)
    if as_json:
        typer.echo(json.dumps(metrics.to_dict(), ensure_ascii=False))
    else:
        console = stdout()
        print_table(metrics_table(metrics))
        print_table(confusion_table(metrics))
        console.print(
            f"Accuracy {metrics.accuracy:.1%} on {metrics.documents:,} texts; "
            f"always answering the commonest class would score {metrics.majority:.1%}."
        )
    if report is not None:
        from textseq.classifier.config import read_histories
        from textseq.report.evaluation import write_html
        from textseq.report.page import names_of

        write_html(
            report,
            metrics,
            title=f"{model.name} on {names_of(sources)}",
            settings=_settings(classifier.folder.config),
            texts=texts
            if isinstance(texts, list)
            else classifier.folder.tokenizer.sequences_to_texts(texts),
            labels=labels,
            probabilities=probabilities,
            histories=read_histories(classifier.folder.metrics),
            command=command_line(),
            force=force,
        )
        say(f"Report -> {report}")


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a model was trained with, for its page."""
    return {k: v for k, v in config.items() if k not in NOT_SETTINGS and v is not None}
