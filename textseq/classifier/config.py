"""What a model's JSON says of a classifier, and what is read back from it.

Parts of the user's own are saved by name alone. Reading never turns such a name into code: whoever
reads must hand the part over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields
from typing import Any

from textseq.classifier.presets import Recipe
from textseq.errors import ArgumentError
from textseq.network.model_spec import BUILT_IN
from textseq.network.ngrams import BUCKETS, NGRAMS
from textseq.tokenizer.analyzers import ANALYZERS

Part = str | Callable[..., Any]

OPEN = tuple(field.name for field in fields(Recipe))
"""Settings that may be left open, and are saved as `fit` settled them."""

ADDED = {
    "word_dropout": 0.0,
    "ngrams": NGRAMS,
    "buckets": BUCKETS,
    "warmup": 0.0,
    "networks": 1,
    "linear": 0,
}
"""Settings that older models do not name, and what they were then."""

_SAVED = (
    "bidirectional",
    "tuned",
    "num_words",
    "min_count",
    "maxlen",
    "dropout",
    "batch_size",
    "learning_rate",
    "warmup",
    "validation_fraction",
    "patience",
    "calibrated",
    "seed",
)
"""Settings that are saved as they are."""


def described(settings: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return settings as data for config.json.

    Args:
        settings: The arguments of a classifier, by name.
        recipe: What its open settings became.

    Example:
        >>> from textseq.classifier import SentenceClassifier
        >>> from textseq.classifier.config import described
        >>> from textseq.classifier.presets import Recipe
        >>> config = described(SentenceClassifier(cell="gru").get_params(), Recipe(units=8))
        >>> config["cell"], config["units"], config["vectors"]
        ('gru', 8, None)
    """
    analyzer, vectors = settings["analyzer"], settings["vectors"]
    weight = settings["class_weight"]
    return {
        **asdict(recipe),
        "embedding": _name_of(recipe.embedding),
        "cell": _name_of(settings["cell"]),
        "pooling": _name_of(settings["pooling"]),
        **{name: settings[name] for name in _SAVED},
        "analyzer": None if analyzer is None else _name_of(analyzer),
        # Pairs, since the keys of a JSON object are strings, and labels may be numbers.
        "class_weight": [*weight.items()] if isinstance(weight, Mapping) else weight,
        "vectors": os.fspath(vectors) if isinstance(vectors, str | os.PathLike) else None,
        "tokenizer_given": settings["tokenizer"] is not None,
    }


def read_back(config: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a classifier that a configuration holds.

    Args:
        config: What `described` returns, or some of it.
        own: The user's own parts and analyzer, by kind; None where there are none.

    Raises:
        ArgumentError: A part is neither built in nor given.

    Example:
        >>> from textseq.classifier.config import read_back
        >>> read_back({"cell": "gru", "units": 8}, {})
        {'units': 8, 'cell': 'gru', 'class_weight': None}
    """
    saved = (*_SAVED, *OPEN, "vectors")
    settings = {name: config[name] for name in saved if name in config}
    for kind, names in {**BUILT_IN, "analyzer": ANALYZERS.names()}.items():
        if own.get(kind) is not None or config.get(kind) is not None:
            settings[kind] = _own_or_built_in(kind, config.get(kind), own.get(kind), names)
    weight = config.get("class_weight")
    settings["class_weight"] = dict(weight) if isinstance(weight, list) else weight
    return settings


def read_histories(metrics: Mapping[str, Any]) -> list[dict[str, list[float]]]:
    """Return the history of each network that metrics.json holds; models of one have only that.

    Raises:
        ArgumentError: They are no lists of numbers by name.

    Example:
        >>> from textseq.classifier.config import read_histories
        >>> read_histories({"history": {"loss": [0.7, 0.5]}})
        [{'loss': [0.7, 0.5]}]
    """
    histories: list[dict[str, list[float]]] = metrics.get("histories", [metrics.get("history")])
    whole = isinstance(histories, list) and all(
        isinstance(history, dict) and all(map(_are_numbers, history.values()))
        for history in histories
    )
    if not whole or not histories:
        raise ArgumentError("its metrics.json should hold lists of numbers for each network")
    return histories


def read_validation(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the accuracies on validation texts that metrics.json holds, if there are any.

    Raises:
        ArgumentError: They are none.

    Example:
        >>> from textseq.classifier.config import read_validation
        >>> read_validation({"validation": {"networks": [0.7], "together": 0.7}})["together"]
        0.7
    """
    found = metrics.get("validation")
    if found is None:
        return None
    parts = found if isinstance(found, dict) else {}
    alone = [parts.get("together"), parts.get("linear", 0.0)]
    if not _are_numbers(alone) or not _are_numbers(parts.get("networks")):
        raise ArgumentError("its metrics.json should hold the accuracy of each part, as numbers")
    return parts


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, int | float) for value in values)


def _own_or_built_in(kind: str, name: Any, own: Part | None, built_in: Collection[str]) -> Part:
    """Return the user's own part where one is given, else the built-in of that name."""
    if own is not None:
        return own
    if not isinstance(name, str) or name not in built_in:
        raise ArgumentError(
            f"its {kind} {name!r} is code outside textseq, and loading a file never runs code; "
            f"name it yourself with --{kind} ({kind}=)"
        )
    return name


def _name_of(part: Part) -> str:
    if isinstance(part, str):
        return part
    name = getattr(part, "__qualname__", type(part).__qualname__)
    return f"{part.__module__}:{name}"
