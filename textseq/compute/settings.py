"""A setting, declared once: one field of a frozen dataclass, with its range and its help.

    @dataclass(frozen=True)
    class Config:
        units: int = setting(128, "Size of the state.", at_least=1)

        def __post_init__(self) -> None:
            check_settings(self)

What else needs to know of a setting reads it from the field: the check of its range, the command
line's options, an estimator's arguments and their documentation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any

from textseq.errors import ArgumentError

_KEY = "textseq.setting"

_KINDS = {"int": (Integral, "an integer"), "float": (Real, "a finite number")}
"""Types of fields whose values are checked; a bool is neither."""


@dataclass(frozen=True)
class Setting:
    """What a field says of itself.

    Args:
        help: One sentence or two.
        at_least: The smallest value.
        above: The value must be larger than this.
        below: The value must be smaller than this.
        choices: All values there are.
        flags: How the command line spells it, such as `"--tuned/--frozen"`; empty for the field's
            name.
        metavar: What the help shows in place of a value.
        option: Whether the command line offers it.
        option_type: What the command line reads, where that is not the field's own type.
    """

    help: str
    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    choices: Sequence[str] | None = None
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    option: bool = True
    option_type: Any = None

    @property
    def range(self) -> str:
        """The values allowed, in words; empty where all are."""
        if self.choices is not None:
            return f"one of {', '.join(self.choices)}"
        low = f"above {self.above}" if self.above is not None else ""
        if self.below is not None:
            return f"from {self.at_least} to below {self.below}"
        return low or (f"{self.at_least} or more" if self.at_least is not None else "")

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
    """Raise an error where a setting is out of its range; None leaves a setting open.

    Raises:
        ArgumentError: It names the setting, its range, and what was given.
    """
    for about in fields(config):
        setting, value = about.metadata.get(_KEY), getattr(config, about.name)
        if setting is None or value is None:
            continue
        wanted = _wanted(_declared(about.type), value)
        if wanted is None and not setting.allows(value):
            wanted = setting.range
        if wanted is not None:
            raise ArgumentError(f"`{about.name}` must be {wanted}. Received: {value!r}.")


def _declared(kind: Any) -> str:
    """Return the name of a field's type, None aside; annotations may be strings or types."""
    return getattr(kind, "__name__", str(kind)).partition(" |")[0]


def _wanted(declared: str, value: Any) -> str | None:
    """Return what a value should be by the type of its field, or None where it is that."""
    kind, wanted = _KINDS.get(declared, (object, ""))
    sound = isinstance(value, kind) and not (wanted and isinstance(value, bool))
    if sound and kind is Real:
        sound = math.isfinite(value)
    return None if sound else wanted
