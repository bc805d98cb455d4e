"""Predictions: what is said of documents by their probabilities, and the one schema of that.

label: string, probability: float32                        the most probable class
top: list<struct<label: string, probability: float32>>     with `top`: the first of them
probabilities: map<string, float32>                        with `proba`: those of all classes
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

DIGITS = 4
"""Decimals of a probability where it is shown."""

ONE = (pa.field("label", pa.string()), pa.field("probability", pa.float32()))
"""The columns that predictions have always."""


@dataclass(frozen=True)
class PredictionColumns:
    """Which columns predictions have.

    Args:
        top: The number of classes in the column `top`; None for no such column.
        proba: Whether there is a column `probabilities`.

    Example:
        >>> from textseq.classifier.predictions import PredictionColumns
        >>> PredictionColumns(top=3).schema.names
        ['label', 'probability', 'top']
    """

    top: int | None = None
    proba: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The columns as Arrow fields."""
        schema = pa.schema(ONE)
        if self.top:
            schema = schema.append(pa.field("top", pa.list_(pa.struct(ONE))))
        if self.proba:
            schema = schema.append(pa.field("probabilities", pa.map_(pa.string(), pa.float32())))
        return schema


class Predictions:
    """What is said of some documents.

    Attributes:
        columns: Which columns there are.
        classes: The labels of all classes.
        probabilities: Theirs: float32, shape (documents, classes).
        best: The most probable class of each document: shape (documents,).
        confidences: Its probability: float32, shape (documents,).
        top: The most probable classes, in descending order: shape (documents, top); or None.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.predictions import PredictionColumns, Predictions
        >>> probabilities = np.array([[0.25, 0.75]], np.float32)
        >>> predictions = Predictions(probabilities, ["bad", "good"], PredictionColumns(top=1))
        >>> [*predictions.records()]
        [{'label': 'good', 'probability': 0.75, 'top': [{'label': 'good', 'probability': 0.75}]}]
        >>> predictions.to_arrow().column("label").to_pylist()
        ['good']
    """

    def __init__(
        self,
        probabilities: npt.NDArray[np.float32],
        classes: Sequence[str],
        columns: PredictionColumns = PredictionColumns(),
    ) -> None:
        self.columns, self.classes, self.probabilities = columns, classes, probabilities
        self.best = probabilities.argmax(axis=1)
        self.confidences = probabilities[np.arange(len(probabilities)), self.best]
        self.top = None
        if columns.top:
            self.top = (-probabilities).argsort(axis=1, kind="stable")[:, : columns.top]

    def __len__(self) -> int:
        return len(self.probabilities)

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield a record for each document, as JSON shows it; probabilities are rounded."""
        classes = self.classes
        best, confidences = self.best.tolist(), _rounded(self.confidences)
        for i, (label, confidence) in enumerate(zip(best, confidences, strict=True)):
            record = {"label": classes[label], "probability": confidence}
            if self.columns.proba:
                row = _rounded(self.probabilities[i])
                record["probabilities"] = dict(zip(classes, row, strict=True))
            if self.top is not None:
                most = self.top[i]
                shown = zip(most.tolist(), _rounded(self.probabilities[i, most]), strict=True)
                record["top"] = [{"label": classes[k], "probability": p} for k, p in shown]
            yield record

    def to_arrow(self) -> pa.RecordBatch:
        """Return the columns; probabilities are as they are."""
        arrays = [self._names(self.best), pa.array(self.confidences)]
        if self.top is not None:
            shown = np.take_along_axis(self.probabilities, self.top, axis=1)
            flat = [self._names(self.top.ravel()), pa.array(shown.ravel())]
            structs = pa.StructArray.from_arrays(flat, fields=list(ONE))
            arrays.append(pa.ListArray.from_arrays(_offsets(self.top.shape), structs))
        if self.columns.proba:
            every = np.tile(np.arange(len(self.classes)), len(self))
            values = pa.array(self.probabilities.ravel())
            offsets = _offsets(self.probabilities.shape)
            arrays.append(pa.MapArray.from_arrays(offsets, self._names(every), values))
        return pa.RecordBatch.from_arrays(arrays, schema=self.columns.schema)

    def _names(self, classes: npt.NDArray[np.int64]) -> pa.Array:
        """Return the labels of classes, given by their positions."""
        return pa.array(self.classes, pa.string()).take(pa.array(classes))


def _offsets(shape: tuple[int, ...]) -> pa.Array:
    """Return where the lists of a table of `shape` begin, and where the last ends."""
    rows, columns = shape
    return pa.array(np.arange(rows + 1) * columns, pa.int32())


def _rounded(probabilities: npt.NDArray[np.float32]) -> list[float]:
    return [round(p, DIGITS) for p in probabilities.tolist()]
