"""The gradient of one token's tag, held against differences."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.errors import ArgumentError
from textseq.network.cells.base import CELLS
from textseq.network.inference.summed_embedding import sum_rows
from textseq.tagger import SequenceTagger
from textseq.tagger.explain import explain
from textseq.tagger.predictor import TABLE

TOKENS = ["the", "hog", "barks", "loudly"]


@pytest.mark.parametrize("cell", CELLS.names())
def test_the_gradient_is_that_of_the_tag(cell, small, sentences):
    tagger = SequenceTagger(**{**small, "epochs": 2}, cell=cell, linear=False).fit(*sentences)
    found = explain(tagger.model_, TOKENS, 1)
    network = tagger.model_.networks[0]
    x = sum_rows(network.weights[TABLE], tagger.model_.features.rows(TOKENS))
    best = tagger.model_.tags.index(found.answer)
    by_x = sum(each.by_inputs for each in found.directions.values())

    def log_p(x):
        return np.log(network.predict(x, np.arange(5), 1)[1, best])

    for step, column in [(0, 0), (1, 2), (3, 4)]:
        moved, back = x.copy(), x.copy()
        moved[step, column] += 1e-2
        back[step, column] -= 1e-2
        assert by_x[step, column] == pytest.approx((log_p(moved) - log_p(back)) / 2e-2, abs=2e-3)
    assert found.confidence == pytest.approx(tagger.predict_proba([TOKENS])[0][1].max(), abs=1e-5)


def test_what_comes_later_in_a_reading_has_no_gradient(tagger):
    found = explain(tagger.model_, TOKENS, 1)
    assert (found.directions["forward"].gradient_norms[2:] == 0).all()
    assert (found.directions["backward"].gradient_norms[:1] == 0).all()
    assert found.network["with 2 networks and a linear model"] == tagger.predict([TOKENS])[0][1]
    assert explain(tagger.model_, TOKENS).position == 3


@pytest.mark.parametrize(("tokens", "position"), [([], -1), (TOKENS, 4), (TOKENS, -5)])
def test_a_token_that_is_not_there(tagger, tokens, position):
    with pytest.raises(ArgumentError, match="index of one of"):
        explain(tagger.model_, tokens, position)
