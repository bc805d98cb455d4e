"""Predictions: what is said of documents, as records and as Arrow columns."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.classifier.predictions import PredictionColumns, Predictions, thresholds_of
from textseq.errors import ArgumentError

CLASSES = ["bad", "good", "so-so"]
LIMITS = (0.5, 0.25, 0.0)
COLUMNS = [PredictionColumns(), PredictionColumns(top=2), PredictionColumns(proba=True),
           PredictionColumns(top=9, proba=True), PredictionColumns(thresholds=LIMITS),
           PredictionColumns(top=2, proba=True, thresholds=LIMITS)]  # fmt: skip


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
    assert PredictionColumns(thresholds=LIMITS).schema == pa.schema({"labels": pa.list_(one)})


@given(st.integers(0, 20), st.integers(0, 99))
def test_several_labels_are_those_above_their_thresholds_by_falling_probability(documents, seed):
    probabilities = some(documents, seed)
    predictions = Predictions(probabilities, CLASSES, PredictionColumns(thresholds=LIMITS))
    for row, record in zip(probabilities.tolist(), predictions.records(), strict=True):
        above = [k for k, (p, limit) in enumerate(zip(row, LIMITS, strict=True)) if p > limit]
        ranked = sorted(above, key=lambda k: -row[k])
        assert record == {
            "labels": [{"label": CLASSES[k], "probability": round(row[k], 4)} for k in ranked]
        }


def test_a_probability_that_is_the_threshold_is_not_above_it():
    third = np.float32(1 / 3)
    columns = PredictionColumns(thresholds=(float(third),) * 3)
    predictions = Predictions(np.full((1, 3), third), CLASSES, columns)
    assert [*predictions.records()] == [{"labels": []}]


def test_thresholds_are_those_fitted_or_one_for_all():
    several = SimpleNamespace(thresholds=np.array([0.5, 0.25], np.float32), classes=["a", "b"])
    one = SimpleNamespace(thresholds=None, classes=["a", "b"])
    assert thresholds_of(several) == (0.5, 0.25)
    assert thresholds_of(several, 0.3) == (0.3, 0.3)
    assert thresholds_of(one) is None
    with pytest.raises(ArgumentError, match=r"from 0 to 1. Received: 1.5"):
        thresholds_of(several, 1.5)
    with pytest.raises(ArgumentError, match=r"gives one label .*--threshold.* leave it out"):
        thresholds_of(one, 0.5)


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
