"""`textseq classify predict`: labels for sentences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli import options

if TYPE_CHECKING:
    from textseq.classifier import SentenceClassifier


def predict(
    model: options.Model,
    texts: Annotated[
        list[str] | None, typer.Argument(help="Sentences; none reads them from --input or stdin.")
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="A file of texts, as for `train`; - for stdin."),
    ] = None,
    proba: Annotated[
        bool, typer.Option("--proba", help="Print the probability of every class.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    text_column: options.TextColumn = None,
    where: options.Where = None,
    format: options.Format = None,  # noqa: A002  (the option's name)
    quoting: options.Quoting = "minimal",
    encoding: options.Encoding = "utf-8",
) -> None:
    """Label sentences: a line each, the label and then its probability, between tabs.

    \b
    Examples:
      textseq classify predict model "ain't no mountain high enough"
      textseq classify predict model --input reviews.txt --proba
      cat reviews.txt | textseq classify predict model --json
    """
    from textseq.classifier import SentenceClassifier

    if texts and sources:
        raise typer.BadParameter("give sentences or --input, not both", param_hint="--input")
    classifier = SentenceClassifier.load(model)
    if texts:
        _print_predictions(classifier, texts, proba=proba, as_json=as_json)
        return
    corpus = options.open_corpus(
        sources or ["-"],
        text_column=text_column,
        label_column=None,
        where=where,
        format=format,
        quoting=quoting,
        encoding=encoding,
        spool=False,
    )
    for batch in corpus.batches():
        documents = batch.column("text").to_pylist()
        _print_predictions(classifier, documents, proba=proba, as_json=as_json)


def _print_predictions(
    classifier: SentenceClassifier, texts: list[str], *, proba: bool, as_json: bool
) -> None:
    classes = [str(label) for label in classifier.classes_.tolist()]
    for row in classifier.predict_proba(texts):
        best = int(row.argmax())
        every = {name: round(float(p), 4) for name, p in zip(classes, row, strict=True)}
        if as_json:
            line: dict[str, Any] = {"label": classes[best], "probability": every[classes[best]]}
            if proba:
                line["probabilities"] = every
            typer.echo(json.dumps(line, ensure_ascii=False))
        else:
            shown = (
                [f"{name}={p:.4f}" for name, p in every.items()] if proba else [f"{row[best]:.4f}"]
            )
            typer.echo("\t".join([classes[best], *shown]))
