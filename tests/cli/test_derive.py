"""Options of a command from a dataclass."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from textseq.cli.derive import from_settings, given_settings
from textseq.compute.settings import check_settings, setting
from textseq.errors import ArgumentError


@dataclass(frozen=True)
class Config:
    units: int | None = setting(8, "Size of the state.", at_least=1)
    tuned: bool = setting(True, "Whether vectors learn.", flags=("--tuned/--frozen",))
    where: list[str] | None = setting(None, "Rows to read.", metavar="COLUMN=VALUE")
    hidden: int = setting(3, "Not for the command line.", option=False)

    def __post_init__(self):
        check_settings(self)


def train(
    context: typer.Context,
    source: str,
    config: Config,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Train on SOURCE."""
    print(source, config, force, given_settings(context, config))


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(from_settings(train))
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_each_setting_is_an_option_with_its_help(run):
    out = run("--help").output
    for expected in ("--units", "Size of the state.", "--frozen", "COLUMN=VALUE", "--force"):
        assert expected in out
    assert "--hidden" not in out


def test_the_command_receives_the_config_and_what_was_given(run):
    out = run("a.txt", "--frozen", "--units", "4", "--where", "x=1").output
    config = Config(units=4, tuned=False, where=["x=1"])
    given = {"units": 4, "tuned": False, "where": ["x=1"]}
    assert out == f"a.txt {config} False {given}\n"
    assert run("a.txt").output == f"a.txt {Config()} False {{}}\n"


def test_a_value_out_of_range_is_the_settings_own_error(run):
    error = run("a.txt", "--units", "0").exception
    assert isinstance(error, ArgumentError)
    assert str(error) == "`units` must be 1 or more. Received: 0."


def test_a_parameter_of_the_command_takes_the_place_of_a_setting():
    def own(config: Config, units: int = 1) -> None:
        print(config.units, units)

    app = typer.Typer()
    app.command()(from_settings(own))
    assert CliRunner().invoke(app, ["--units", "5"]).output == "8 5\n"
