from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import pytest

from textseq.compute.settings import setting
from textseq.errors import ArgumentError
from textseq.network.cells import gru
from textseq.tasks.settings import NetworkSettings, inherited


@dataclass(frozen=True)
class Settings(NetworkSettings):
    units: int = inherited("units", 7)
    window: int = setting(3, "Steps.", at_least=1)


def test_a_task_has_its_own_defaults_and_keeps_the_checks():
    assert Settings().units == 7
    with pytest.raises(ArgumentError, match="`units` must be 1 or more"):
        Settings(units=0)
    with pytest.raises(ArgumentError, match="`window` must be 1 or more"):
        Settings(window=0)


def test_settings_are_those_that_were_saved():
    made = Settings(cell="gru", seed=5)
    assert Settings.from_config({**made.to_config(), "format": "other"}) == made
    assert made.replace(units=9).units == 9
    assert made.cell_part is gru
    options = made.training_options
    assert (options.seed, options.batch_size) == (5, made.batch_size)


@pytest.mark.parametrize("cell", ["os:getcwd", "rnn", "json"])
def test_a_cell_that_a_file_names_is_not_imported(cell):
    with pytest.raises(ArgumentError, match="`cell` must be one of .*simple_rnn.* Received"):
        Settings.from_config({"cell": cell})


def test_settings_load_nothing_heavy():
    code = "import sys, textseq.tasks.settings; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
