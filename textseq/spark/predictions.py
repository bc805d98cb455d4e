"""The labels of texts on Spark: in a DataFrame, or as parts of the schema of `predict --output`.

Workers get the model from Spark, by a broadcast variable, and not by a path.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from textseq.classifier.prediction_files import open_parquet
from textseq.classifier.predictions import PredictionColumns, Predictions, thresholds_of
from textseq.classifier.predictor import Predictor
from textseq.compute.integers import as_integer
from textseq.corpus.corpus import Corpus
from textseq.corpus.regroup import regroup
from textseq.corpus.units import WorkUnit
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.sequences.units import IdUnit
from textseq.spark.files import CorpusOnSpark
from textseq.spark.frames import append_columns, check_strings, check_texts, with_columns
from textseq.spark.ids import IdsOnSpark
from textseq.spark.parts import part_file, parts_folder
from textseq.spark.shared import Shared
from textseq.spark.worker import use_one_thread

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType

    from textseq.classifier.sentence_classifier import SentenceClassifier

Unit = WorkUnit | IdUnit
Documents = CorpusOnSpark | IdsOnSpark


def predict(
    df: DataFrame,
    model: StrPath | Predictor | SentenceClassifier,
    column: str = "text",
    top: int | None = None,
    threshold: float | None = None,
) -> DataFrame:
    """Return a DataFrame with the labels of texts, as the columns `label` and `probability`.

    Of a model of several labels, the column is `labels`, an array of both for each label given.

    Args:
        df: A DataFrame.
        model: A model folder that `classify train` wrote, or a trained classifier.
        column: The name of its column of strings.
        top: If given, a column `top` has this number of classes, the most probable, with theirs.
        threshold: Of a model of several labels, the probability above which each is given, in place
            of those that were fitted.

    Raises:
        ArgumentError: There is no such column, it does not hold strings, there is a column of one
            of these names already, `top` is below 1, or `threshold` no probability or for a model
            of one label. When the DataFrame is used: a text is null.
        ArtifactError: The model cannot be read.

    Example:
        >>> from textseq.classifier import SentenceClassifier
        >>> from textseq.spark import predict
        >>> texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, epochs=5, networks=1).fit(texts, labels)
        >>> df = spark.createDataFrame([(1, "pure joy")], ["row", "text"])
        >>> [row.label for row in predict(df, classifier, "text").collect()]
        ['good']
    """
    check_strings(df, column)
    predictor = as_predictor(model)
    columns = PredictionColumns(
        None if top is None else as_integer(top, "top", at_least=1),
        thresholds=thresholds_of(predictor, threshold),
    )
    schema = with_columns(df, _types(columns))
    shared = Shared(df.sparkSession, predictor)
    return df.mapInArrow(partial(_label, predictor=shared, column=column, columns=columns), schema)


def as_predictor(model: Any) -> Predictor:
    """Return the predictor of a model folder or a trained classifier."""
    if isinstance(model, str | os.PathLike):
        return Predictor.load(model)
    found = getattr(model, "model_", model)
    if not isinstance(found, Predictor):
        raise ArgumentError(
            f"`model` must be a model folder, a Predictor or a trained SentenceClassifier. "
            f"Received: {type(model).__name__}."
        )
    return found


def documents_on_spark(
    session: SparkSession, corpus: Corpus | None, sources: Sequence[StrPath]
) -> Documents:
    """Return a corpus on Spark, or, where there is none, the ids that the sources hold."""
    return CorpusOnSpark(session, corpus) if corpus is not None else IdsOnSpark(session, sources)


def write_predictions(
    documents: Documents,
    predictor: Predictor,
    columns: PredictionColumns,
    output: StrPath,
    *,
    force: bool = False,
) -> int:
    """Write the predictions of texts or ids to a folder of Parquet parts; return their number.

    An existing folder is replaced with `force`.
    """
    with parts_folder(output, force=force) as folder:
        shared = Shared(documents.session, predictor)
        work = partial(_write_part, predictor=shared, columns=columns, folder=folder)
        written: int = sum(documents.map(work))
        documents.refuse_empty(written)
    return written


def read_groups(unit: Unit) -> Iterator[tuple[Any, list[Any] | None]]:
    """Yield the texts of a unit as Arrow strings, or its ids, with labels if it has any.

    In groups that a model labels in the least time; see `regroup`.
    """
    if isinstance(unit, IdUnit):
        yield from unit.batches()
        return
    for table in regroup(unit.batches()):
        labelled = "label" in table.column_names
        yield table["text"], table["label"].to_pylist() if labelled else None


def _write_part(
    number: int,
    unit: Unit,
    predictor: Shared[Predictor],
    columns: PredictionColumns,
    folder: Path,
) -> int:
    """Write the predictions of a unit to a part, and return their number."""
    documents = 0
    with part_file(folder, number) as path, open_parquet(path, columns.schema) as write:
        for texts, _ in read_groups(unit):
            predictions = _predictions(predictor.value, texts, columns)
            write(predictions)
            documents += len(predictions)
    return documents


def _predictions(predictor: Predictor, texts: Any, columns: PredictionColumns) -> Predictions:
    classes = [str(label) for label in predictor.classes.tolist()]
    return Predictions(predictor.predict_proba(texts), classes, columns)


def _label(
    batches: Iterable[pa.RecordBatch],
    predictor: Shared[Predictor],
    column: str,
    columns: PredictionColumns,
) -> Iterator[pa.RecordBatch]:
    """Yield batches with the predictions of their texts."""
    use_one_thread()
    for batch in check_texts(batches, column):
        new = _predictions(predictor.value, batch.column(column), columns).to_arrow()
        yield append_columns(batch, dict(zip(new.schema.names, new.columns, strict=True)))


def _types(columns: PredictionColumns) -> dict[str, DataType]:
    """Return the columns as Spark's types."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return {field.name: field.dataType for field in from_arrow_schema(columns.schema)}
