"""The settings of networks on time series; their names, ranges and help are all there is to them.

This module imports nothing heavy, so that the help of the command line does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from textseq.compute.settings import setting
from textseq.errors import ArgumentError
from textseq.tasks.settings import LARGEST, NetworkSettings, inherited


@dataclass(frozen=True)
class SeriesSettings(NetworkSettings):
    """The settings of a network that labels whole series, or gives a number for each.

    Example:
        >>> from textseq.series.settings import SeriesSettings
        >>> SeriesSettings(units=32).cell
        'gru'
    """

    cell: str = inherited("cell", "gru")
    units: int = inherited("units", 64)
    bidirectional: bool = setting(True, "Whether a second cell reads each series from its end.")
    pooling: str = setting("last", "What is made of the states: last, mean, max or attention.")
    networks: int = inherited("networks", 3)
    input_dropout: float = setting(0.1, "Dropout rate on the inputs.", at_least=0, below=1)
    patch: int | None = setting(
        1, "Rows that the network reads at a time.", at_least=1, at_most=LARGEST
    )
    epochs: int = inherited("epochs", 40)
    batch_size: int = inherited("batch_size", 16)
    learning_rate: float = inherited("learning_rate", 3e-3)
    validation_fraction: float = inherited("validation_fraction", 0.0)

    def __post_init__(self) -> None:
        """Check the settings; see `NetworkSettings`."""
        from textseq.network.pooling.base import POOLINGS

        super().__post_init__()
        if self.pooling not in POOLINGS:
            raise ArgumentError(
                f"`pooling` must be one of {', '.join(POOLINGS.names())}. Received: "
                f"{self.pooling!r}."
            )


@dataclass(frozen=True)
class ForecastSettings(SeriesSettings):
    """The settings of a forecaster.

    Example:
        >>> from textseq.series.settings import ForecastSettings
        >>> ForecastSettings(window=336, horizon=96).rows_per_step
        24
    """

    window: int = setting(48, "Rows that a forecast is made from.", at_least=1, at_most=LARGEST)
    horizon: int = setting(1, "Rows to forecast.", at_least=1, at_most=LARGEST)
    target: int = setting(0, "The column to forecast, counted from 0.", at_least=0, option=False)
    season: int = setting(
        1,
        "Rows in a season, such as 24 hours: the seasonal naive forecast repeats the last one.",
        at_least=1,
        at_most=LARGEST,
    )
    ridge: bool = setting(
        True,
        "Whether ridge regression forecasts too, with the share that is best on validation rows.",
    )
    patch: int | None = setting(
        None,
        "Rows that the network reads at a time; by default, a fourteenth of the window.",
        at_least=1,
        at_most=LARGEST,
    )
    bidirectional: bool = setting(False, "Whether a second cell reads each window from its end.")
    units: int = inherited("units", 32)
    networks: int = inherited("networks", 3)
    input_dropout: float = setting(0.3, "Dropout rate on the inputs.", at_least=0, below=1)
    epochs: int = setting(
        0,
        "Passes over the training windows, at most; 0 is 12, or of few windows up to 60, and waits "
        "longer.",
        at_least=0,
        at_most=1_000_000,
    )
    batch_size: int = inherited("batch_size", 64)
    validation_fraction: float = setting(
        0.2,
        "Fraction of the rows, the last ones, that decide when to stop, and each part's share.",
        at_least=0.01,
        below=1,
    )

    def for_windows(self, count: int) -> ForecastSettings:
        """Return the settings with the epochs decided, for a number of training windows."""
        if self.epochs:
            return self
        epochs = min(60, max(12, 800 * self.batch_size // max(1, count)))
        return self.replace(epochs=epochs, patience=max(self.patience, epochs // 8))

    @property
    def rows_per_step(self) -> int:
        """Rows that the network reads at a time."""
        return self.patch or max(1, round(self.window / 14))
