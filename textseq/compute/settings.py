"""A setting, declared once: one field of a frozen dataclass, with its range and its help.

    units: int = setting(128, "Size of the state.", at_least=1)

What else needs to know of a setting reads it from the field: the check of its type and range, the
command line's options, an estimator's arguments and their documentation.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any

from textseq.errors import ArgumentError

_KEY = "textseq.setting"

# What the values of a field are, by its annotation; a bool is no number.
_KINDS: dict[str, tuple[type[Any], str]] = {
    "int": (Integral, "an integer"),
    "float": (Real, "a finite number"),
    "bool": (bool, "True or False"),
    "str": (str, "a string"),
}

_SHOWN = 80
"""Characters of a refused value that a message shows."""


@dataclass(frozen=True)
class Setting:
    """What a field says of itself."""

    help: str  # one sentence or two
    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    at_most: float | None = None  # beyond what anybody means
    choices: Sequence[str] | None = None
    flags: tuple[str, ...] = ()  # of the command line, such as "--tuned/--frozen", if not the name
    metavar: str | None = None  # what the help shows in place of a value
    option: bool = True  # whether the command line offers it
    option_type: Any = None  # what the command line reads, where that is not the field's own type
    accepts: Callable[[Any], bool] | None = None  # where the field's type does not say it
    expected: str = ""  # what `accepts` accepts, in words

    @property
    def range(self) -> str:
        """The values allowed, in words; empty where all are."""
        if self.choices is not None:
            return f"one of {', '.join(self.choices)}"
        if self.below is not None:
            return f"from {self.at_least} to below {self.below:,}"
        if self.above is not None:
            return f"above {self.above}"
        return f"{self.at_least} or more" if self.at_least is not None else ""

    def allows(self, value: Any) -> bool:
        """Return whether a value lies in the range; a value that has no order does not."""
        try:
            return not (
                (self.choices is not None and value not in self.choices)
                or (self.at_least is not None and not value >= self.at_least)
                or (self.above is not None and not value > self.above)
                or (self.below is not None and not value < self.below)
            )
        except TypeError:
            return False


def setting(default: Any, help: str, **about: Any) -> Any:  # noqa: A002  (typer's name for it)
    """Return a dataclass field of a setting; see `Setting` for what can be said about it."""
    return field(default=default, metadata={_KEY: Setting(help, **about)})


def settings_of(config: Any) -> dict[str, Setting]:
    """Return the settings of a dataclass, or of an instance, by name."""
    return {f.name: f.metadata[_KEY] for f in fields(config) if _KEY in f.metadata}


def check_settings(config: Any) -> None:
    """Raise an error where a setting is not of its type, or out of its range.

    None leaves a setting open whose type says so. Numbers of NumPy become those of Python, which
    JSON can hold.

    Raises:
        ArgumentError: A setting has a value that it cannot have; the message names both.
    """
    for about in fields(config):
        setting = about.metadata.get(_KEY)
        if setting is None:
            continue
        value = plain(getattr(config, about.name))
        # Annotations may be strings or types; "int | None" counts as "int".
        declared, *others = getattr(about.type, "__name__", str(about.type)).split(" | ")
        if value is None and (declared == "Any" or "None" in others):
            continue
        if expected := _unmet(setting, declared, value):
            raise ArgumentError(f"`{about.name}` must be {expected}. Received: {shown(value)}.")
        object.__setattr__(config, about.name, value)


def _unmet(setting: Setting, declared: str, value: Any) -> str:
    """Return what a value should be, in words, where it is not; else nothing."""
    kind, wanted = _KINDS.get(declared, (object, setting.expected))
    if not isinstance(value, kind) or (isinstance(value, bool) and kind in (Integral, Real)):
        return wanted
    if (kind is Real and not is_finite_number(value)) or (
        setting.accepts and not setting.accepts(value)
    ):
        return wanted
    if setting.at_most is not None and value > setting.at_most:
        return f"{setting.at_most:,} or less"
    return "" if setting.allows(value) else setting.range


def shown(value: Any) -> str:
    """Return a value for a message, which a long one is cut for."""
    try:
        text = " ".join(repr(value).split())  # that of an array has many lines
    except ValueError:  # an integer of thousands of digits
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def plain(value: Any) -> Any:
    """Return a scalar of NumPy as one of Python, and everything else as it is."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def is_finite_number(number: Real) -> bool:
    """Return whether a number is finite as a float."""
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond all floats
        return False
