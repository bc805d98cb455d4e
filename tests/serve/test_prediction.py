"""The JSON of a request: what is read, and what each refusal says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.serve.limits import Limits
from textseq.serve.prediction import Columns, RequestError, read_request

LIMITS = Limits(max_texts=3, max_length=10)
MODELS = ["reviews", "topics"]


def read(body):
    return read_request(body, MODELS, LIMITS)


def refusal(body):
    with pytest.raises(RequestError) as caught:
        read(body if isinstance(body, bytes) else json.dumps(body).encode())
    return caught.value.status, caught.value.message


def test_all_fields():
    fields = {"texts": ["a", "b"], "model": "topics", "top": 2, "threshold": 1}
    asked = read(json.dumps(fields).encode())
    assert (asked.texts, asked.single, asked.model) == (["a", "b"], False, "topics")
    assert asked.columns == Columns(2, False, 1.0)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The body is not JSON: Expecting value at line 1, column 1; expected an object"),
        (b'{"text": "a",}', "The body is not JSON: "),
        (b"\xff\xfe", "The body is not UTF-8: byte 1 is invalid; send JSON in UTF-8."),
        (b'{"text": NaN}', "The body is not JSON: NaN is no number there."),
        (b"[" * 200_000, "The body is not JSON that can be read: its nesting is too deep."),
        (b'{"top": 1' + b"0" * 10_000 + b"}", "The body is not JSON that can be read: a number."),
    ],
)
def test_what_is_no_json(body, said):
    status, message = refusal(body)
    assert status == 400
    assert message.startswith(said)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["a"], "The body must be a JSON object such as"),
        ({}, "A request needs the field 'text', a string, or 'texts', a list of strings; not both"),
        ({"text": "a", "texts": ["a"]}, "A request needs the field 'text'"),
        ({"txt": "a"}, "'txt' is not a known field; did you mean 'text'?"),
        ({"text": None}, "The field 'text' must be a string. Received: null."),
        ({"text": ["a"]}, "The field 'text' must be a string. Received: [\"a\"]."),
        ({"texts": "a"}, "The field 'texts' must be a list of strings. Received: \"a\"."),
        ({"texts": ["a", 5]}, "The field 'texts[1]' must be a string. Received: 5."),
        ({"text": "a \ud83d"}, "The field 'text' holds \\ud83d at character 3, half of a surr"),
        ({"text": "a", "top": 0}, "The field 'top' must be an integer from 1. Received: 0."),
        ({"text": "a", "top": True}, "The field 'top' must be an integer from 1."),
        ({"text": "a", "proba": 1}, "The field 'proba' must be true or false. Received: 1."),
        ({"text": "a", "top": 1, "proba": True}, "Give 'top' or 'proba', not both."),
        ({"text": "a", "threshold": 2}, "The field 'threshold' must be a number from 0 to 1."),
        ({"text": "a", "threshold": True}, "The field 'threshold' must be a number from 0 to 1."),
        ({"text": "a"}, "The field 'model' must name one of the models: reviews, topics."),
        ({"text": "a", "model": 1}, "The field 'model' must be a string. Received: 1."),
        ({"text": "a", "model": "topic"}, "'topic' is not a known model; did you mean 'topics'?"),
    ],
)
def test_what_cannot_be_asked(fields, said):
    status, message = refusal(fields)
    assert status == 422
    assert message.startswith(said)
    assert len(message) < 400


def test_lengths():
    assert refusal({"text": "a" * 11}) == (
        422, "The field 'text' has 11 characters, and a text may have 10; shorten it.",
    )  # fmt: skip
    assert refusal({"texts": ["a"] * 4})[0] == 422


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["text", "texts", "model", "top", "proba", "threshold", "other"]),
        ANYTHING | st.sampled_from(["reviews", ["a"], 1]),
    )
)
def test_whatever_is_sent_is_read_or_refused_in_a_sentence(fields):
    asked, error = outcome(json.dumps(fields).encode())
    if error:
        assert error.status == 422
        assert error.message.endswith(".")
    else:
        assert asked.model in MODELS
        assert all(isinstance(text, str) for text in asked.texts)


@given(st.binary(max_size=50))
def test_no_bytes_are_a_traceback(body):
    _, error = outcome(body)
    assert error is None or error.status in (400, 422)


def outcome(body):
    """Return what is read, or the refusal."""
    try:
        return read(body), None
    except RequestError as error:
        return None, error
