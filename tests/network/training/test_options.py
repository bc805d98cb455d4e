from __future__ import annotations

from textseq.network.training.options import TrainingOptions, averaging_momentum, learning_rate


def test_the_learning_rate_rises_linearly_and_falls_along_a_cosine():
    options = TrainingOptions(epochs=2, learning_rate=1.0, warmup=0.5)
    rates = [round(learning_rate(options, step, steps=4), 2) for step in range(8)]
    assert rates == [0.5, 1.0, 1.0, 0.94, 0.76, 0.53, 0.29, 0.11]


def test_the_average_is_over_about_half_an_epoch():
    assert (averaging_momentum(200), averaging_momentum(1)) == (0.99, 0.0)
