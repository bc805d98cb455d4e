"""A recurrent sentence classifier of pluggable parts: embedding, cell, pooling."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from textseq.errors import require_extra

if TYPE_CHECKING:
    from textseq.classifier.sentence_classifier import SentenceClassifier as SentenceClassifier
    from textseq.network.model import build_model as build_model

_HOMES = {
    "SentenceClassifier": "textseq.classifier.sentence_classifier",
    "build_model": "textseq.network.model",
}
_ROOMS = ("cells", "embeddings", "pooling")

__all__ = ["SentenceClassifier", "build_model", "cells", "embeddings", "pooling"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        require_extra("sklearn" if name == "SentenceClassifier" else "keras", "train", f"`{name}`")
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _ROOMS:
        require_extra("keras", "train", f"`{name}`")
        return importlib.import_module(f"textseq.network.{name}")
    raise AttributeError(f"module 'textseq.classifier' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
