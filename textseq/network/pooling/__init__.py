"""Poolings: from the states of all tokens to one. Each file holds one pooling, whole.

last.py, mean.py, max.py, attention.py    the poolings
base.py                                   what a pooling consists of, and their registry
layer.py                                  the Keras layer that they share

A new pooling is a file like these, and a line in `POOLINGS`.
"""

from __future__ import annotations

from typing import Any

from textseq.network.pooling.attention import attention
from textseq.network.pooling.base import POOLINGS, Pooling
from textseq.network.pooling.last import last
from textseq.network.pooling.max import max_pooling
from textseq.network.pooling.mean import mean

_LAYERS = {"Last": last, "Mean": mean, "Max": max_pooling, "Attention": attention}

__all__ = ["POOLINGS", "Attention", "Last", "Max", "Mean", "Pooling"]


def __getattr__(name: str) -> Any:
    if name in _LAYERS:  # Keras layers, made when they are asked for
        return _LAYERS[name].keras_class()
    raise AttributeError(f"module 'textseq.network.pooling' has no attribute {name!r}")
