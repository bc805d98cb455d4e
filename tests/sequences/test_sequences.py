"""Sequences against plain lists, and `pad_sequences` against Keras's."""

import keras
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences, pad_sequences
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


IDS = st.integers(-(2**31), 2**31 - 1)
LISTS = st.lists(st.lists(IDS, max_size=5), max_size=8)
BOUNDS = st.none() | st.integers(-10, 10)
SIDES = st.sampled_from(["pre", "post"])


@given(LISTS)
def test_sequences_behave_as_lists(lists):
    sequences = Sequences.from_lists(lists)
    assert sequences.to_lists() == lists
    assert len(sequences) == len(lists)
    assert [ids.tolist() for ids in sequences] == lists
    assert [sequences[i].tolist() for i in range(-len(lists), len(lists))] == lists * 2
    assert sequences.lengths.tolist() == [len(row) for row in lists]
    assert Sequences.from_lists(sequences) == sequences
    assert (sequences.ids.dtype, sequences.offsets.dtype) == (np.int32, np.int64)


@given(LISTS, BOUNDS, BOUNDS, BOUNDS.filter(bool) | st.none())
def test_slices(lists, start, stop, step):
    part = Sequences.from_lists(lists)[start:stop:step]
    assert part.to_lists() == lists[start:stop:step]


@given(LISTS.filter(bool), st.data())
def test_taking_documents_by_index_and_by_mask(lists, data):
    sequences = Sequences.from_lists(lists)
    where = data.draw(st.lists(st.integers(-len(lists), len(lists) - 1)))
    assert sequences[where].to_lists() == [lists[i] for i in where]
    assert sequences[np.array(where, dtype=int)] == sequences[where]
    mask = data.draw(st.lists(st.booleans(), min_size=len(lists), max_size=len(lists)))
    kept = [row for row, keep in zip(lists, mask, strict=True) if keep]
    assert sequences[np.array(mask)].to_lists() == kept


@given(st.lists(LISTS, max_size=4))
def test_concatenation(parts):
    whole = Sequences.concatenate(map(Sequences.from_lists, parts))
    assert whole.to_lists() == [row for part in parts for row in part]


@given(LISTS, BOUNDS, BOUNDS, st.sampled_from([pa.list_, pa.large_list]))
def test_arrow_there_and_back_whole_sliced_and_in_chunks(lists, start, stop, kind):
    sequences = Sequences.from_lists(lists)
    assert sequences.to_arrow().to_pylist() == lists
    assert Sequences.from_arrow(sequences.to_arrow()) == sequences
    array = pa.array(lists, kind(pa.int64()))[start:stop]
    assert Sequences.from_arrow(array) == sequences[start:stop]
    chunks = pa.chunked_array([array, array], kind(pa.int64()))
    assert Sequences.from_arrow(chunks).to_lists() == lists[start:stop] * 2


def test_arrow_shares_the_ids():
    sequences = Sequences.from_lists([[1, 2], [3]])
    assert np.shares_memory(Sequences.from_arrow(sequences.to_arrow()).ids, sequences.ids)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (pa.array([[1], None], pa.list_(pa.int32())), "without nulls"),
        (pa.array([[1, None]], pa.list_(pa.int32())), "without nulls"),
        (pa.array([["1"]]), "list of integers. Received: list<.*string"),
        (pa.array([[1.0]]), "list of integers"),
        (pa.array([1]), "list of integers. Received: int64"),
        (pa.array([[2**31]]), "Expected ids of 32 bits"),
    ],
)
def test_arrow_arrays_that_hold_no_ids(array, message):
    with pytest.raises(ArgumentError, match=message):
        Sequences.from_arrow(array)


@given(LISTS, LISTS)
def test_equality_is_that_of_lists(one, other):
    ours, theirs = Sequences.from_lists(one), Sequences.from_lists(other)
    assert (ours == theirs) == (one == other)
    assert ours == Sequences.from_lists(one)
    assert ours != one


def test_sequences_have_no_hash():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Sequences.from_lists([]))


@given(LISTS, st.integers(0, 6), SIDES)
def test_truncate(lists, maxlen, side):
    expected = [
        row[max(0, len(row) - maxlen) :] if side == "pre" else row[:maxlen] for row in lists
    ]
    assert Sequences.from_lists(lists).truncate(maxlen, side).to_lists() == expected


def test_truncate_to_more_than_the_largest_integer_keeps_all():
    for lists in ([[1, 2], [3]], []):
        assert Sequences.from_lists(lists).truncate(10**30).to_lists() == lists


