"""The gradient by row is that of the answer."""

import numpy as np
import pytest

from textseq.series.data import SeriesData


def test_the_gradient_of_a_forecast_is_what_a_small_change_makes(forecaster, wave):
    [found] = forecaster.explain(wave[:50], output=3)
    model = forecaster.model_
    assert found.states.shape == (20, 4)
    assert found.gradient.shape == (20, 2)
    rows = model.scaler.apply(wave[30:50])
    for place in ((0, 0), (7, 1), (18, 0)):
        ends = []
        for change in (-0.01, 0.01):
            moved = rows.copy()
            moved[place] += change
            data = SeriesData.of([moved], np.zeros(1), patch=1, anchored=True)
            ends.append(data.predict(model.networks[0])[0, 3])
        assert (ends[1] - ends[0]) / 0.02 == pytest.approx(found.gradient[place], abs=2e-3)


def test_the_class_that_is_explained_is_the_most_probable_one(classifier, ragged):
    series, _ = ragged
    for each, found in zip(series[:3], classifier.explain(series[:3]), strict=True):
        assert found.output == found.answers.argmax()
        assert found.gradient.shape == each.shape
        assert found.states.shape == (len(each), 16)
    assert classifier.explain(series[:1], output=0)[0].output == 0
