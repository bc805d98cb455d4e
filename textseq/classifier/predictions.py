"""Predictions: what is said of documents by their probabilities, and the one schema of that.

label: string, probability: float32                        the most probable class
top: list<struct<label: string, probability: float32>>     with `top`: the first of them
probabilities: map<string, float32>                        with `proba`: those of all classes

Where a text may have several labels, there is in place of the first line

labels: list<struct<label: string, probability: float32>>  those above their thresholds

Columns of the input may be kept before these; see `corpus.kept`. In CSV and TSV, which have no
lists, there are other columns in their place; see `csv_header`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.corpus.kept import as_text, as_values, is_json
from textseq.errors import ArgumentError

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor

DIGITS = 4
"""Decimals of a probability where it is shown."""

ONE = (pa.field("label", pa.string()), pa.field("probability", pa.float32()))
"""The columns that predictions have always, where a text has one label."""

PAIRS = pa.list_(pa.struct(ONE))

SEVERAL = (pa.field("labels", PAIRS),)
"""The columns that predictions have always, where a text may have several labels."""


@dataclass(frozen=True)
class PredictionColumns:
    """Which columns predictions have.

    Args:
        top: The number of classes in the column `top`; None for no such column.
        proba: Whether there is a column `probabilities`.
        thresholds: Where a text may have several labels, the probability above which each is
            given: (classes,); None where it has one.
        kept: Columns of the input that come before these; see `corpus.kept`.

    Raises:
        ArgumentError: A kept column has the name of one of these.

    Example:
        >>> from textseq.classifier.predictions import PredictionColumns
        >>> PredictionColumns(top=3).schema.names
        ['label', 'probability', 'top']
        >>> PredictionColumns(thresholds=(0.5, 0.5)).schema.names
        ['labels']
    """

    top: int | None = None
    proba: bool = False
    thresholds: tuple[float, ...] | None = None
    kept: tuple[pa.Field, ...] = ()

    def __post_init__(self) -> None:
        refuse_same_names([field.name for field in self.kept], self.answers.names)

    @property
    def schema(self) -> pa.Schema:
        """The columns as Arrow fields; what is kept of JSON is text."""
        kept = (pa.field(f.name, f.type) for f in self.kept)
        return pa.schema([*kept, *self.answers])

    @property
    def answers(self) -> pa.Schema:
        """The columns without those that are kept."""
        schema = pa.schema(ONE if self.thresholds is None else SEVERAL)
        if self.top:
            schema = schema.append(pa.field("top", PAIRS))
        if self.proba:
            schema = schema.append(pa.field("probabilities", pa.map_(pa.string(), pa.float32())))
        return schema


def thresholds_of(predictor: Predictor, threshold: float | None = None) -> tuple[float, ...] | None:
    """Return the probability above which each label is given; None where a text has one label.

    Args:
        predictor: A trained classifier.
        threshold: One for all labels, in place of those that were fitted.

    Raises:
        ArgumentError: `threshold` is no probability, or given where a text has one label.
    """
    if predictor.thresholds is None:
        if threshold is None:
            return None
        raise ArgumentError(
            "The model gives one label to a text, the most probable, so a threshold (--threshold) "
            "does nothing; leave it out."
        )
    if threshold is None:
        return tuple(predictor.thresholds.tolist())
    if not 0 <= threshold <= 1:
        raise ArgumentError(f"`threshold` must be from 0 to 1. Received: {threshold}.")
    return (threshold,) * len(predictor.classes)


def csv_header(columns: PredictionColumns, classes: Sequence[str]) -> list[str]:
    """Return the names of the columns in CSV and TSV.

    `label` and `probability`, or where a text may have several labels, `labels` and `probabilities`
    with lists in JSON; with `top`, `label_1`, `probability_1` and so on; with `proba`,
    `probability_LABEL` for each class.

    Raises:
        ArgumentError: A kept column has the name of one of these.

    Example:
        >>> from textseq.classifier.predictions import PredictionColumns, csv_header
        >>> csv_header(PredictionColumns(proba=True), ["bad", "good"])
        ['label', 'probability', 'probability_bad', 'probability_good']
    """
    names = ["label", "probability"] if columns.thresholds is None else ["labels", "probabilities"]
    for rank in range(1, min(columns.top or 0, len(classes)) + 1):
        names += [f"label_{rank}", f"probability_{rank}"]
    names += [f"probability_{label}" for label in classes if columns.proba]
    kept = [field.name for field in columns.kept]
    refuse_same_names(kept, names)
    return kept + names


def refuse_same_names(kept: Sequence[str], ours: Sequence[str]) -> None:
    """Raise an error where a kept column has the name of one of the predictions' own."""
    for name in kept:
        if name in ours:
            raise ArgumentError(
                f"The predictions have a column {name!r} of their own, so that of the input cannot "
                f"be kept under this name; keep it under another with --keep {name}=input_{name}."
            )


