"""The gradient by step is that of the answer."""

import numpy as np
import pytest

from textseq.errors import ArgumentError
from textseq.series import SequenceForecaster
from textseq.series.data import SeriesData


def test_the_gradient_of_a_forecast_is_what_a_small_change_makes(forecaster, wave):
    [found] = forecaster.explain(wave[:50], output=3)
    model = forecaster.model_
    direction = found.directions["forward"]
    assert direction.states.shape == (20, 4)
    assert found.tokens[0] == "30"
    assert found.tokens[-1] == "49"
    rows = model.scaler.apply(wave[30:50])
    for place in ((0, 0), (7, 1), (18, 0)):
        ends = []
        for change in (-0.01, 0.01):
            moved = rows.copy()
            moved[place] += change
            data = SeriesData.of([moved], np.zeros(1), patch=1, anchored=True)
            ends.append(data.predict(model.networks[0])[0, 3])
        assert (ends[1] - ends[0]) / 0.02 == pytest.approx(direction.by_inputs[place], abs=2e-3)


def test_the_class_that_is_explained_is_the_most_probable_one(classifier, ragged):
    series, _ = ragged
    for each, found in zip(series[:3], classifier.explain(series[:3]), strict=True):
        assert found.answer == found.classes[found.probabilities[-1].argmax()]
        assert found.confidence == found.probabilities[-1].max()
        assert set(found.directions) == {"forward", "backward"}
        assert found.directions["backward"].by_inputs.shape == each.shape
    assert classifier.explain(series[:1], output=0)[0].answer == "down"


def test_the_gradient_of_a_class_is_that_of_its_log_probability(classifier, ragged):
    series = ragged[0][0]
    [found] = classifier.explain([series], output=1)
    gradient = sum(direction.by_inputs for direction in found.directions.values())
    model, ends = classifier.model_, []
    for change in (-0.01, 0.01):
        moved = model.scaler.apply(series)
        moved[1, 0] += change
        data = SeriesData.of([moved], np.zeros(1))
        ends.append(np.log(data.predict(model.networks[0])[0, 1]))
    assert (ends[1] - ends[0]) / 0.02 == pytest.approx(gradient[1, 0], abs=2e-3)


def test_an_answer_is_in_the_units_of_the_series(wave, ragged, regressor):
    settings = {"window": 20, "horizon": 5, "units": 4, "networks": 1, "epochs": 1, "ridge": False}
    forecaster = SequenceForecaster(**settings).fit(wave)
    [found] = forecaster.explain(wave)
    assert found.answer == f"row 5 of the horizon: {forecaster.predict(wave)[0, 4]:.7g}"
    assert found.followed == "row 5 of the horizon"
    [found] = regressor.explain(ragged[0][:1], output=1)
    assert 4 < float(found.answer.removeprefix("answer 2: ")) < 6


def test_there_is_such_an_answer(forecaster, wave):
    with pytest.raises(ArgumentError, match="`output` must be from 0 to 4. Received: 5"):
        forecaster.explain(wave, output=5)
