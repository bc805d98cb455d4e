"""A tokenizer as JSON: Keras's layout, in which each table is a JSON string inside the JSON."""

from __future__ import annotations

import json
from typing import Any

from textseq.errors import ArtifactError

TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")

SETTINGS: dict[str, tuple[type, ...]] = {
    "num_words": (int, float, type(None)),
    "filters": (str, list),
    "lower": (int,),
    "split": (str,),
    "char_level": (int,),
    "oov_token": (str, type(None)),
    "document_count": (int,),
}
_DEFAULTS = {"min_count": 1}  # those that are not None
_LARGEST = 2**62  # more than the kernels count to


def parse(json_string: str) -> tuple[dict[str, Any], dict[str, dict[Any, Any]], dict[str, Any]]:
    """Return the settings, the tables, and what only textseq writes, all checked."""
    layout = _json_object(json_string, "it")
    if layout.get("class_name") != "Tokenizer" or not isinstance(layout.get("config"), dict):
        raise ArtifactError(
            'expected {"class_name": "Tokenizer", "config": {...}} as Keras writes it; '
            f"received an object with {', '.join(map(repr, layout)) or 'no keys'}."
        )
    settings = dict(layout["config"])
    for name, kinds in SETTINGS.items():
        if name in settings and not isinstance(settings[name], kinds):
            raise ArtifactError(f"its setting {name!r} cannot be {settings[name]!r}.")
    for name in ("num_words", "document_count"):
        if not 0 <= (settings.get(name) or 0) <= _LARGEST:
            raise ArtifactError(f"its setting {name!r} cannot be {settings[name]!r}.")
    tables = {name: _table(settings, name) for name in TABLES}
    ours = layout.get("textseq", {})
    if not isinstance(ours, dict):
        raise ArtifactError(f"its part 'textseq' must be an object; received {ours!r}.")
    return settings, tables, ours


def layout_of(config: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Return what a tokenizer's JSON holds: Keras's `config`, and what is set of `ours`."""
    layout: dict[str, Any] = {"class_name": "Tokenizer", "config": config}
    set_ones = {name: ours[name] for name in ours if ours[name] != _DEFAULTS.get(name)}
    if set_ones:
        layout["textseq"] = set_ones
    return layout


def _json_object(text: Any, what: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise ArtifactError(f"{what} must be a JSON string; received {type(text).__name__}.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{what} is not whole JSON ({error}).") from error
    if not isinstance(value, dict):
        raise ArtifactError(f"{what} must hold a JSON object; received {type(value).__name__}.")
    return value


def _table(settings: dict[str, Any], name: str) -> dict[Any, Any]:
    """Take the table `name` out of the settings: by word, or by id."""
    if name not in settings:
        raise ArtifactError(f"its table {name!r} is missing.")
    table = _json_object(settings.pop(name), f"its table {name!r}")
    by_id = name.startswith("index_")
    kind = str if name == "index_word" else int
    if not set(map(type, table.values())) <= {kind}:
        raise ArtifactError(f"its table {name!r} must hold values of type {kind.__name__} only.")
    if kind is int and max(map(abs, table.values()), default=0) > _LARGEST:
        raise ArtifactError(f"its table {name!r} holds a value beyond {_LARGEST:,}.")
    try:
        return dict(zip(map(int, table), table.values(), strict=True)) if by_id else table
    except ValueError as error:
        raise ArtifactError(f"its table {name!r} must have ids as keys.") from error