@dataclass(frozen=True, eq=False)
class Ranking:
    """Some classes of each document, the most probable first.

    Args:
        classes: The classes of all documents, end to end.
        probabilities: Theirs: float32, as many.
        offsets: Where those of each document begin, and the end: int32, (documents + 1,).
    """

    classes: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.int32]

    @classmethod
    def above(
        cls, probabilities: npt.NDArray[np.float32], thresholds: tuple[float, ...]
    ) -> Ranking:
        """Return the classes of each document that are above their thresholds."""
        rows, classes = np.nonzero(probabilities > np.array(thresholds, np.float32))
        order = np.lexsort((-probabilities[rows, classes], rows))
        offsets = np.searchsorted(rows, np.arange(len(probabilities) + 1)).astype(np.int32)
        return cls(classes[order], probabilities[rows, classes][order], offsets)

    @classmethod
    def top(cls, probabilities: npt.NDArray[np.float32], most: int) -> Ranking:
        """Return the `most` probable classes of each document."""
        order = (-probabilities).argsort(axis=1, kind="stable")[:, :most]
        ranked = np.take_along_axis(probabilities, order, axis=1)
        offsets = np.arange(len(order) + 1, dtype=np.int32) * np.int32(order.shape[1])
        return cls(order.ravel(), ranked.ravel(), offsets)

    def pairs(self, document: int) -> list[tuple[int, float]]:
        """Return the classes of a document and their probabilities."""
        part = slice(*self.offsets[document : document + 2].tolist())
        return [*zip(self.classes[part].tolist(), self.probabilities[part].tolist(), strict=True)]


