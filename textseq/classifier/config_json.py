"""The settings of a classifier as config.json holds them.

Parts of the user's own are saved by name alone. Reading never turns such a name into code: whoever
reads must hand the part over.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import fields
from typing import Any

from textseq.classifier.config import ClassifierConfig, name_of
from textseq.errors import ArgumentError
from textseq.network.model_spec import BUILT_IN
from textseq.tokenizer.analyzers import ANALYZERS


def to_config(config: ClassifierConfig) -> dict[str, Any]:
    """Return the settings as config.json holds them."""
    entries = config.settings
    weight, vectors = config.class_weight, config.vectors
    entries["tokenizer_given"] = entries.pop("tokenizer") is not None
    # Pairs, since the keys of a JSON object are strings, and labels may be integers.
    entries["class_weight"] = [*weight.items()] if isinstance(weight, Mapping) else weight
    entries["vectors"] = os.fspath(vectors) if isinstance(vectors, str | os.PathLike) else None
    for kind in (*BUILT_IN, "analyzer"):
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
    known = {field.name for field in fields(ClassifierConfig)} - {"tokenizer"}
    settings = {name: value for name, value in entries.items() if name in known}
    given = {name: value for name, value in own.items() if value is not None}
    for kind, names in {**BUILT_IN, "analyzer": ANALYZERS}.items():
        if kind not in given and settings.get(kind) is not None:
            _refuse_code(kind, settings[kind], names)
    if isinstance(weight := settings.get("class_weight"), list):
        settings["class_weight"] = dict(weight)
    return ClassifierConfig(**{**settings, **given})


def _refuse_code(kind: str, name: Any, built_in: Container[str]) -> None:
    if not isinstance(name, str) or name not in built_in:
        raise ArgumentError(
            f"its {kind} {name!r} is code outside textseq, and loading a file never runs code; "
            f"name it yourself with --{kind} ({kind}=)"
        )
