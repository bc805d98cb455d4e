"""The settings of a classifier as config.json holds them.

Parts of the user's own are saved by name alone. Reading never turns such a name into code: whoever
reads must hand the part over.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from typing import Any

from textseq.classifier.config import ClassifierConfig, name_of, settings_in
from textseq.compute.settings import plain, shown
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
    if isinstance(weight, Mapping):
        entries["class_weight"] = [[plain(label), plain(each)] for label, each in weight.items()]
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
    settings = settings_in(entries)
    given = {name: value for name, value in own.items() if value is not None}
    for kind, names in _PARTS.items():
        if kind not in given and settings.get(kind) is not None:
            _refuse_code(kind, settings[kind], names)
    return ClassifierConfig(**{**settings, **given})


def own_parts(config: ClassifierConfig) -> dict[str, Any]:
    """Return the parts that are code outside textseq, by kind: what `from_config` has to be given.

    Example:
        >>> from textseq.classifier import ClassifierConfig
        >>> from textseq.classifier.config_json import own_parts
        >>> own_parts(ClassifierConfig(cell="gru", analyzer="shlex:split"))
        {'analyzer': 'shlex:split'}
    """
    parts = {kind: getattr(config, kind) for kind in _PARTS}
    return {
        kind: part
        for kind, part in parts.items()
        if part is not None and name_of(part) not in _PARTS[kind]
    }


def refuse_other_parts(entries: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Refuse parts of the caller's in place of built-in ones, with which a model was trained.

    Raises:
        ArgumentError: One is given.
    """
    for kind, names in BUILT_IN.items():
        trained, given = entries.get(kind), own.get(kind)
        if given is not None and trained in names and name_of(given) != trained:
            raise ArgumentError(
                f"it was trained with the {kind} {trained!r}, and would answer wrongly with "
                f"another; leave out --{kind} ({kind}=)"
            )


def _refuse_code(kind: str, name: Any, built_in: Container[str]) -> None:
    if not isinstance(name, str):
        raise ArgumentError(f"its {kind} must be a name. Received: {shown(name)}.")
    if name not in built_in:
        raise ArgumentError(
            f"its {kind} {name!r} is code outside textseq, and loading a file never runs code; "
            f"name it yourself with --{kind} ({kind}=)"
        )
