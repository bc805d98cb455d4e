from __future__ import annotations

import enum
import json
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.classifier.data import check_labelled
from textseq.classifier.labels import check_labels, encode_labels
from textseq.errors import ArgumentError


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check_labelled(["a"], [1, 2]), "1 texts and 2 labels"),
        (lambda: check_labelled([], []), "Received none"),
        (lambda: check_labelled(["a"], [0.5]), "a string or an integer"),
        (lambda: encode_labels(np.array(["1"]), np.array([0, 1])), "one kind. Received '1'"),
        (lambda: encode_labels(np.array(["x"]), np.array(["a", "b"])), "labels .*: x"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@given(st.lists(st.sampled_from(["neg", "pos", "긍정"]), min_size=1))
def test_arrow_labels_are_the_same_as_a_list(labels):
    texts = ["a"] * len(labels)
    half = len(labels) // 2
    chunks = pa.chunked_array([labels[:half], labels[half:]], pa.string())
    for given_labels in (chunks, pa.array(labels)):
        np.testing.assert_array_equal(check_labelled(texts, given_labels)[1], labels)


def back_from_json(classes):
    return np.array(json.loads(json.dumps(classes.tolist())))


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b"],
        [np.str_("a"), "b"],
        ["a\nb", "c\td", "\x1b[31m"],
        [1, -(1 << 63), (1 << 63) - 1],
        [np.int8(1), np.int64(2)],
        [True, False],
        [np.True_, False],
        [1.0, 2.0],
        np.array(["a", "b"], object),
        np.array([[1], [2]]),  # a column, as scikit-learn reads it
        pa.array(["a", "b"]).dictionary_encode(),
        pa.array([1, 2]),
    ],
)
def test_labels_come_back_from_json_as_they_are(labels):
    checked = check_labels(labels)
    classes = np.unique(checked)
    np.testing.assert_array_equal(back_from_json(classes), classes)
    assert back_from_json(classes).dtype.kind == classes.dtype.kind


def test_members_of_an_enumeration_are_their_values():
    kinds = enum.Enum("Kind", {"GOOD": "good", "BAD": "bad"}, type=str)
    assert check_labels([kinds.GOOD, kinds.BAD]).tolist() == ["good", "bad"]
    grades = enum.IntEnum("Grade", {"GOOD": 1, "BAD": 2})
    assert check_labels([grades.GOOD, grades.BAD]).tolist() == [1, 2]


class NotAvailable:
    """As pandas.NA: compared with anything, it is neither equal nor not."""

    def __ne__(self, other):
        return self

    def __eq__(self, other):
        return self

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = object.__hash__


@pytest.mark.parametrize(
    "missing",
    [None, float("nan"), np.nan, np.datetime64("NaT"), NotAvailable(), "", "  "],
)
@pytest.mark.parametrize("kind", [list, lambda labels: np.array(labels, object)])
def test_a_missing_label_is_refused_with_its_text(missing, kind):
    with pytest.raises(ArgumentError, match="Text 1 has no label: .*, and for 1 more; leave such"):
        check_labels(kind(["a", missing, "b", missing]))


@pytest.mark.parametrize(
    "labels",
    [pa.array(["a", None]), pa.array(["a", " "]), pa.array([1.0, None]), np.array([1.0, np.nan])],
)
def test_in_an_array_too(labels):
    with pytest.raises(ArgumentError, match="Text 1 has no label"):
        check_labels(labels)


class Table:
    """As a DataFrame: iterated over, it gives the names of its columns."""

    def __init__(self, **columns):
        self.columns = [*columns]
        self.rows = [*zip(*columns.values(), strict=True)]

    def __iter__(self):
        return iter(self.columns)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.rows, dtype)


class Indicators(Table):
    """What pandas.get_dummies gives: its columns are the labels."""

    def idxmax(self, axis):
        """Return the label of each row."""


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "must be a list of labels.*Received: None"),
        (5, "must be a list of labels.*Received: 5"),
        (np.array(3), "must be a list of labels"),
        ("ab", "Received one str"),
        ({"a": 1}, "Received one dict"),
        ({"a", "b"}, "Received one set"),
        (np.eye(2), r"shape \(2, 2\); the label of each one-hot row is y.argmax\(axis=1\)"),
        (np.array([["a", "b"]]), r"shape \(1, 2\); give one column"),
        (Table(a=["x"], b=["y"]), "give one column"),
        (Indicators(a=[0, 1], b=[1, 0]), r"each one-hot row is y.idxmax\(axis=1\)"),
        ([[0, 1], [1, 0]], r"of one-hot rows np.argmax\(y, axis=1\), or several with --multilabel"),
        ([("a", 1), ("b", 2)], "give one label for each text"),
        ([["a"], ["a", "b"]], "give one label for each text"),
        ([date(2020, 1, 1)], "of type date; write such labels as strings"),
        (np.array(["2020-01-01"], "M8[D]"), "of type date; write such labels as strings"),
        (pa.array([date(2020, 1, 1)]), "of type date; write such labels as strings"),
        ([b"a"], "of type bytes; write such labels as strings"),
        ([Decimal(1)], "of type Decimal; write such labels as strings"),
        ([1j], "of type complex; write such labels as strings"),
        ([1 << 63], "an integer of 64 bits"),
        ([-(1 << 70)], "an integer of 64 bits"),
        ([1.5], "not a measured quantity"),
        ([float("inf")], "not a measured quantity"),
        ([1e300], "not a measured quantity"),
        (["a", 1], "labels of one kind.*write all as strings"),
        ([True, 2], "labels of one kind"),
        (["a\0"], "without null characters"),
        (["\ud800"], "halves of surrogate pairs"),
        (pa.array([["a"]]), "give one label for each text"),
    ],
)
def test_what_are_no_labels(labels, message):
    with pytest.raises(ArgumentError, match=message):
        check_labels(labels)


def test_a_table_of_one_column_is_that_column():
    assert check_labels(Table(label=["a", "b"])).tolist() == ["a", "b"]
