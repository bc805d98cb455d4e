"""Settings declared once: ranges in words, and values outside them refused."""

from dataclasses import dataclass

import pytest

from textseq.compute.settings import Setting, check_settings, setting, settings_of
from textseq.errors import ArgumentError


@dataclass(frozen=True)
class Config:
    units: int | None = setting(8, "Size of the state.", at_least=1)
    dropout: float = setting(0.5, "Dropout rate.", at_least=0, below=1)
    learning_rate: float = setting(0.1, "Step size.", above=0)
    cell: str = setting("gru", "The cell.", choices=("gru", "lstm"))
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
    ],
)
def test_a_value_out_of_its_range_is_refused(name, wrong, allowed):
    with pytest.raises(ArgumentError) as error:
        Config(**{name: wrong})
    assert str(error.value) == f"`{name}` must be {allowed}. Received: {wrong!r}."


def test_none_leaves_a_setting_open():
    assert Config(units=None).units is None


def test_settings_are_the_fields_that_say_what_they_are():
    assert [*settings_of(Config)] == ["units", "dropout", "learning_rate", "cell"]
    assert settings_of(Config())["units"] == Setting("Size of the state.", at_least=1)
