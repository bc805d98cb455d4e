"""Predictions: what is said of documents, as records and as Arrow columns."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.classifier.predictions import PredictionColumns, Predictions

CLASSES = ["bad", "good", "so-so"]
COLUMNS = [PredictionColumns(), PredictionColumns(top=2), PredictionColumns(proba=True),
           PredictionColumns(top=9, proba=True)]  # fmt: skip


def some(documents, seed=0):
    """Return probabilities with ties, as few digits make them."""
    return np.random.default_rng(seed).dirichlet(np.ones(3), documents).round(1).astype(np.float32)


@pytest.mark.parametrize("columns", COLUMNS, ids=str)
@given(st.integers(0, 20), st.integers(0, 99))
def test_columns_say_what_records_say(columns, documents, seed):
    predictions = Predictions(some(documents, seed), CLASSES, columns)
    batch = predictions.to_arrow()
    assert batch.schema == columns.schema
    batch.validate(full=True)
    expected = [
        {name: dict(value) if name == "probabilities" else value for name, value in row.items()}
        for row in batch.to_pylist()
    ]
    assert _close([*predictions.records()], expected)


def _close(one, other):
    """Return whether two records are equal but for rounding."""
    if isinstance(one, float):
        return one == pytest.approx(other, abs=5e-5)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_close(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_close, one, other))
    return one == other


def test_the_schema_is_the_documented_one():
    one = pa.struct({"label": pa.string(), "probability": pa.float32()})
    assert PredictionColumns(top=1, proba=True).schema == pa.schema(
        {
            "label": pa.string(),
            "probability": pa.float32(),
            "top": pa.list_(one),
            "probabilities": pa.map_(pa.string(), pa.float32()),
        }
    )


def test_the_first_of_equal_classes_is_the_answer_and_first_in_the_list():
    even = np.array([[0.25, 0.5, 0.25], [1 / 3, 1 / 3, 1 / 3]], np.float32)
    records = [*Predictions(even, CLASSES, PredictionColumns(top=3)).records()]
    assert [record["label"] for record in records] == ["good", "bad"]
    assert [[one["label"] for one in record["top"]] for record in records] == [
        ["good", "bad", "so-so"],
        CLASSES,
    ]


def test_columns_hold_probabilities_as_they_are_and_records_four_digits():
    third = np.array([[1 / 3, 2 / 3, 0]], np.float32)
    predictions = Predictions(third, CLASSES, PredictionColumns(proba=True))
    assert predictions.to_arrow()["probability"][0].as_py() == float(np.float32(2 / 3))
    (record,) = predictions.records()
    assert record["probabilities"] == {"bad": 0.3333, "good": 0.6667, "so-so": 0.0}
