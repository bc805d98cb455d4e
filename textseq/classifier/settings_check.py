"""Whether the settings of a classifier can mean what they say, before anything is spent on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textseq.errors import ArgumentError

_AT_LEAST = {
    "units": 1,
    "networks": 1,
    "epochs": 1,
    "batch_size": 1,
    "patience": 0,
    "maxlen": 1,
    "warmup": 0,
    "ngrams": 2,
    "linear": 0,
}
_SHARES = ("dropout", "vector_dropout", "word_dropout", "validation_fraction")


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raise an error where a setting is out of its range; None leaves one open, as missing does.

    Args:
        settings: The arguments of a classifier, by name.

    Raises:
        ArgumentError: It names the setting, its range, and what was given.

    Example:
        >>> from textseq.classifier import SentenceClassifier
        >>> from textseq.classifier.settings_check import check_settings
        >>> check_settings(SentenceClassifier(dropout=1.5).get_params())
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `dropout` must be from 0 to below 1. Received: 1.5.
    """
    for name, lowest in _AT_LEAST.items():
        value = settings.get(name)
        if value is not None and value < lowest:
            raise ArgumentError(f"`{name}` must be {lowest} or more. Received: {value!r}.")
    for name in _SHARES:
        value = settings.get(name)
        if not 0 <= (value or 0) < 1:
            raise ArgumentError(f"`{name}` must be from 0 to below 1. Received: {value!r}.")
    rate = settings.get("learning_rate")
    if rate is not None and rate <= 0:
        raise ArgumentError(f"`learning_rate` must be above 0. Received: {rate}.")
