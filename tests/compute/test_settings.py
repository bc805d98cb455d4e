"""Settings declared once: ranges in words, and values outside them refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from textseq.compute.settings import Setting, check_settings, setting, settings_of
from textseq.errors import ArgumentError


@dataclass(frozen=True)
class Config:
    units: int | None = setting(8, "Size of the state.", at_least=1)
    dropout: float = setting(0.5, "Dropout rate.", at_least=0, below=1)
    learning_rate: float = setting(0.1, "Step size.", above=0)
    cell: str = setting("gru", "The cell.", choices=("gru", "lstm"))
    warmup: float = setting(0.0, "Epochs.", at_least=0, at_most=1_000)
    rate: float = setting(1.0, "Rate.", above=0, at_most=1_000)
    tuned: bool = setting(True, "Whether to train.")
    weight: Any = setting(None, "A weight.", accepts=callable, expected="a function")
    name: str = "not a setting"

    def __post_init__(self):
        check_settings(self)


@pytest.mark.parametrize(
    ("name", "wrong", "allowed"),
    [
        ("units", 0, "1 or more"),
        ("units", "many", "an integer"),
        ("units", 2.0, "an integer"),
        ("units", True, "an integer"),
        ("learning_rate", float("inf"), "a finite number"),
        ("dropout", 1, "from 0 to below 1"),
        ("dropout", float("nan"), "a finite number"),
        ("learning_rate", 0, "above 0"),
        ("cell", "elman", "one of gru, lstm"),
        ("cell", ["gru"], "a string"),
        ("cell", None, "a string"),
        ("dropout", None, "a finite number"),
        ("dropout", "0.5", "a finite number"),
        ("warmup", 1001, "1,000 or less"),
        ("rate", 0, "above 0"),
        ("tuned", 1, "True or False"),
        ("tuned", "yes", "True or False"),
        ("tuned", None, "True or False"),
        ("weight", 3, "a function"),
    ],
)
def test_a_value_out_of_its_range_is_refused(name, wrong, allowed):
    with pytest.raises(ArgumentError) as error:
        Config(**{name: wrong})
    assert str(error.value) == f"`{name}` must be {allowed}. Received: {wrong!r}."


def test_none_leaves_a_setting_open():
    assert Config(units=None).units is None
    assert Config(weight=None).weight is None


def test_a_value_of_several_lines_is_shown_in_one():
    with pytest.raises(ArgumentError) as refused:
        Config(units=np.ones((2, 2)))
    assert "array([[1., 1.], [1., 1.]])" in str(refused.value)


def test_a_long_value_is_cut():
    with pytest.raises(ArgumentError, match=r"Received: 'x{79}\.\.\.\.$"):
        Config(cell="x" * 1000)
    for beyond in (10**400, 10**5000):  # beyond all floats; beyond what Python writes in digits
        with pytest.raises(ArgumentError, match="`warmup` must be a finite number"):
            Config(warmup=beyond)


def test_numbers_of_numpy_become_pythons():
    config = Config(units=np.int64(3), dropout=np.float32(0.5), tuned=np.True_)
    assert (type(config.units), type(config.dropout), type(config.tuned)) == (int, float, bool)


def test_settings_are_the_fields_that_say_what_they_are():
    assert [*settings_of(Config)] == [
        "units", "dropout", "learning_rate", "cell", "warmup", "rate", "tuned", "weight",
    ]  # fmt: skip
    assert settings_of(Config())["units"] == Setting("Size of the state.", at_least=1)
