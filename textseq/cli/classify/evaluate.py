"""`textseq classify evaluate`: the metrics of a model on labelled texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from textseq.cli import options
from textseq.cli.console import command_line, print_json, say, stdout
from textseq.cli.derive import from_settings
from textseq.cli.engine import EngineOptions
from textseq.cli.results import print_metrics

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from textseq.classifier.predictor import Predictor
    from textseq.corpus.corpus import Corpus
    from textseq.report.metrics import Metrics
    from textseq.report.outcomes import Outcomes
    from textseq.spark.predictions import Unit
    from textseq.spark.shared import Shared


@from_settings
def evaluate(
    model: options.Model,
    sources: options.Sources,
    own: options.OwnParts,
    reading: options.ReadOptions,
    engine: EngineOptions,
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
      textseq classify evaluate model big/*.parquet --engine spark --master yarn
    """
    from textseq.classifier.model_folder import files_of
    from textseq.classifier.predictor import Predictor
    from textseq.report.metrics import metrics_of
    from textseq.report.outcomes import Outcomes

    if engine.is_spark:
        engine.refuse(report=report)
        engine.check_sources(sources)
    options.check_report(report)
    options.check_outputs(report, sources=[*sources, *files_of(model)], force=force)
    classifier = Predictor.load(model, **own.load())
    answers: Iterable[Answers] = ()
    if engine.is_spark:
        corpus = reading.open_texts(sources, labels=True)
        outcomes = _count_on_spark(engine, classifier, sources, corpus)
    else:
        answers = _answer(classifier, reading.labelled_batches(sources))
        answers = answers if report is None else list(answers)
        outcomes = Outcomes.total(_count(answers, classifier), classifier.classes)
    metrics = metrics_of(outcomes)
    if report is not None:  # before printing, which ends where a pipe is closed, as `| head` does
        _write_report(report, metrics, answers, classifier, model, sources, force=force)
        say(f"Report -> {report}")
    if as_json:
        print_json(metrics.to_dict())
    else:
        _print(metrics)


class Answers(NamedTuple):
    """Some labelled texts, and what a classifier says of them."""

    texts: Any  # Arrow strings, or ids
    labels: list[str]
    probabilities: npt.NDArray[np.float32]  # (documents, classes)


def _answer(classifier: Predictor, batches: Iterable[tuple[Any, list[str]]]) -> Iterator[Answers]:
    """Yield labelled texts and their probabilities, a batch at a time."""
    for texts, labels in batches:
        yield Answers(texts, labels, classifier.predict_proba(texts))


def _count(answers: Iterable[Answers], classifier: Predictor) -> Iterator[Outcomes]:
    """Yield the outcomes of each batch."""
    from textseq.report.outcomes import Outcomes

    for some in answers:
        yield Outcomes.count(some.labels, some.probabilities, classifier.classes)


def _count_on_spark(
    engine: EngineOptions, classifier: Predictor, sources: list[str], corpus: Corpus | None
) -> Outcomes:
    """Return the outcomes of a corpus, or where there is none of ids: counted there by unit."""
    from textseq.report.outcomes import Outcomes
    from textseq.spark.predictions import documents_on_spark
    from textseq.spark.shared import Shared

    with engine.session() as session:
        documents = documents_on_spark(session, corpus, sources)
        parts = documents.map(partial(count_unit, predictor=Shared(session, classifier)))
        outcomes = Outcomes.total(parts, classifier.classes)
        documents.refuse_empty(outcomes.documents)
    return outcomes


def count_unit(number: int, unit: Unit, predictor: Shared[Predictor]) -> Outcomes:  # noqa: ARG001
    """Return the outcomes of a unit of work, in a worker of Spark."""
    from textseq.report.outcomes import Outcomes

    classifier = predictor.value
    answers = _answer(classifier, _labelled(unit))
    return Outcomes.total(_count(answers, classifier), classifier.classes)


def _labelled(unit: Unit) -> Iterator[tuple[Any, list[str]]]:
    """Yield texts or ids with their labels; ids without labels are an error."""
    from textseq.sequences.labelled import missing_labels
    from textseq.sequences.units import IdUnit
    from textseq.spark.predictions import read_groups

    if not isinstance(unit, IdUnit):
        yield from ((texts, labels or []) for texts, labels in read_groups(unit))
        return
    for section in unit.sections:
        for sequences, labels in section.batches():
            if labels is None:
                raise missing_labels(section.source)
            yield sequences, labels


def _write_report(
    report: Path,
    metrics: Metrics,
    answers: Iterable[Answers],
    classifier: Predictor,
    model: Path,
    sources: list[str],
    *,
    force: bool,
) -> None:
    """Write the page, for which all texts and their probabilities are in memory."""
    import numpy as np

    from textseq.classifier.model_folder import read_histories, read_metrics
    from textseq.report.evaluation import write_html
    from textseq.report.page import file_names
    from textseq.report.training import as_strings, resolved_settings

    strings = (as_strings(some.texts, classifier.tokenizer) for some in answers)
    write_html(
        report,
        metrics,
        title=f"{model.name} on {file_names(sources)}",
        settings=resolved_settings(classifier.config),
        texts=[*chain.from_iterable(strings)],
        labels=[*chain.from_iterable(some.labels for some in answers)],
        probabilities=np.concatenate([some.probabilities for some in answers]),
        histories=read_histories(read_metrics(model)),
        command=command_line(),
        force=force,
    )


def _print(metrics: Metrics) -> None:
    """Print tables as far as they fit, and a line of what all classes have in common."""
    print_metrics(metrics)
    stdout().print(
        f"Accuracy {metrics.accuracy:.1%} on {metrics.documents:,} texts; "
        f"always predicting the most frequent class scores {metrics.majority:.1%}; "
        f"calibration error (ECE) {metrics.ece:.3f}.",
        highlight=True,
        soft_wrap=True,
    )
