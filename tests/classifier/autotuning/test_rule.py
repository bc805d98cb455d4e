from __future__ import annotations

import math

import numpy as np
import pytest

from textseq.classifier.autotuning.rule import compare, needed_errors, text_values
from textseq.network.metrics import f1_of_labels, macro_f1


def test_the_standard_error_is_mcnemars():
    first, second = 30, 12  # texts that one alone labels right
    values = np.array([1.0] * first + [0] * second + [1] * 158)
    reference = np.array([0.0] * first + [1] * second + [1] * 158)
    found = compare(values, reference, 1)
    assert found.difference == pytest.approx(18 / 200)
    variance = (first + second - (first - second) ** 2 / 200) / 200**2
    assert found.error == pytest.approx(math.sqrt(variance), rel=0.01)
    assert found.needed == pytest.approx(found.error)


def test_equal_models_are_not_better():
    values = np.array([1.0, 0.0, 1.0])
    assert not compare(values, values, 1).is_better


@pytest.mark.parametrize("number", [1, 3, 10, 50])
def test_more_trials_need_what_luck_makes_of_them(number):
    """The largest of k normal numbers, in the mean of many."""
    drawn = np.random.default_rng(0).standard_normal((20_000, number)).max(axis=1).mean()
    assert needed_errors(number) == pytest.approx(1 + drawn, abs=0.05)


def test_equal_trials_seldom_win():
    """Of 30 trials that are as good as the defaults, one is chosen in less than half the cases."""
    rng, won = np.random.default_rng(0), 0
    for _ in range(200):
        reference = (rng.random(500) < 0.85).astype(float)
        for k in range(1, 31):
            flipped = rng.random(500) < 0.1
            values = np.where(flipped, (rng.random(500) < 0.85).astype(float), reference)
            if compare(values, reference, k).is_better:
                won += 1
                break
    assert won < 100


def test_values_have_the_mean_of_the_metric():
    rng = np.random.default_rng(1)
    targets, p = rng.integers(0, 4, 200), rng.dirichlet(np.ones(4), 200).astype("float32")
    values = text_values("macro-f1", targets, p, p.argmax(axis=1))
    assert values.mean() == pytest.approx(macro_f1(targets, p))
    several, answers = rng.random((200, 4)) < 0.3, rng.random((200, 4)) < 0.4
    values = text_values("macro-f1", several.astype("float32"), p, answers)
    assert values.mean() == pytest.approx(f1_of_labels(several.astype("float32"), answers))


def test_the_error_of_a_macro_f1_is_that_of_the_bootstrap():
    rng = np.random.default_rng(2)
    targets, p = rng.integers(0, 3, 400), rng.dirichlet(np.ones(3), 400).astype("float32")
    values = text_values("macro-f1", targets, p, p.argmax(axis=1))
    drawn = [macro_f1(targets[i], p[i]) for i in rng.integers(0, 400, (500, 400))]
    assert values.std() / math.sqrt(400) == pytest.approx(np.std(drawn), rel=0.15)
