"""`classify predict` and `classify evaluate` on Spark, whose workers read and answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.cli import options
from textseq.cli.engine import EngineOptions
from textseq.report.outcomes import Outcomes
from textseq.sequences.labelled import missing_labels
from textseq.sequences.units import IdUnit
from textseq.spark.files import CorpusOnSpark
from textseq.spark.ids import IdsOnSpark
from textseq.spark.predictions import Unit, read_groups, write_predictions
from textseq.spark.shared import Shared

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from textseq.classifier.predictions import PredictionColumns
    from textseq.classifier.predictor import Predictor

Documents = CorpusOnSpark | IdsOnSpark


def predict_on_spark(
    engine: EngineOptions,
    classifier: Predictor,
    sources: Sequence[str],
    reading: options.TextOptions,
    columns: PredictionColumns,
    output: Path,
    *,
    force: bool,
) -> int:
    """Write the predictions of sources to a folder, and return their number."""
    open_documents = _opener(sources, reading, labels=False)
    with engine.session() as session:
        return write_predictions(open_documents(session), classifier, columns, output, force=force)


def measure_on_spark(
    engine: EngineOptions,
    classifier: Predictor,
    sources: Sequence[str],
    reading: options.ReadOptions,
) -> Outcomes:
    """Return the outcomes of labelled sources, counted by unit and added up here."""
    open_documents = _opener(sources, reading, labels=True)
    with engine.session() as session:
        documents = open_documents(session)
        parts = documents.map(partial(_count_unit, predictor=Shared(session, classifier)))
        outcomes = Outcomes.total(parts, classifier.classes)
        documents.refuse_empty(outcomes.documents)
    return outcomes


def _opener(
    sources: Sequence[str], reading: options.TextOptions, *, labels: bool
) -> Callable[[SparkSession], Documents]:
    """Open the sources, before Spark starts, and return what takes them there."""
    if options.hold_ids(sources):
        reading.refuse_reading(f"'{sources[0]}' holds ids, not texts")
        return partial(IdsOnSpark, sources=sources)
    return partial(CorpusOnSpark, corpus=reading.open(sources, labels=labels))


def _count_unit(number: int, unit: Unit, predictor: Shared[Predictor]) -> Outcomes:  # noqa: ARG001
    """Return the outcomes of a unit, in a worker."""
    model = predictor.value
    counted = (
        Outcomes.count(labels, model.predict_proba(texts), model.classes)
        for texts, labels in _labelled(unit)
    )
    return Outcomes.total(counted, model.classes)


def _labelled(unit: Unit) -> Iterator[tuple[Any, list[str]]]:
    """Yield texts or ids with their labels; ids without labels are an error."""
    if not isinstance(unit, IdUnit):
        yield from ((texts, labels or []) for texts, labels in read_groups(unit))
        return
    for section in unit.sections:
        for sequences, labels in section.batches():
            if labels is None:
                raise missing_labels(section.source)
            yield sequences, labels