@pytest.mark.parametrize("value", [None, "0", float("nan"), 1.5, 2**31, -(2**31) - 1])
def test_a_padding_that_is_no_id(value):
    with pytest.raises(ArgumentError, match="`value` must be"):
        Sequences.from_lists([[1], [2, 3]]).pad(value=value)


def test_ids_of_rows_that_differ_in_length():
    with pytest.raises(ArgumentError, match="`ids` must be an array: its rows differ in length"):
        Sequences([[1], [1, 2]], [0, 1])


@pytest.mark.parametrize("maxlen", [-1, float("nan"), float("inf")])
def test_a_length_that_is_none(maxlen):
    with pytest.raises(ArgumentError, match="`maxlen` must be 0 or more"):
        Sequences.from_lists([[1, 2]]).truncate(maxlen)


@pytest.mark.parametrize(
    "document", [[1.5], ["1"], "12", [None], [2**31], [-(2**31) - 1], 5, [[1]]]
)
def test_documents_that_hold_no_ids(document):
    with pytest.raises(ArgumentError, match="Document 1 must hold integers of 32 bits"):
        Sequences.from_lists([[1], document])


@pytest.mark.parametrize(
    ("ids", "offsets"),
    [
        ([1, 2], [0, 1]),
        ([1, 2], [1, 2]),
        ([1, 2], [0, 2, 1, 2]),
        ([1, 2], []),
        ([[1, 2]], [0, 2]),
        ([1.5], [0, 1]),
        ([2**31], [0, 1]),
        ([True], [0, 1]),
        ([1], [0.0, 1.0]),
        (["1"], [0, 1]),
    ],
)
def test_ids_and_offsets_that_do_not_fit(ids, offsets):
    with pytest.raises(ArgumentError, match=r"must be.*Received"):
        Sequences(np.array(ids), np.array(offsets))


@pytest.mark.parametrize("index", [3, -4, np.int64(3)])
def test_a_document_outside(index):
    with pytest.raises(IndexError, match=f"Document {index} is outside these 3 documents"):
        Sequences.from_lists([[1], [2], [3]])[index]


def equal(ours, theirs):
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    np.testing.assert_array_equal(ours, theirs)


NUMBERS = st.lists(st.lists(st.integers(-1000, 1000), max_size=6), min_size=1, max_size=6)
MAXLEN = st.none() | st.integers(1, 7)


@given(
    NUMBERS,
    MAXLEN,
    st.sampled_from(["int32", np.int64, "float32", float, object, "int16", np.dtype("int32")]),
    SIDES,
    SIDES,
    st.integers(-1000, 1000) | st.floats(-1000, 1000),
)
def test_padding_is_that_of_keras(rows, maxlen, dtype, padding, truncating, value):
    arguments = (maxlen, dtype, padding, truncating, value)
    theirs = keras.utils.pad_sequences(rows, *arguments)
    equal(pad_sequences(rows, *arguments), theirs)
    equal(pad_sequences(Sequences.from_lists(rows), *arguments), theirs)
    equal(pad_sequences([np.array(row, dtype=int) for row in rows], *arguments), theirs)


@given(st.lists(st.lists(st.text(max_size=3), max_size=4), min_size=1), MAXLEN, SIDES, SIDES)
def test_padding_words_is_that_of_keras(rows, maxlen, padding, truncating):
    arguments = (maxlen, object, padding, truncating, "<pad>")
    equal(pad_sequences(rows, *arguments), keras.utils.pad_sequences(rows, *arguments))


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=5),
    st.sampled_from([(2,), (1,), (2, 3), (0,)]),
    MAXLEN,
    SIDES,
    SIDES,
)
def test_padding_vectors_is_that_of_keras(lengths, element, maxlen, padding, truncating):
    random = np.random.default_rng(0)
    rows = [random.normal(size=(length, *element)) for length in lengths]
    arguments = (maxlen, "float32", padding, truncating)
    theirs = keras.utils.pad_sequences(rows, *arguments)
    equal(pad_sequences(rows, *arguments), theirs)
    equal(pad_sequences([row.tolist() for row in rows], *arguments), theirs)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2.0**40])
def test_a_value_no_id_can_have_pads_floats(value):
    padded = pad_sequences(Sequences.from_lists([[1], [2, 3]]), dtype="float64", value=value)
    np.testing.assert_array_equal(padded, [[value, 1], [2, 3]])