class Predictions:
    """What is said of some documents.

    Attributes:
        columns: Which columns there are.
        classes: The labels of all classes.
        probabilities: Theirs: float32, shape (documents, classes).
        best: The most probable class of each document: shape (documents,).
        confidences: Its probability: float32, shape (documents,).
        kept: What is kept of each document's row in the input; or None.
        labels: Where documents may have several labels, those above their thresholds; or None.
        top: The most probable classes; or None.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.predictions import PredictionColumns, Predictions
        >>> probabilities = np.array([[0.25, 0.75]], np.float32)
        >>> predictions = Predictions(probabilities, ["bad", "good"], PredictionColumns(top=1))
        >>> [*predictions.records()]
        [{'label': 'good', 'probability': 0.75, 'top': [{'label': 'good', 'probability': 0.75}]}]
        >>> predictions.to_arrow().column("label").to_pylist()
        ['good']
        >>> several = PredictionColumns(thresholds=(0.5, 0.5))
        >>> [*Predictions(probabilities, ["joy", "love"], several).records()]
        [{'labels': [{'label': 'love', 'probability': 0.75}]}]
    """

    def __init__(
        self,
        probabilities: npt.NDArray[np.float32],
        classes: Sequence[str],
        columns: PredictionColumns = PredictionColumns(),
        kept: pa.StructArray | None = None,
    ) -> None:
        self.kept = kept
        self.columns, self.classes, self.probabilities = columns, classes, probabilities
        self.best = probabilities.argmax(axis=1)
        self.confidences = probabilities[np.arange(len(probabilities)), self.best]
        self.labels = self.top = None
        if columns.thresholds is not None:
            self.labels = Ranking.above(probabilities, columns.thresholds)
        if columns.top:
            self.top = Ranking.top(probabilities, columns.top)

    def __len__(self) -> int:
        return len(self.probabilities)

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield a record for each document, as JSON shows it; probabilities are rounded."""
        best, confidences = self.best.tolist(), self.confidences.tolist()
        kept = self._kept_records()
        for i, answer in enumerate(zip(best, confidences, strict=True)):
            record: dict[str, Any] = self._pair(*answer)
            if self.labels is not None:
                record = {"labels": self._pairs(self.labels, i)}
            if self.columns.proba:
                row = [round(p, DIGITS) for p in self.probabilities[i].tolist()]
                record["probabilities"] = dict(zip(self.classes, row, strict=True))
            if self.top is not None:
                record["top"] = self._pairs(self.top, i)
            yield kept[i] | record

    def kept_texts(self) -> list[tuple[str | None, ...]]:
        """Return what is kept of each document as strings; None for null."""
        if self.kept is None:
            return [()] * len(self)
        fields = self.columns.kept
        columns = [as_text(*pair) for pair in zip(self.kept.flatten(), fields, strict=True)]
        return [*zip(*(column.to_pylist() for column in columns), strict=True)]

    def _kept_records(self) -> list[dict[str, Any]]:
        """Return what is kept of each document, as JSON shows it."""
        if self.kept is None:
            return [{}] * len(self)
        fields = self.columns.kept
        columns = [as_values(*pair) for pair in zip(self.kept.flatten(), fields, strict=True)]
        names = [field.name for field in fields]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def rows(self) -> Iterator[list[str | float | None]]:
        """Yield a row for each document, as CSV has it; see `csv_header`."""
        best, confidences = self.best.tolist(), self.confidences.tolist()
        kept = self.kept_texts()
        for i, (k, probability) in enumerate(zip(best, confidences, strict=True)):
            row: list[Any] = [self.classes[k], round(probability, DIGITS)]
            if self.labels is not None:
                pairs = self._pairs(self.labels, i)
                names = ("label", "probability")
                row = [json.dumps([p[n] for p in pairs], ensure_ascii=False) for n in names]
            for pair in self._pairs(self.top, i) if self.top is not None else ():
                row += pair.values()
            if self.columns.proba:
                row += [round(p, DIGITS) for p in self.probabilities[i].tolist()]
            yield [*kept[i], *row]

    def to_arrow(self) -> pa.RecordBatch:
        """Return the columns; probabilities are as they are."""
        arrays = [self._names(self.best), pa.array(self.confidences)]
        if self.labels is not None:
            arrays = [self._lists(self.labels)]
        if self.top is not None:
            arrays.append(self._lists(self.top))
        if self.columns.proba:
            every = np.tile(np.arange(len(self.classes)), len(self))
            values = pa.array(self.probabilities.ravel())
            offsets = pa.array(np.arange(len(self) + 1) * len(self.classes), pa.int32())
            arrays.append(pa.MapArray.from_arrays(offsets, self._names(every), values))
        if self.kept is not None:
            pairs = zip(self.kept.flatten(), self.columns.kept, strict=True)
            arrays[:0] = [as_text(*pair) if is_json(pair[1]) else pair[0] for pair in pairs]
        return pa.RecordBatch.from_arrays(arrays, schema=self.columns.schema)

    def _pair(self, k: int, probability: float) -> dict[str, Any]:
        return {"label": self.classes[k], "probability": round(probability, DIGITS)}

    def _pairs(self, ranking: Ranking, document: int) -> list[dict[str, Any]]:
        return [self._pair(*pair) for pair in ranking.pairs(document)]

    def _lists(self, ranking: Ranking) -> pa.ListArray:
        """Return the classes of each document with their probabilities."""
        columns = [self._names(ranking.classes), pa.array(ranking.probabilities)]
        structs = pa.StructArray.from_arrays(columns, fields=list(ONE))
        return pa.ListArray.from_arrays(pa.array(ranking.offsets), structs)

    def _names(self, classes: npt.NDArray[np.int64]) -> pa.Array:
        """Return the labels of classes, given by their positions."""
        return pa.array(self.classes, pa.string()).take(pa.array(classes))
