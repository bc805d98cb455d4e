"""How characters make tokens, as data that the compiled kernels follow in place of a function."""

from __future__ import annotations

from dataclasses import dataclass

EVERY = r"[\s\S]"
"""The pattern of every character."""


@dataclass(frozen=True)
class CharRule:
    """Which characters separate tokens, and which are tokens of their own.

    A run of other characters is a token. Characters are looked at in lower case, if `lower`.

    Attributes:
        separators: The characters that separate tokens; None for white space.
        alone: A regular expression of one character that is a token of its own; None for none.
        spaces: Whether a run of separators between two tokens is a token too: one space.
        lower: Whether to lower-case.
    """

    separators: frozenset[str] | None = None
    alone: str | None = None
    spaces: bool = False
    lower: bool = True
