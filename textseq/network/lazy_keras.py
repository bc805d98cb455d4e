"""`keras` and `keras.ops`, imported on first use, so that a part's file also serves prediction.

Prediction uses only a part's NumPy code; importing Keras would make its start ten times as long.
"""

from __future__ import annotations

import importlib
from typing import Any


class LazyModule:
    """A module that is imported when one of its attributes is first read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


keras: Any = LazyModule("keras")
ops: Any = LazyModule("keras.ops")
