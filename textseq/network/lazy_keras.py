"""`keras` and `keras.ops`, imported on first use, so that a part's file also serves prediction.

A cell's or pooling's file holds its Keras code and its NumPy code. Prediction uses only the latter,
and would take ten times as long to start if it imported Keras.
"""

from __future__ import annotations

import importlib
from typing import Any


class LazyModule:
    """A module that is imported when one of its attributes is first read.

    Args:
        name: The module's full name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


keras: Any = LazyModule("keras")
ops: Any = LazyModule("keras.ops")
