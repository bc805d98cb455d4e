"""The description of the service for programs: OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textseq import __version__
from textseq.serve.limits import Limits

Schema = dict[str, Any]

_PAIR: Schema = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["label", "probability"],
}

_ERROR: Schema = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "What is wrong, and what to do."}},
    "required": ["error"],
}

_REFUSALS = {
    "400": "The body is not JSON.",
    "413": "The body has too many bytes.",
    "415": "The Content-Type is not application/json.",
    "422": "The body asks for what cannot be.",
    "500": "The model failed.",
    "503": "Too much waits already; try again after Retry-After seconds.",
}


def describe(limits: Limits, models: Mapping[str, bool]) -> Schema:
    """Return the description of a service.

    Args:
        limits: Its limits.
        models: The names of its models, and whether each may give a text several labels.

    Example:
        >>> from textseq.serve.limits import Limits
        >>> from textseq.serve.openapi import describe
        >>> [*describe(Limits(), {"reviews": False})["paths"]]
        ['/predict', '/health', '/model', '/metrics', '/openapi.json']
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": "textseq", "version": __version__},
        "paths": {
            "/predict": {"post": _predict(limits, models)},
            "/health": {"get": _get("Whether the service answers", _object(status=_STRING))},
            "/model": {"get": _get("What is loaded", _MODELS)},
            "/metrics": {"get": _get("What is counted, for Prometheus", _STRING, "text/plain")},
            "/openapi.json": {"get": _get("This description", {"type": "object"})},
        },
        "components": {"schemas": {"Pair": _PAIR, "Record": _RECORD, "Error": _ERROR}},
    }


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": [*properties]}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_STRING: Schema = {"type": "string"}

_RECORD: Schema = {
    "type": "object",
    "description": "What `textseq classify predict --json` prints: the most probable label of a "
    "text, or where it may have several, those above their thresholds.",
    "properties": {
        **_PAIR["properties"],
        "labels": {"type": "array", "items": _reference("Pair")},
        "top": {"type": "array", "items": _reference("Pair")},
        "probabilities": {"type": "object", "additionalProperties": {"type": "number"}},
    },
    "anyOf": [{"required": ["label", "probability"]}, {"required": ["labels"]}],
    "additionalProperties": False,
}

_MODELS = _object(
    textseq=_STRING,
    models={
        "type": "array",
        "items": _object(
            name=_STRING,
            classes={"type": "array", "items": _STRING},
            multilabel={"type": "boolean"},
            loaded={"type": "string", "format": "date-time"},
        ),
    },
)


def _get(summary: str, schema: Schema, media_type: str = "application/json") -> Schema:
    return {
        "summary": summary,
        "responses": {
            "200": {"description": summary, "content": {media_type: {"schema": schema}}},
            "503": _answer("The service is stopping.", _reference("Error")),
        },
    }


def _predict(limits: Limits, models: Mapping[str, bool]) -> Schema:
    answers = {code: _answer(about, _reference("Error")) for code, about in _REFUSALS.items()}
    found: Schema = {"oneOf": [_reference("Record"), _several()]}
    return {
        "summary": "Labels of one text or several",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _request(limits, models)}},
        },
        "responses": {"200": _answer("The predictions, in the order of the texts.", found)}
        | answers,
    }


def _several() -> Schema:
    return _object(predictions={"type": "array", "items": _reference("Record")})


def _answer(about: str, schema: Schema) -> Schema:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _request(limits: Limits, models: Mapping[str, bool]) -> Schema:
    """Return the schema of what POST /predict takes; null is as if a field were not there."""
    text: Schema = {"type": "string", "maxLength": limits.max_length}
    properties: Schema = {
        "text": text,
        "texts": {"type": "array", "items": text, "maxItems": limits.max_texts},
        "model": {"enum": [*models, *[None] * (len(models) == 1)]},
        "top": {
            "type": ["integer", "null"],
            "minimum": 1,
            "description": "Also the TOP most probable classes, the most probable first.",
        },
        "proba": {
            "type": ["boolean", "null"],
            "description": "Also the probability of every class; not beside `top`.",
        },
    }
    if any(models.values()):
        properties["threshold"] = {
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "Of a model of several labels: those whose probability is above this.",
        }
    model = ["model"] if len(models) > 1 else []
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [{"required": ["text", *model]}, {"required": ["texts", *model]}],
        "not": {
            "required": ["top", "proba"],
            "properties": {"top": {"type": "integer"}, "proba": {"const": True}},
        },
    }
