"""Names for pluggable parts: `"gru"`, `"package.module:factory"`, or the part itself.

A registry maps a name to a factory. A user adds one with `register`, passes a callable, or names
one by import path. Import paths run the code they name, so they are followed only where a person
wrote them, never out of a loaded file: `resolve(..., trusted=False)` refuses them.
"""

import contextlib
import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar, cast

from textseq.errors import ArgumentError, MissingExtraError, UnknownNameError

FOLDER = "TEXTSEQ_FOLDER"
"""The environment variable in which a worker on a cluster gets the user's working directory."""

OWN_PARTS: dict[str, str] = {}
"""The kind of each part of the user's own that was imported, by its path; for error messages."""

Factory = TypeVar("Factory", bound=Callable[..., object])


class Registry(Generic[Factory]):
    """A mapping from names to factories of one kind of part.

    Args:
        kind: What the factories create, for error messages, such as `"cell"`.
        paths: Built-in parts by name, as `"package.module:factory"`, imported on first use.

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

    def __init__(self, kind: str, paths: Mapping[str, str] | None = None) -> None:
        self.kind = kind
        self._factories: dict[str, Factory | str] = dict(paths or {})

    def register(self, name: str) -> Callable[[Factory], Factory]:
        """Return a decorator that registers a factory as `name`; a taken name is an error."""
        if name in self._factories:
            raise ArgumentError(f"A {self.kind} named {name!r} is already registered.")

        def add(factory: Factory) -> Factory:
            self._factories[name] = factory
            return factory

        return add

    def __contains__(self, name: object) -> bool:
        """Return whether a part is registered under this name."""
        return isinstance(name, str) and name in self._factories

    def names(self) -> list[str]:
        """Return the registered names, sorted."""
        return sorted(self._factories)

    def resolve(self, part: str | Factory, *, trusted: bool = True) -> Factory:
        """Return the factory that `part` names, or `part` itself where it is callable.

        Only with `trusted`, which is false for names read from a file, are import paths followed.
        """
        if not isinstance(part, str):
            if callable(part):
                return part
            raise ArgumentError(
                f"A {self.kind} is a name, 'package.module:factory' or a callable. "
                f"Received: {part!r} of type {type(part).__name__}."
            )
        if part in self._factories:
            factory = self._factories[part]
            return self._import(factory) if isinstance(factory, str) else factory
        if ":" not in part:
            raise UnknownNameError(
                f"{part!r} is not a known {self.kind}; {did_you_mean(part, self.names())}, "
                f"or your own as 'package.module:factory'."
            )
        if not trusted:
            raise ArgumentError(
                f"The file names the {self.kind} {part!r}, which is code outside textseq, and "
                f"loading a file never runs code; pass the {self.kind} yourself to use it."
            )
        OWN_PARTS[part] = self.kind
        return self._import(part)

    def check(self, part: object) -> None:
        """Raise an error where a part is a name, or of a module, that there is not.

        Nothing is imported, so that a typing mistake is said at once.
        """
        if not isinstance(part, str) or part in self._factories:
            return
        package = part.partition(":")[0].partition(".")[0]
        found: object = sys.modules.get(package)
        with searching_here(), contextlib.suppress(ImportError, ValueError):
            found = found or importlib.util.find_spec(package)
        if ":" not in part or not found:
            self.resolve(part)  # says what is wrong

    def _import(self, path: str) -> Factory:
        module_name, _, attribute = path.partition(":")
        try:
            with searching_here():
                factory = getattr(importlib.import_module(module_name), attribute)
        except MissingExtraError:
            raise
        except Exception as error:  # importing runs the user's code, which may raise anything
            expected = isinstance(error, ImportError | AttributeError | TypeError | ValueError)
            what = error if expected else f"{type(error).__name__}: {error}"
            raise ArgumentError(
                f"The {self.kind} {path!r} cannot be imported: {what}. "
                f"Expected 'package.module:factory' with the module on Python's path, or here."
            ) from error
        if not callable(factory):
            raise ArgumentError(
                f"The {self.kind} {path!r} is not callable. Received: {type(factory).__name__}."
            )
        return cast("Factory", factory)


@contextlib.contextmanager
def searching_here() -> Iterator[None]:
    """Let modules of the working directory be found, after all others.

    A worker on a cluster has a working directory of its own; `FOLDER` names the user's.
    """
    search_path = sys.path.copy()
    sys.path.append(os.environ.get(FOLDER) or str(Path.cwd()))
    try:
        yield
    finally:
        sys.path[:] = search_path


def closest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return at most `count` known names that are spelled like `name`, the most similar first."""
    return difflib.get_close_matches(name, known, n=count)


def did_you_mean(
    name: str, known: Iterable[str], *, intro: str = "known", show: Callable[[str], str] = str
) -> str:
    """Return the end of an error message about an unknown name: the closest one, and all known."""
    known = list(known)
    near = closest(name, known)
    hint = f"did you mean {near[0]!r}? {intro.capitalize()}" if near else intro
    return f"{hint}: {listed(known, show)}"


def counted(count: int, noun: str) -> str:
    """Return a number of things in words.

    Example:
        >>> from textseq.registry import counted
        >>> counted(1, "network"), counted(3000, "network")
        ('1 network', '3,000 networks')
    """
    return f"{count:,} {noun}" + "s" * (count != 1)


def listed(names: Sequence[str], show: Callable[[str], str] = repr, most: int = 50) -> str:
    """Return names for a message, at most some of them: a table may have thousands of columns."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(show, names[:most])) + more
