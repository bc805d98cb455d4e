"""Paired comparison: equal to SciPy's exact test, and an interval that holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from textseq.errors import ArgumentError
from textseq.tasks.paired import PairedOutcomes

COUNTS = st.integers(0, 3_000)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_equals_the_binomial_test(both, first, second, neither):
    found = PairedOutcomes(both, first, second, neither)
    alone = first + second
    expected = binomtest(first, alone).pvalue if alone else 1.0
    assert found.p_value == pytest.approx(expected, rel=1e-6, abs=1e-300)
    assert found.interval.low <= found.difference <= found.interval.high
    swapped = PairedOutcomes(both, second, first, neither)
    assert swapped.interval == pytest.approx((-found.interval.high, -found.interval.low))


def test_counts_add_up():
    random = np.random.default_rng(0)
    first, second = random.random((2, 200)) < 0.7
    parts = [PairedOutcomes.count(first[k::3], second[k::3]) for k in range(3)]
    total = sum(parts, PairedOutcomes())
    assert total == PairedOutcomes.count(first, second)
    assert total.accuracies == pytest.approx((first.mean(), second.mean()))
    assert total.difference == pytest.approx(first.mean() - second.mean())
    assert total.to_dict()["right"]["first"] == (first & ~second).sum()


def test_answers_to_other_numbers_of_texts_are_refused():
    with pytest.raises(ArgumentError, match="4 answers of the first and 5 of the second"):
        PairedOutcomes.count(np.ones(4, bool), np.ones(5, bool))


def test_the_interval_holds_the_true_difference_as_often_as_it_says():
    random = np.random.default_rng(1)
    chances = [0.6, 0.15, 0.1, 0.15]  # the true difference is 0.05
    held = 0
    for counts in random.multinomial(150, chances, size=2_000):
        low, high = PairedOutcomes(*counts.tolist()).interval
        held += low <= 0.05 <= high
    assert 0.94 <= held / 2_000 <= 0.97
