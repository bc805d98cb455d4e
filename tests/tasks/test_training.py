from __future__ import annotations

import numpy as np
import pytest

from textseq.errors import ArgumentError
from textseq.network.training.loop import TrainingInterrupted
from textseq.network.training.networks import collect_networks
from textseq.tasks.network_weights import flatten_weights, split_weights
from textseq.tasks.settings import NetworkSettings
from textseq.tasks.training import train_val_split


def trained(*ends):
    """Yield networks, and then what a training ends with, if anything."""
    for k, end in enumerate(ends):
        if isinstance(end, BaseException):
            raise end
        yield {"w": np.full(1, k)}, {"loss": [float(k)]}


def test_ctrl_c_keeps_the_networks_that_there_are():
    whole = collect_networks(trained(None, None))
    assert (len(whole.weights), whole.interrupted) == (2, False)
    within = collect_networks(trained(None, TrainingInterrupted({"w": np.ones(1)}, {"loss": [9]})))
    assert (len(within.weights), within.histories[1], within.interrupted) == (
        2,
        {"loss": [9]},
        True,
    )
    between = collect_networks(trained(None, KeyboardInterrupt()))
    assert (len(between.weights), between.interrupted) == (1, True)
    with pytest.raises(KeyboardInterrupt):
        collect_networks(trained(KeyboardInterrupt()))


def test_each_example_is_trained_on_or_validated_on():
    settings = NetworkSettings(validation_fraction=0.3, seed=2)
    training, validation = train_val_split(20, settings)
    assert sorted([*training, *validation]) == list(range(20))
    assert len(validation) == 6
    again = train_val_split(20, settings)
    np.testing.assert_array_equal(again[1], validation)
    assert (train_val_split(20, settings.replace(seed=3))[1] != validation).any()
    assert len(train_val_split(20, settings.replace(validation_fraction=0.0))[1]) == 0


def test_weights_of_networks_come_apart_as_they_were():
    networks = [{"a.b": np.zeros(1)}, {"a.b": np.ones(1)}]
    parts, others = split_weights({**flatten_weights(networks), "scaler.mean": np.ones(2)})
    assert parts == networks
    assert list(others) == ["scaler.mean"]
    for names in ([], ["2.a"], ["0.a", "1.a"], ["a"]):
        with pytest.raises(ArgumentError, match="prefixed by '1.', '2.' and so on"):
            split_weights({name: np.zeros(1) for name in names})
