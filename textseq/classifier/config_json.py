"""The settings of a classifier as config.json holds them.

Parts of the user's own are saved by name alone. Reading never turns such a name into code: whoever
reads must hand the part over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping
from dataclasses import fields
from typing import Any

from textseq.classifier.config import LARGEST, ClassifierConfig, name_of
from textseq.compute.settings import is_finite, shown
from textseq.errors import ArgumentError
from textseq.network.model_spec import BUILT_IN
from textseq.tokenizer.analyzers import ANALYZERS

_PARTS: Mapping[str, Container[str]] = {**BUILT_IN, "analyzer": ANALYZERS}
"""The names of the parts that a file may name, by kind."""


def to_config(config: ClassifierConfig) -> dict[str, Any]:
    """Return the settings as config.json holds them."""
    entries = config.settings
    weight, vectors = config.class_weight, config.vectors
    entries["tokenizer_given"] = entries.pop("tokenizer") is not None
    # Pairs, since the keys of a JSON object are strings, and labels may be integers.
    entries["class_weight"] = [*weight.items()] if isinstance(weight, Mapping) else weight
    entries["vectors"] = os.fspath(vectors) if isinstance(vectors, str | os.PathLike) else None
    for kind in _PARTS:
        entries[kind] = None if entries[kind] is None else name_of(entries[kind])
    return entries


def from_config(entries: Mapping[str, Any], own: Mapping[str, Any]) -> ClassifierConfig:
    """Return the config that entries of a config.json describe; those missing have their defaults.

    Args:
        entries: What `to_config` returns, or some of it.
        own: Settings of the caller's, which take the place of the entries; parts and the analyzer
            may be code. None leaves the entry.

    Raises:
        ArgumentError: A part is neither built in nor given, or a setting is out of its range.
    """
    settings = _known(entries)
    given = {name: value for name, value in own.items() if value is not None}
    for kind, names in _PARTS.items():
        if kind not in given and settings.get(kind) is not None:
            _refuse_code(kind, settings[kind], names)
    return ClassifierConfig(**{**settings, **given})


def check_entries(entries: Mapping[str, Any]) -> None:
    """Check the type and the range of each entry of a config.json that is there, before any use.

    Parts may be names of code outside textseq, which is not imported.

    Raises:
        ArgumentError: An entry is not what it should be; the message names it.
    """
    settings = _known(entries)
    for kind in _PARTS:
        if not isinstance(settings.pop(kind, None), str | None):
            raise ArgumentError(f"its {kind} must be a name. Received: {shown(entries[kind])}.")
    ClassifierConfig(**settings)
    for name, (accepts, expected) in _OTHERS.items():
        if name in entries and not accepts(entries[name]):
            raise ArgumentError(f"its {name} must be {expected}. Received: {shown(entries[name])}.")


def _known(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that are settings, as `ClassifierConfig` has them."""
    known = {field.name for field in fields(ClassifierConfig)} - {"tokenizer"}
    settings = {name: value for name, value in entries.items() if name in known}
    if isinstance(pairs := settings.get("class_weight"), list):
        if not all(
            isinstance(pair, list) and len(pair) == 2 and _is_label(pair[0]) for pair in pairs
        ):
            raise ArgumentError("its class_weight must be pairs of a label and a weight")
        settings["class_weight"] = dict(pairs)
    return settings


def _is_label(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _are_classes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 2
        and all(map(_is_label, value))
        and len(set(value)) == len(value)
    )


def _refuse_code(kind: str, name: Any, built_in: Container[str]) -> None:
    if not isinstance(name, str):
        raise ArgumentError(f"its {kind} must be a name. Received: {shown(name)}.")
    if name not in built_in:
        raise ArgumentError(
            f"its {kind} {name!r} is code outside textseq, and loading a file never runs code; "
            f"name it yourself with --{kind} ({kind}=)"
        )


# The entries that are no settings: whether a value can be theirs, and what that is in words.
_OTHERS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "vocabulary": (
        lambda value: type(value) is int and 1 <= value <= LARGEST,
        f"an integer from 1 to {LARGEST:,}",
    ),
    "temperature": (
        lambda value: type(value) in (int, float) and is_finite(value) and value > 0,
        "a finite number above 0",
    ),
    "classes": (_are_classes, "a list of two different labels or more"),
    "tokenizer_given": (lambda value: isinstance(value, bool), "true or false"),
}
