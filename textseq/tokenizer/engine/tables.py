"""A dict that tells whether somebody changed it, so that what was computed from it can be kept."""

from __future__ import annotations

from typing import Any, Self, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Table(dict[Key, Value]):
    """A dict that counts how often it was changed.

    Example:
        >>> from textseq.tokenizer.engine.tables import Table
        >>> table = Table({"high": 1})
        >>> table["enough"] = 2
        >>> table, table.changes
        ({'high': 1, 'enough': 2}, 1)
    """

    changes = 0

    def _changed(self) -> None:
        self.changes += 1

    def __setitem__(self, key: Key, value: Value) -> None:
        self._changed()
        super().__setitem__(key, value)

    def __delitem__(self, key: Key) -> None:
        self._changed()
        super().__delitem__(key)

    def __ior__(self, other: Any) -> Self:  # type: ignore[override, misc]
        self._changed()
        return super().__ior__(other)

    def clear(self) -> None:
        """As a dict does."""
        self._changed()
        super().clear()

    def pop(self, *arguments: Any) -> Any:
        """As a dict does."""
        self._changed()
        return super().pop(*arguments)

    def popitem(self) -> tuple[Key, Value]:
        """As a dict does."""
        self._changed()
        return super().popitem()

    def setdefault(self, *arguments: Any) -> Any:
        """As a dict does."""
        self._changed()
        return super().setdefault(*arguments)

    def update(self, *arguments: Any, **named: Any) -> None:
        """As a dict does."""
        self._changed()
        super().update(*arguments, **named)
