"""Time series: forecasts, labels and numbers, by recurrent networks on windows or whole series.

estimators.py   `SequenceForecaster`, `SequenceClassifier`, `SequenceRegressor`
fit.py          training on the past, validation on the rows after it
model.py        a trained model that only answers, and its folder
settings.py     the settings
data.py         series as networks read them; trainable.py the training step on them
table.py        series in CSV and Parquet; audio.py features of sound
baselines.py    the naive forecasts, ridge regression, and the errors
explain.py      hidden states, and the gradient by row
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.series.estimators import SequenceClassifier as SequenceClassifier
    from textseq.series.estimators import SequenceForecaster as SequenceForecaster
    from textseq.series.estimators import SequenceRegressor as SequenceRegressor
    from textseq.series.model import SeriesModel as SeriesModel

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "SequenceClassifier": "textseq.series.estimators",
        "SequenceForecaster": "textseq.series.estimators",
        "SequenceRegressor": "textseq.series.estimators",
        "SeriesModel": "textseq.series.model",
    },
)
