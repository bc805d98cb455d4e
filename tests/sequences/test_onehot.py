"""One-hot rows: dense, sparse, and equal to Keras's `to_categorical` but for two traps."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from textseq import RESERVED_INDEX, Sequences, one_hot, to_categorical
from textseq.errors import ArgumentError


class NA:
    """What pandas.NA is like: it has no truth, and comparing it gives it again."""

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    def __eq__(self, other):
        return self

    def __lt__(self, other):
        return self

    __gt__ = __ne__ = __le__ = __ge__ = __lt__
    __hash__ = object.__hash__

    def __repr__(self):
        return "<NA>"


SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
LISTS = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=6)


def equal(ours, theirs):
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    np.testing.assert_array_equal(ours, theirs)


@given(
    SHAPES.filter(lambda shape: len(shape) < 2 or shape[-1] != 1),
    st.sampled_from(["int64", "uint8", "float32", "bool"]),
    st.none() | st.integers(2, 12),
    st.data(),
)
def test_categories_are_those_of_keras(shape, dtype, num_classes, data):
    largest = min(num_classes or 10, 2 if dtype == "bool" else 10) - 1
    classes = data.draw(hnp.arrays("int64", shape, elements=st.integers(0, largest))).astype(dtype)
    if not classes.size and not num_classes:
        num_classes = 3
    theirs = keras.utils.to_categorical(classes, num_classes)
    equal(to_categorical(classes, num_classes), theirs)
    if classes.size:  # empty lists have no shape
        equal(to_categorical(classes.tolist(), num_classes), theirs)


@given(st.lists(st.integers(0, 5), min_size=1), st.none() | st.just(6))
def test_a_column_gives_rows_as_in_keras(classes, num_classes):
    column = np.array(classes)[:, None]
    for given_classes in (column, column.tolist(), column.astype(float)):
        equal(
            to_categorical(given_classes, num_classes),
            keras.utils.to_categorical(given_classes, num_classes),
        )


def test_a_trailing_axis_of_1_of_more_dimensions_stays_where_keras_drops_it():
    assert to_categorical([[[1], [0]]]).shape == (1, 2, 1, 2)
    assert keras.utils.to_categorical([[[1], [0]]]).shape == (1, 2, 2)


def test_the_arguments_of_keras_2():
    """Its signature was `to_categorical(y, num_classes=None, dtype="float32")`."""
    expected = np.eye(3, dtype="float32")
    equal(to_categorical(y=[0, 1, 2], dtype="float32"), expected)
    equal(to_categorical([0, 1, 2], 3, "float32"), expected)
    equal(to_categorical(y=[0, 1, 2], num_classes=3, dtype=int), expected.astype(int))
    for wrong in ({}, {"x": [1], "y": [1]}):
        with pytest.raises(ArgumentError, match="`x`, or `y` as Keras 2 calls it, must be given"):
            to_categorical(**wrong)


def test_strings_of_digits_and_whole_floats_are_classes_as_in_keras():
    for classes in (["2", "0"], [2.0, 0.0], np.array([2, 0], object), [True, False]):
        equal(to_categorical(classes, 3), keras.utils.to_categorical(classes, 3))


@pytest.mark.parametrize(
    ("missing", "shown"),
    [
        (float("nan"), "nan"),
        (None, "None"),
        (NA(), "<NA>"),
        ("pos", "'pos'"),
        (1.5, "1.5"),
        (float("inf"), "inf"),
        (1j, "1j"),
        (10**30, "10"),
    ],
    ids=str,
)
def test_what_is_no_class_is_named(missing, shown):
    containers = [list, lambda values: np.array(values, object)]
    for contain in containers:
        with pytest.raises(ArgumentError, match="`x` must be class indices") as refused:
            to_categorical(contain([0, missing, 1]))
        assert f"received {shown}" in str(refused.value)
        assert "at position 1" in str(refused.value)


def test_a_negative_index_is_an_error_where_keras_takes_the_last_class():
    assert keras.utils.to_categorical([-1], 3).tolist() == [[0, 0, 1]]
    with pytest.raises(ArgumentError, match="Index -1 at position 1 is outside 0 to 2"):
        to_categorical([0, -1], 3)


@pytest.mark.parametrize(
    ("classes", "num_classes", "message"),
    [
        ([0, 3], 3, "Index 3 at position 1 is outside 0 to 2.*`num_classes` 3"),
        ([], None, "`x` is empty, so `num_classes` must be given"),
        ([1, 2**62], None, "do not fit in memory; the largest index is 4,611,686,018,427,387,904"),
        ([1], "3", "`num_classes` must be an integer, or None. Received: '3'"),
        ([1], True, "`num_classes` must be an integer"),
        ([1], float("nan"), "`num_classes` must be 0 or more, or None. Received: nan"),
        ([1], 2.5, "`num_classes` must be an integer"),
        ([1], -1, "`num_classes` must be 0 or more, or None. Received: -1"),
        ([[1], [1, 2]], None, "its rows differ in length"),
    ],
)
def test_categories_that_cannot_be(classes, num_classes, message):
    with pytest.raises(ArgumentError, match=message):
        to_categorical(classes, num_classes)


@given(LISTS, st.sampled_from(["float32", "uint8", "int64", "bool"]))
def test_sequences_dense_and_sparse(lists, dtype):
    sequences = Sequences.from_lists(lists)
    sparse = one_hot(sequences, 10, sparse=True, dtype=dtype)
    assert (sparse.shape, sparse.dtype) == ((len(sequences.ids), 10), dtype)
    np.testing.assert_array_equal(sparse.toarray(), to_categorical(sequences.ids, 10))
    dense = one_hot(sequences, 10, dtype=dtype)
    assert dense.dtype == dtype
    np.testing.assert_array_equal(dense, np.eye(10)[sequences.pad()])


@given(SHAPES, st.sampled_from(["int32", "uint8", "int64"]), st.data())
def test_arrays_of_any_shape(shape, dtype, data):
    ids = data.draw(hnp.arrays(dtype, shape, elements=st.integers(0, 9)))
    equal(one_hot(ids, 10), np.eye(10, dtype="float32")[ids])


def test_padding_has_its_1_in_the_reserved_column():
    rows = one_hot(Sequences.from_lists([[1], [2, 3]]), 4)
    assert rows[0, 0].tolist() == [1, 0, 0, 0]
    assert RESERVED_INDEX == 0


@pytest.mark.parametrize(
    ("ids", "arguments", "message"),
    [
        ([4], {"width": 4}, "Index 4 at position 0 is outside 0 to 3"),
        ([-1], {"width": 4}, "Index -1"),
        ([1], {"width": 0}, "`width` must be 1 or more"),
        ([1], {"width": "4"}, "`width` must be an integer. Received: '4'"),
        ([1], {"width": None}, "`width` must be an integer"),
        ([1], {"width": float("nan")}, "`width` must be 1 or more"),
        ([1], {"width": 4, "dtype": "float33"}, "`dtype` must be a type of NumPy's"),
        ([[1], [1, 2]], {"width": 4}, "its rows differ in length"),
        ([1, None], {"width": 4}, "`ids` must be integers"),
        ([5], {"width": 4}, "larger than the largest index, here 6 or more"),
        ("a text", {"width": 50}, "Keras's `one_hot.text, n.` is `hashing_trick` here"),
        ([1.0], {"width": 4}, "`ids` must be integers. Received an array of float64"),
        ([[1]], {"width": 4, "sparse": True}, r"one dimension. Received one of shape \(1, 1\)"),
        (
            [1] * 10,
            {"width": 10**9},
            r"shape \(10, 1000000000\) needs 37.3 GiB.*2.0 GiB.*sparse=True",
        ),
        ([1, 1], {"width": 4, "limit": 31}, "more than the limit"),
        (Sequences.from_lists([[1], [1, 1]]), {"width": 4, "limit": 63}, "more than the limit"),
    ],
)
def test_arguments_that_cannot_be(ids, arguments, message):
    with pytest.raises(ArgumentError, match=message):
        one_hot(ids, **arguments)


def test_the_limit_is_what_may_be_reached():
    assert one_hot([1, 1], 4, limit=32).nbytes == 32
