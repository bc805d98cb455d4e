"""A setting, declared once: one field of a frozen dataclass, with its range and its help.

    units: int = setting(128, "Size of the state.", at_least=1)

What else needs to know of a setting reads it from the field: the check of its range, the command
line's options, an estimator's arguments and their documentation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any

from textseq.errors import ArgumentError

_KEY = "textseq.setting"

# Types of fields whose values are checked; a bool is neither.
_KINDS: dict[str, tuple[type[Any], str]] = {
    "int": (Integral, "an integer"),
    "float": (Real, "a finite number"),
}


@dataclass(frozen=True)
class Setting:
    """What a field says of itself."""

    help: str  # one sentence or two
    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    choices: Sequence[str] | None = None
    flags: tuple[str, ...] = ()  # of the command line, such as "--tuned/--frozen", if not the name
    metavar: str | None = None  # what the help shows in place of a value
    option: bool = True  # whether the command line offers it
    option_type: Any = None  # what the command line reads, where that is not the field's own type

    @property
    def range(self) -> str:
        """The values allowed, in words; empty where all are."""
        if self.choices is not None:
            return f"one of {', '.join(self.choices)}"
        if self.below is not None:
            return f"from {self.at_least} to below {self.below}"
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
    """Raise an error where a setting is out of its range; None leaves a setting open."""
    for about in fields(config):
        setting, value = about.metadata.get(_KEY), getattr(config, about.name)
        if setting is None or value is None:
            continue
        # Annotations may be strings or types; "int | None" counts as "int".
        declared = getattr(about.type, "__name__", str(about.type)).partition(" |")[0]
        kind, wanted = _KINDS.get(declared, (object, ""))
        if (
            not isinstance(value, kind)
            or (wanted and isinstance(value, bool))
            or (kind is Real and not math.isfinite(value))
        ):
            raise ArgumentError(f"`{about.name}` must be {wanted}. Received: {value!r}.")
        if not setting.allows(value):
            raise ArgumentError(f"`{about.name}` must be {setting.range}. Received: {value!r}.")
