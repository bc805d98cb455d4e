"""The settings that every network has, declared once; a task adds its own, and other defaults.

This module imports nothing heavy, so that the help of the command line does not.

@dataclass(frozen=True)
class TaggerConfig(NetworkSettings):
units: int = inherited("units", 96)
affixes: int = setting(4, "The longest affix of a word that has a vector.", at_least=0)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self, TypeVar

from textseq.compute.settings import check_settings, setting, shown
from textseq.errors import ArgumentError

if TYPE_CHECKING:
    from textseq.network.cells.base import Cell
    from textseq.network.training.options import TrainingOptions

LARGEST = (1 << 31) - 1
"""The largest count: ids have 32 bits."""


@dataclass(frozen=True)
class NetworkSettings:
    """The settings of a network and of its training.

    Raises:
        ArgumentError: A setting is not of its type, out of its range, or names a cell that there
            is not; the message names both.

    Example:
        >>> from textseq.tasks.settings import NetworkSettings
        >>> NetworkSettings(cell="gru", seed=3).to_config()["cell"]
        'gru'
        >>> NetworkSettings(dropout=1.5)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `dropout` must be from 0 to below 1. Received: 1.5.
    """

    cell: str = setting("simple_rnn", "simple_rnn, gru, lstm, or a cell that you registered.")
    units: int = setting(128, "Size of the state, in each direction.", at_least=1, at_most=16_384)
    networks: int = setting(
        1,
        "How many networks are trained, whose answers are averaged.",
        at_least=1,
        at_most=1_000,
    )
    dropout: float = setting(0.5, "Dropout rate on the states.", at_least=0, below=1)
    epochs: int = setting(
        10, "Passes over the training data, at most.", at_least=1, at_most=1_000_000
    )
    batch_size: int = setting(32, "Examples in a batch.", at_least=1, at_most=1_000_000)
    learning_rate: float = setting(
        2e-3,
        "Adam's largest step size, from which it falls along a cosine.",
        above=1e-30,  # 32-bit floats know no smaller steps
    )
    validation_fraction: float = setting(
        0.1,
        "Fraction of the training data kept to decide when to stop; 0 trains for all epochs.",
        at_least=0,
        below=1,
    )
    patience: int = setting(
        3, "Stop after this many epochs without a better result.", at_least=0, at_most=LARGEST
    )
    seed: int = setting(0, "Seed of the random numbers.", at_least=0, below=1 << 32)

    def __post_init__(self) -> None:
        """Check types, ranges, and the name of the cell; nothing is imported that it names."""
        from textseq.network.cells.base import CELLS

        check_settings(self)
        if self.cell not in CELLS:
            raise ArgumentError(
                f"`cell` must be one of {', '.join(CELLS.names())}. Received: {shown(self.cell)}."
            )

    @property
    def cell_part(self) -> Cell:
        """The cell.

        Raises:
            ArgumentError: It was registered as one that only Keras runs.
        """
        from textseq.network.cells.base import CELLS, Cell

        cell = CELLS.resolve(self.cell)
        if not isinstance(cell, Cell):
            raise ArgumentError(f"The cell {self.cell!r} runs in Keras only; expected a `Cell`.")
        return cell

    @property
    def training_options(self) -> TrainingOptions:
        """How to train."""
        from textseq.network.training.options import TrainingOptions

        own = {each.name: getattr(self, each.name) for each in fields(self)}
        known = {each.name for each in fields(TrainingOptions)}
        return TrainingOptions(**{name: own[name] for name in own if name in known})

    def replace(self, **settings: Any) -> Self:
        """Return the settings with other values of some of them."""
        return type(self)(**{**self.to_config(), **settings})

    def to_config(self) -> dict[str, Any]:
        """Return the settings by name, as config.json holds them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_config(cls, entries: Mapping[str, Any]) -> Self:
        """Return the settings among the entries of a config.json; those missing have defaults.

        Raises:
            ArgumentError: One is not what it should be.
        """
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in entries.items() if name in known})


Default = TypeVar("Default")


def inherited(name: str, default: Default) -> Default:
    """Return a field of `NetworkSettings` with another default."""
    about = next(each for each in fields(NetworkSettings) if each.name == name)
    changed: Default = field(default=default, metadata=about.metadata)
    return changed
