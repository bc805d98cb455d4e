"""Arguments of the Tokenizer as plain Python values, which JSON can hold; or a sentence."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError
from textseq.tokenizer.analyzers import LEAST_VOCAB_SIZE, SUBWORDS, VOCAB_SIZE


def as_num_words(value: Any) -> int | None:
    """Return `num_words`: ids below it are used, so a fraction counts as the integer above it."""
    if value is None:
        return None
    if isinstance(value, Real) and not isinstance(value, Integral | bool):
        if value == math.inf:
            return None
        value = math.ceil(value) if math.isfinite(value) else value
    return as_integer(value, "num_words", at_least=0, note=", or None")


def as_vocab_size(value: Any, analyzer: Any) -> int | None:
    """Return how many sub-words an analyzer learns; None for one that learns none."""
    learns = analyzer in SUBWORDS
    if value is None:
        return VOCAB_SIZE if learns else None
    if not learns:
        raise ArgumentError(
            f"`vocab_size` is the number of sub-words that an analyzer learns, and "
            f"{'there is none' if analyzer is None else f'{analyzer!r} learns none'}; use "
            f"--analyzer bpe (analyzer='bpe') or unigram, or leave it out."
        )
    return as_integer(value, "vocab_size", at_least=LEAST_VOCAB_SIZE)


def as_bool(value: Any, name: str) -> bool:
    """Return a switch: a bool, of Python or NumPy, or 0 or 1."""
    if not isinstance(value, Integral | np.bool_):
        raise ArgumentError(f"`{name}` must be True or False. Received: {value!r}.")
    return bool(value)


def as_filters(value: Any) -> str | list[str] | None:
    """Return characters: a string, or a list of them; None, which Keras allows where none apply."""
    if value is None or isinstance(value, str):
        return value
    try:
        characters = sorted(value) if isinstance(value, set | frozenset) else list(value)
    except TypeError:
        characters = [None]
    if not all(isinstance(each, str) and len(each) == 1 for each in characters):
        raise ArgumentError(
            f"`filters` must be characters in a string or a list, '' for none. "
            f"Received: {str(value)[:60]!r}."
        )
    return characters


def plain(value: Any) -> Any:
    """Return a scalar of NumPy's as Python's, and anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value
