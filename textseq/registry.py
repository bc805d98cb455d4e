"""Names for pluggable parts: `"gru"`, `"package.module:factory"`, or the part itself.

A registry maps a name to a factory. Built-in parts are registered where they are defined; a user
adds one with `register`, or passes a callable, or names one by import path. Import paths run the
code they name, so they are followed only where a person wrote them, never out of a loaded file:
`resolve(..., trusted=False)` refuses them.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar, cast

from textseq.errors import ArgumentError, UnknownNameError

Factory = TypeVar("Factory", bound=Callable[..., object])


class Registry(Generic[Factory]):
    """A mapping from names to factories of one kind of part.

    Args:
        kind: What the factories make, in the words of an error message, such as `"cell"`.

    Example:
        >>> from textseq.registry import Registry
        >>> greetings = Registry("greeting")
        >>> @greetings.register("hello")
        ... def hello(name):
        ...     return f"hello {name}"
        >>> greetings.resolve("hello")("giants")
        'hello giants'
        >>> greetings.resolve("helo")
        Traceback (most recent call last):
        textseq.errors.UnknownNameError: 'helo' is not a known greeting; did you mean 'hello'? ...
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._factories: dict[str, Factory] = {}

    def register(self, name: str) -> Callable[[Factory], Factory]:
        """Return a decorator that files a factory under `name`; a taken name is an error."""
        if name in self._factories:
            raise ArgumentError(f"A {self.kind} named {name!r} is already registered.")

        def file_under_name(factory: Factory) -> Factory:
            self._factories[name] = factory
            return factory

        return file_under_name

    def names(self) -> list[str]:
        """Return the registered names, sorted."""
        return sorted(self._factories)

    def resolve(self, part: str | Factory, *, trusted: bool = True) -> Factory:
        """Return the factory that `part` names, or `part` itself where it is callable.

        Args:
            part: A registered name, `"package.module:factory"`, or a callable.
            trusted: Whether an import path may be followed. False for names read from a file.

        Raises:
            UnknownNameError: No such name is registered; the message lists those that are.
            ArgumentError: The import path is not allowed here, or leads nowhere.
        """
        if not isinstance(part, str):
            if callable(part):
                return part
            raise ArgumentError(
                f"A {self.kind} is a name, 'package.module:factory' or a callable. "
                f"Received: {part!r} of type {type(part).__name__}."
            )
        if part in self._factories:
            return self._factories[part]
        if ":" not in part:
            raise UnknownNameError(self._unknown(part))
        if not trusted:
            raise ArgumentError(
                f"The file names the {self.kind} {part!r}, which is code outside textseq, and "
                f"loading a file never runs code; pass the {self.kind} yourself to use it."
            )
        return self._imported(part)

    def _unknown(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._factories, n=1)
        hint = f"did you mean {close[0]!r}? Known" if close else "known"
        return (
            f"{name!r} is not a known {self.kind}; {hint}: {', '.join(self.names())}, "
            f"or your own as 'package.module:factory'."
        )

    def _imported(self, path: str) -> Factory:
        module_name, _, attribute = path.partition(":")
        try:
            with _current_folder_on_path():
                factory = getattr(importlib.import_module(module_name), attribute)
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            raise ArgumentError(
                f"The {self.kind} {path!r} cannot be imported: {error}. "
                f"Expected 'package.module:factory' with the module on Python's path, or here."
            ) from error
        if not callable(factory):
            raise ArgumentError(
                f"The {self.kind} {path!r} is not callable. Received: {type(factory).__name__}."
            )
        return cast("Factory", factory)


@contextlib.contextmanager
def _current_folder_on_path() -> Iterator[None]:
    """Let a person name a module that lies where they are, as `python` itself does.

    An installed command does not look there. The folder comes last, so it hides nothing.
    """
    path = sys.path.copy()
    sys.path.append(str(Path.cwd()))
    try:
        yield
    finally:
        sys.path[:] = path
