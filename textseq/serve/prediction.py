"""A request for predictions: its JSON to texts, or to the sentence that says what is wrong with it.

    {"text": "pure joy"}                            -> a record
    {"texts": ["pure joy", "a bore"], "top": 2}     -> {"predictions": [a record for each text]}

The other fields are `model`, `top`, `proba` and `threshold`; the last three are the options of
`textseq classify predict`, and a record is what that prints with `--json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from textseq.registry import did_you_mean
from textseq.serve.limits import Limits

FIELDS = ("text", "texts", "model", "top", "proba", "threshold")
"""The fields of a request."""

_SHOWN = 80
"""Characters of a refused value that a message shows."""

_MOST_CLASSES = 2**31
"""More than a model has: `top` may be any integer, and is one of Arrow's here."""


class RequestError(Exception):
    """A request that is refused: the status, a sentence, and headers of the answer."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


class Columns(NamedTuple):
    """What is asked of each text; see `PredictionColumns`."""

    top: int | None = None
    proba: bool = False
    threshold: float | None = None


@dataclass(frozen=True)
class Request:
    """A request that can be answered.

    Args:
        texts: The texts; none is an answer without predictions.
        single: Whether it was one text, and not a list.
        model: The name of the model.
        columns: What is asked of each text.
    """

    texts: list[str]
    single: bool
    model: str
    columns: Columns


def read_request(body: bytes, models: Sequence[str], limits: Limits) -> Request:
    """Return what the body of a request asks for.

    Args:
        body: JSON, in UTF-8.
        models: The names of the models that are served.
        limits: The limits.

    Raises:
        RequestError: It is no JSON (400), or asks for what cannot be (422).

    Example:
        >>> from textseq.serve.limits import Limits
        >>> from textseq.serve.prediction import read_request
        >>> read_request(b'{"text": "pure joy", "top": 2}', ["model"], Limits()).columns.top
        2
        >>> read_request(b'{"txt": "pure joy"}', ["model"], Limits())
        Traceback (most recent call last):
        textseq.serve.prediction.RequestError: 'txt' is not a known field; did you mean 'text'? ...
    """
    fields = _read_object(body)
    for name in fields:
        if name not in FIELDS:
            refuse(
                f"{_shown(name, quote=repr)} is not a known field; {did_you_mean(name, FIELDS)}."
            )
    if ("text" in fields) == ("texts" in fields):
        refuse(
            "A request needs the field 'text', a string, or 'texts', a list of strings; not both."
        )
    single = "text" in fields
    texts = [fields["text"]] if single else fields["texts"]
    _check_texts(texts, limits, single=single)
    columns = Columns(_read_top(fields), _read_proba(fields), _read_threshold(fields))
    if columns.top and columns.proba:
        refuse("Give 'top' or 'proba', not both.")
    return Request(texts, single, _read_model(fields, models), columns)


def refuse(message: str, status: int = 422) -> NoReturn:
    """Raise a `RequestError`."""
    raise RequestError(status, message)


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        refuse(
            f"The body is not UTF-8: byte {error.start + 1} is invalid; send JSON in UTF-8.", 400
        )
    except json.JSONDecodeError as error:
        refuse(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}; "
            f'expected an object such as {{"text": "a sentence"}}.',
            400,
        )
    except (ValueError, RecursionError) as error:  # thousands of digits; nesting
        why = "its nesting is too deep" if isinstance(error, RecursionError) else "a number"
        refuse(f"The body is not JSON that can be read: {why}.", 400)
    if not isinstance(value, dict):
        refuse(
            f'The body must be a JSON object such as {{"text": "a sentence"}}. '
            f"Received: {_shown(value)}."
        )
    return value


def _refuse_constant(name: str) -> NoReturn:
    refuse(f"The body is not JSON: {name} is no number there.", 400)


def _check_texts(texts: Any, limits: Limits, *, single: bool) -> None:
    if not isinstance(texts, list):
        refuse(f"The field 'texts' must be a list of strings. Received: {_shown(texts)}.")
    if len(texts) > limits.max_texts:
        refuse(
            f"The field 'texts' has {len(texts):,} texts, and a request may have "
            f"{limits.max_texts:,}; send them in several requests."
        )
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            where = "text" if single else f"texts[{i}]"
            refuse(f"The field '{where}' must be a string. Received: {_shown(text)}.")
        if len(text) > limits.max_length:
            where = "text" if single else f"texts[{i}]"
            refuse(
                f"The field '{where}' has {len(text):,} characters, and a text may have "
                f"{limits.max_length:,}; shorten it."
            )
        if not text.isascii():
            _refuse_surrogates(text, "text" if single else f"texts[{i}]")


def _refuse_surrogates(text: str, where: str) -> None:
    """Refuse half of a surrogate pair, which JSON can write and no encoding can."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = text[error.start].encode("unicode_escape").decode()
        refuse(
            f"The field '{where}' holds {code} at character {error.start + 1:,}, half of a "
            f"surrogate pair, which is no character; send whole ones."
        )


def _read_top(fields: dict[str, Any]) -> int | None:
    top = fields.get("top")
    if top is None:
        return None
    # 2.0 is an integer to JSON's schemas.
    if type(top) not in (int, float) or top < 1 or top % 1:
        refuse(f"The field 'top' must be an integer from 1. Received: {_shown(top)}.")
    return int(min(top, _MOST_CLASSES))


def _read_proba(fields: dict[str, Any]) -> bool:
    proba = fields.get("proba")
    if proba is None:
        return False
    if not isinstance(proba, bool):
        refuse(f"The field 'proba' must be true or false. Received: {_shown(proba)}.")
    return proba


def _read_threshold(fields: dict[str, Any]) -> float | None:
    threshold = fields.get("threshold")
    if threshold is None:
        return None
    if type(threshold) not in (int, float) or not 0 <= threshold <= 1:
        refuse(
            f"The field 'threshold' must be a number from 0 to 1. Received: {_shown(threshold)}."
        )
    return float(threshold)


def _read_model(fields: dict[str, Any], models: Sequence[str]) -> str:
    name = fields.get("model")
    if name is None:
        if len(models) > 1:
            refuse(f"The field 'model' must name one of the models: {', '.join(models)}.")
        return models[0]
    if not isinstance(name, str):
        refuse(f"The field 'model' must be a string. Received: {_shown(name)}.")
    if name not in models:
        refuse(f"{_shown(name, quote=repr)} is not a known model; {did_you_mean(name, models)}.")
    return name


def _shown(value: Any, quote: Any = json.dumps) -> str:
    """Return a value for a message, which a long one is cut for."""
    text = str(quote(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
