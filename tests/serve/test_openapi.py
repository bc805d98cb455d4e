"""The description for programs: what it allows is answered, as it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.serve.limits import Limits
from textseq.serve.openapi import describe
from textseq.serve.prediction import FIELDS, read_request

LIMITS = Limits(max_texts=3, max_length=20)


def request_schema(models):
    operation = describe(LIMITS, models)["paths"]["/predict"]["post"]
    return operation["requestBody"]["content"]["application/json"]["schema"]


def values(schema):
    """Return what a schema allows, of the few kinds that ours have."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = {
        "string": lambda: st.text(max_size=schema["maxLength"]),
        "array": lambda: st.lists(values(schema["items"]), max_size=schema["maxItems"]),
        "integer": lambda: st.integers(schema["minimum"]),
        "number": lambda: st.floats(schema["minimum"], schema["maximum"]),
        "boolean": st.booleans,
        "null": st.none,
    }
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return st.one_of(*(kinds[kind]() for kind in types))


def requests(models):
    """Return the requests that the description allows."""
    schema = request_schema(models)
    fields = {name: values(about) for name, about in schema["properties"].items()}

    def allowed(request):
        return not (request.get("top") is not None and request.get("proba"))

    def with_these(required):
        optional = {*fields} - {"text", "texts", *required}
        return st.fixed_dictionaries(
            {name: fields[name] for name in required},
            optional={name: fields[name] for name in optional},
        )

    return st.one_of(*(with_these(one["required"]) for one in schema["oneOf"])).filter(allowed)


@pytest.mark.parametrize("models", [{"a": False}, {"a": True, "b": False}])
def test_every_field_is_described(models):
    described = {*request_schema(models)["properties"]}
    assert described == {*FIELDS} - ({"threshold"} if not any(models.values()) else set())


@given(st.data())
def test_what_is_allowed_is_answered_as_described(serving, data):
    client, models = serving
    asked = data.draw(requests(models))
    found = client.post("/predict", json=asked)
    assert found.status_code == 200, found.json()
    several = "texts" in asked
    records = found.json()["predictions"] if several else [found.json()]
    assert len(records) == (len(asked["texts"]) if several else 1)
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for record in records:
        assert {*record} <= {*schemas["Record"]["properties"]}
        assert any({*record} >= {*one["required"]} for one in schemas["Record"]["anyOf"])


@pytest.fixture(scope="module")
def serving(moods):
    """Return a client, and the models that are served by whether they give several labels."""
    from starlette.testclient import TestClient

    from textseq.serve import make_app

    with TestClient(make_app({"moods": moods}, LIMITS)) as client:
        yield client, {"moods": True}


@given(st.integers(1))
def test_any_top_is_read(top):
    body = b'{"text": "joy", "top": %d}' % top
    assert read_request(body, ["a"], LIMITS).columns.top >= 1
