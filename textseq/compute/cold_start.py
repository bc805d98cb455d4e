"""Whether compiled loops are worth loading: that takes longer than NumPy needs for a few documents.

A process that labels a sentence and ends never loads them. Where they are loaded already, because
there were many documents before, they work on a few documents too.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

FEW_DOCUMENTS = 256
"""Up to this number of documents, loading compiled code takes longer than it saves: 0.4 s, where a
sentence by itself takes 0.6 to 1.5 ms without it, and 0.1 to 0.25 ms with it."""

_loaded: dict[str, ModuleType] = {}
"""Of `sys.modules`, those that are known to be loaded whole."""


def compiled_loops(module: str, documents: int) -> Any:
    """Return a module of compiled loops, loaded if that is worth it for a number of documents.

    Otherwise None, unless it is loaded already.

    Example:
        >>> from textseq.compute.cold_start import compiled_loops
        >>> print(compiled_loops("textseq.network.not_loaded", documents=1))
        None
    """
    loops = _loaded.get(module)
    if loops is None and (documents > FEW_DOCUMENTS or module in sys.modules):
        loops = _loaded[module] = importlib.import_module(module)
    return loops
