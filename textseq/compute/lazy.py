"""Packages whose public names load on first use (PEP 562), so that importing them costs nothing."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from textseq.errors import naming_extras


def lazy_exports(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` for a package's `__init__`.

    `homes` has the module that each public name comes from; a name that is itself a module has that
    module as its home. Where one needs a package that is not installed, the error names the extra.
    """

    def get(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with naming_extras(f"`{package}.{name}`"):
            module = importlib.import_module(home)
        return module if home.endswith(f".{name}") and home != package else getattr(module, name)

    names = sorted(homes)
    return get, lambda: names, names