@pytest.mark.parametrize(
    "number", [3.0, np.int64(3), np.int8(3), np.float32(3)], ids=lambda v: type(v).__name__
)
def test_maxlen_of_any_type_of_number(number):
    equal(pad_sequences([[1], [2, 3]], number), pad_sequences([[1], [2, 3]], 3))


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "object", "U3", "bool", "uint8"])
@pytest.mark.parametrize(
    "rows", [[[1], [2, 3]], [["1"], ["2", "3"]], [[1.5], [2, 0]], [(1,), range(3)]], ids=str
)
def test_elements_are_converted_as_by_keras(rows, dtype):
    try:
        theirs = keras.utils.pad_sequences(rows, dtype=dtype)
    except ValueError:
        with pytest.raises(ArgumentError):
            pad_sequences(rows, dtype=dtype)
        return
    equal(pad_sequences(rows, dtype=dtype), theirs)


def test_a_collection_that_is_no_list():
    documents = {7: [1], 8: [2, 3]}.values()
    equal(pad_sequences(documents), keras.utils.pad_sequences(documents))


def test_what_keras_lacks_maxlen_0_and_no_documents():
    assert pad_sequences([[1], [2, 3]], maxlen=0).shape == (2, 0)
    assert pad_sequences(Sequences.from_lists([[1]]), maxlen=0).shape == (1, 0)
    assert pad_sequences([]).shape == (0, 0)
    assert pad_sequences([], maxlen=3).shape == (0, 3)
    assert keras.utils.pad_sequences([[2, 3]], maxlen=1).shape == (1, 1)
    with pytest.raises(ValueError, match="zero-size array"):
        keras.utils.pad_sequences([])
    with pytest.raises(ValueError, match="could not broadcast"):
        keras.utils.pad_sequences([[1], [2, 3]], maxlen=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"padding": "left"}, "`padding` must be 'pre' or 'post'. Received: 'left'"),
        ({"truncating": None}, "`truncating` must be 'pre' or 'post'"),
        ({"maxlen": -1}, "`maxlen` must be 0 or more"),
        ({"value": "x"}, "`value` is the string 'x'.*give dtype=object"),
        ({"maxlen": "10"}, "`maxlen` must be an integer, or None. Received: '10'"),
        ({"maxlen": 2.5}, "`maxlen` must be an integer"),
        ({"maxlen": True}, "`maxlen` must be an integer"),
        ({"value": None}, "`value` must be a single value that `dtype` int32 can hold"),
        ({"value": float("nan")}, "`value` must be a single value"),
        ({"value": 2**40}, "`value` must be a single value"),
        ({"value": [1, 2, 3, 4]}, "`value` must be a single value"),
        ({"dtype": "int33"}, "`dtype` must be a type of NumPy's. Received: 'int33'"),
        ({"sequences": 5}, "`sequences` must be a list of sequences. Received: int"),
        ({"sequences": "texts"}, "`sequences` must be a list of sequences. Received: str"),
        ({"sequences": float("nan")}, "`sequences` must be a list of sequences. Received: float"),
        ({"sequences": ["a text"]}, "Document 0 of `sequences` must be .* with `Tokenizer`"),
        ({"sequences": [[1], ["a", "b"]]}, "Document 1 of `sequences` must be"),
        ({"sequences": [[1], [2, None]]}, "Document 1 of `sequences` must be"),
        ({"sequences": [[1], [2, float("nan")]]}, "Document 1 of `sequences` must be"),
        ({"sequences": [[1], np.array([np.nan])]}, "Document 1 of `sequences` must be"),
        ({"sequences": [[1], np.array([2**40])]}, "Document 1 of `sequences` must be"),
        ({"sequences": [[1], [2**40]]}, "Document 1 of `sequences` must be"),
        ({"sequences": [[1], [2, NA()]]}, "Document 1 of `sequences` must be"),
        ({"sequences": [[1], [[1], [1, 2]]]}, "Document 1 of `sequences` must be"),
        ({"sequences": [[1], {2, 3}]}, "Document 1 of `sequences` must be a sequence"),
        ({"sequences": [[1], None]}, "document 1 is None"),
        ({"sequences": [[1], 2]}, "document 1 is 2 of type int"),
        ({"sequences": [[1], [[2]]]}, r"Document 1 .* shape \(1,\)"),
    ],
)
def test_padding_arguments_that_cannot_be(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        pad_sequences(**{"sequences": [[1], [2, 3]], **arguments})
