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
from textseq.cli.results import print_label_metrics, print_metrics

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from textseq.classifier.predictor import Predictor
    from textseq.corpus.corpus import Corpus
    from textseq.report.label_metrics import LabelMetrics
    from textseq.report.label_outcomes import LabelOutcomes
    from textseq.report.metrics import Metrics
    from textseq.report.outcomes import Outcomes
    from textseq.spark.predictions import Unit
    from textseq.spark.shared import Shared

    Thresholds = tuple[float, ...] | None


@from_settings
def evaluate(
    model: options.Model,
    sources: options.Sources,
    own: options.OwnParts,
    reading: options.ReadOptions,
    engine: EngineOptions,
    threshold: options.Threshold = None,
    report: options.HtmlPage = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the metrics as one JSON object.")
    ] = False,
    force: options.Force = False,
) -> None:
    """Evaluate a classifier on labelled texts.

    Use texts that it was not trained on. Prints the metrics of each class, and the confusion
    matrix where it fits, else the most confused pairs; --json has all of them. Of a model of
    several labels: the metrics of each label at its threshold, macro and micro F1, and the share of
    texts whose labels are all right.

    \b
    Examples:
      textseq classify evaluate model test.tsv
      textseq classify evaluate model test.tsv --json --report report.html
      textseq classify evaluate model big/*.parquet --engine spark --master yarn
    """
    from textseq.classifier.model_folder import files_of
    from textseq.classifier.predictions import thresholds_of
    from textseq.classifier.predictor import Predictor

    if engine.is_spark:
        engine.refuse(report=report)
        engine.check_sources(sources)
    options.check_report(report)
    options.check_outputs(report, sources=[*sources, *files_of(model)], force=force)
    classifier = Predictor.load(model, **own.load())
    thresholds = thresholds_of(classifier, threshold)
    answers: Iterable[Answers] = ()
    if engine.is_spark:
        corpus = reading.open_texts(sources, labels=True)
        outcomes = _count_on_spark(engine, classifier, thresholds, sources, corpus)
    else:
        answers = _answer(classifier, reading.labelled_batches(sources))
        answers = answers if report is None else list(answers)
        outcomes = _count(answers, classifier, thresholds)
    metrics = _measure(outcomes)
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
    labels: list[Any]  # strings, or lists of them
    probabilities: npt.NDArray[np.float32]  # (documents, classes)


def _answer(classifier: Predictor, batches: Iterable[tuple[Any, list[Any]]]) -> Iterator[Answers]:
    """Yield labelled texts and their probabilities, a batch at a time.

    Raises:
        ArgumentError: A text has several labels, or none, and the classifier gives one.
    """
    from textseq.classifier.label_sets import as_single_labels

    for texts, labels in batches:
        true = labels if classifier.multilabel else as_single_labels(labels)
        yield Answers(texts, true, classifier.predict_proba(texts))


def _count(
    answers: Iterable[Answers], classifier: Predictor, thresholds: Thresholds
) -> Outcomes | LabelOutcomes:
    """Return the outcomes of all batches: of texts with several labels where there are thresholds.

    Raises:
        ArgumentError: A label is unknown.
    """
    from textseq.report.label_outcomes import LabelOutcomes
    from textseq.report.outcomes import Outcomes

    classes = classifier.classes
    if thresholds is None:
        ones = (Outcomes.count(some.labels, some.probabilities, classes) for some in answers)
        return Outcomes.total(ones, classes)
    several = (
        LabelOutcomes.count(some.labels, some.probabilities, classes, thresholds)
        for some in answers
    )
    return LabelOutcomes.total(several, classes, thresholds)


def _measure(outcomes: Outcomes | LabelOutcomes) -> Metrics | LabelMetrics:
    from textseq.report.label_metrics import label_metrics_of
    from textseq.report.label_outcomes import LabelOutcomes
    from textseq.report.metrics import metrics_of

    if isinstance(outcomes, LabelOutcomes):
        return label_metrics_of(outcomes)
    return metrics_of(outcomes)


def _count_on_spark(
    engine: EngineOptions,
    classifier: Predictor,
    thresholds: Thresholds,
    sources: list[str],
    corpus: Corpus | None,
) -> Outcomes | LabelOutcomes:
    """Return the outcomes of a corpus, or where there is none of ids: counted there by unit."""
    from textseq.spark.predictions import documents_on_spark
    from textseq.spark.shared import Shared

    with engine.session() as session:
        documents = documents_on_spark(session, corpus, sources)
        work = partial(count_unit, predictor=Shared(session, classifier), thresholds=thresholds)
        outcomes = sum(documents.map(work), _count((), classifier, thresholds))
        documents.refuse_empty(outcomes.documents)
    return outcomes


def count_unit(
    number: int,  # noqa: ARG001
    unit: Unit,
    predictor: Shared[Predictor],
    thresholds: Thresholds,
) -> Outcomes | LabelOutcomes:
    """Return the outcomes of a unit of work, in a worker of Spark."""
    return _count(_answer(predictor.value, _labelled(unit)), predictor.value, thresholds)


def _labelled(unit: Unit) -> Iterator[tuple[Any, list[Any]]]:
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
    metrics: Metrics | LabelMetrics,
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


def _print(metrics: Metrics | LabelMetrics) -> None:
    """Print tables as far as they fit, and a line of what all classes have in common."""
    from textseq.report.label_metrics import LabelMetrics

    if isinstance(metrics, LabelMetrics):
        print_label_metrics(metrics)
        line = (
            f"Macro F1 {metrics.macro_f1:.1%}, micro F1 {metrics.micro_f1:.1%} on "
            f"{metrics.documents:,} texts; all labels are right of {metrics.exact_match:.1%}; "
            f"{metrics.predicted_per_text:.2f} labels a text are given, "
            f"{metrics.labels_per_text:.2f} are true; none is given to {metrics.unlabelled:.1%}."
        )
    else:
        print_metrics(metrics)
        line = (
            f"Accuracy {metrics.accuracy:.1%} on {metrics.documents:,} texts (95% interval "
            f"{metrics.accuracy_interval}); "
            f"always predicting the most frequent class scores {metrics.majority:.1%}; "
            f"calibration error (ECE) {metrics.ece:.3f}."
        )
    stdout().print(line, highlight=True, soft_wrap=True)
