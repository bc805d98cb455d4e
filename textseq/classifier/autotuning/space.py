"""What `autotune` tries: which settings, which values, and which of them first.

Of each setting, the values are few, around that of the defaults. Those that a trial changes one at
a time come first (`probes`): with a budget of a few trials, random combinations of many settings
are mostly worse. Then Optuna's TPE sampler combines what did well.

Only settings are tried that all share the same ids, so that texts are tokenized and encoded once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textseq.classifier.config import ClassifierConfig

Space = dict[str, list[Any]]
"""The values of each setting, one of them the default."""

NAMED = ("cell", "pooling")
"""Settings whose values have no order."""

MOST_NETWORKS = 4
"""Of more networks than the defaults have, at most so many times as many are tried."""

LONGEST = 6
"""The longest n-gram of the linear model that is tried."""

_PROBES: tuple[tuple[str, int], ...] = (
    ("vector_dropout", 1),
    ("learning_rate", -1),
    ("word_dropout", 1),
    ("units", 1),
    ("linear", 1),
    ("pooling", 1),
    ("learning_rate", 1),
    ("dimension", 1),
    ("cell", 1),
    ("batch_size", 1),
    ("vector_dropout", -1),
    ("units", -1),
    ("dropout", -1),
    ("linear", -1),
    ("batch_size", -1),
    ("dimension", -1),
)
"""The settings that are changed alone, in this order, and by how many values from the default."""

_SMALLER: tuple[tuple[str, int], ...] = (
    ("dimension", -1),
    ("buckets", -1),
    ("linear", -1),
    ("units", -1),
)
"""Where the size is limited, what makes a model smaller; each next trial adds one of them."""


def search_space(config: ClassifierConfig, fixed: Collection[str], *, small: bool = False) -> Space:
    """Return the values that are tried of each setting.

    Args:
        config: The defaults, none of them left open.
        fixed: Settings that keep their values.
        small: Whether the size of the model is limited.

    Example:
        >>> from textseq.classifier import ClassifierConfig
        >>> from textseq.classifier.autotuning.space import search_space
        >>> config = ClassifierConfig().resolve(5_000, tokens=100_000, syllables=False)
        >>> space = search_space(config, {"learning_rate"})
        >>> space["units"], space["cell"], "learning_rate" in space
        ([64, 128, 256], ['simple_rnn', 'gru'], False)
    """
    halves = (0.5, 1, 2)
    space: Space = {
        "cell": _with(config.cell, ("simple_rnn", "gru")),
        "pooling": _with(config.pooling, ("max", "mean", "attention")),
        "units": _times(config.units, halves),
        "dimension": _times(config.dimension, (0.25, 0.5, 1) if small else halves),
        "batch_size": _times(config.batch_size, halves),
        "learning_rate": [config.learning_rate * factor for factor in (0.25, *halves)],
        "dropout": _ordered(config.dropout, (0.3, 0.5, 0.7)),
        "vector_dropout": _ordered(config.vector_dropout, (0.0, 0.2, 0.4)),
        "word_dropout": _ordered(config.word_dropout, (0.0, 0.1, 0.2)),
    }
    if config.linear:
        near = (config.linear - 1, config.linear, config.linear + 1)
        space["linear"] = [n for n in near if n == config.linear or 1 <= n <= LONGEST]
    if small and config.embedding == "ngrams":
        space["buckets"] = _times(config.buckets, (1 / 16, 1 / 4, 1))
    if small:
        space["networks"] = sorted({1, config.networks or 1})
    left_out = {*fixed} | ({"dimension"} if has_own_dimension(config) else set())
    return {name: values for name, values in space.items() if name not in left_out}


def has_own_dimension(config: ClassifierConfig) -> bool:
    """Return whether word vectors have the length that something else decides."""
    return config.vectors is not None or config.embedding not in ("learned", "ngrams")


def probes(config: ClassifierConfig, space: Space) -> list[dict[str, Any]]:
    """Return the changes of the first trials, the most promising first.

    Example:
        >>> from textseq.classifier import ClassifierConfig
        >>> from textseq.classifier.autotuning.space import probes, search_space
        >>> config = ClassifierConfig().resolve(5_000, tokens=100_000, syllables=False)
        >>> probes(config, search_space(config, ()))[:2]
        [{'vector_dropout': 0.4}, {'learning_rate': 0.001}]
    """
    found = []
    for name, by in _PROBES:
        change = _change(config, space, name, by)
        if change and change not in found:
            found.append(change)
    return found


def smaller(config: ClassifierConfig, space: Space) -> list[dict[str, Any]]:
    """Return changes of which each makes the model smaller than the one before.

    Example:
        >>> from textseq.classifier import ClassifierConfig
        >>> from textseq.classifier.autotuning.space import search_space, smaller
        >>> config = ClassifierConfig().resolve(5_000, tokens=100_000, syllables=False)
        >>> smaller(config, search_space(config, (), small=True))[:2]
        [{'networks': 1}, {'networks': 1, 'dimension': 100}]
    """
    found: list[dict[str, Any]] = []
    changes: dict[str, Any] = {}
    if len(space.get("networks", ())) > 1:
        changes = {"networks": 1}
        found.append(changes)
    for by in (1, 2):
        for name, direction in _SMALLER:
            change = _change(config, space, name, by * direction)
            if change:
                changes = {**changes, **change}
                found.append(changes)
    return found


def _change(config: ClassifierConfig, space: Space, name: str, by: int) -> dict[str, Any]:
    """Return a setting's value that is so many values from the default; nothing if there is none.

    Of values without an order, it is any other.
    """
    values = space.get(name, [])
    default = getattr(config, name)
    if default not in values:
        return {}
    at = values.index(default) + by
    return {name: values[at]} if 0 <= at < len(values) else {}


def of_networks(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings on which the weights of a network depend.

    Example:
        >>> from textseq.classifier.autotuning.space import of_networks
        >>> of_networks({"cell": "gru", "linear": 3, "networks": 6})
        {'cell': 'gru'}
    """
    return {name: v for name, v in settings.items() if name not in ("linear", "networks")}


def _times(default: int | None, factors: tuple[float, ...]) -> list[Any]:
    if default is None:
        return []
    return sorted({default, *(max(1, round(default * factor)) for factor in factors)})


def _ordered(default: float | None, others: tuple[float, ...]) -> list[Any]:
    return [] if default is None else sorted({default, *others})


def _with(default: Any, others: tuple[str, ...]) -> list[Any]:
    """Return the default first, which may be a part of the user's own, then the others."""
    return [default, *(other for other in others if other != default)]
