"""`classify train --autotune`: its options, what it says, and that it goes on."""

from __future__ import annotations

import json
import re
import sys

import pytest

from textseq.cli.classify.autotune import parse_size

TINY = ["--units", 2, "--dimension", 2, "--epochs", 1, "--networks", 1]


@pytest.fixture
def command(reviews, tmp_path):
    """The start of a command with texts to train on and to validate on."""
    held = tmp_path / "held.tsv"
    held.write_text("label\ttext\n" + "good\ta joy\nbad\ta bore\n" * 8)
    return ["classify", "train", reviews, "--validation", held, *TINY]


def test_a_search_says_what_it_tried_and_goes_on(textseq, command, tmp_path):
    search = [*command, "--checkpoint", tmp_path / "c"]
    first = textseq(*search, "--trials", 2, "--output", tmp_path / "m")
    assert first.exit_code == 0, first.stderr
    assert "Held as given: dimension 2, epochs 1, networks 1, units 2\n" in first.stderr
    assert re.search(r"Trial 0, the defaults: accuracy \d+\.\d% \(\d+\.\d s\)", first.stderr)
    assert re.search(r"Trial 1, \w+ [\d.]+: accuracy \S+, \d+\.\d points", first.stderr)
    assert "Chosen: " in first.stderr
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text())
    assert [trial["number"] for trial in metrics["trials"]] == [0, 1]
    then = textseq(*search, "--trials", 3, "--output", tmp_path / "n")
    assert "Autotuning goes on after 2 trials\n" in then.stderr
    assert "Trial 1," not in then.stderr
    assert "Trial 2," in then.stderr
    other = textseq(*search, "--seed", 1, "--trials", 3, "--output", tmp_path / "o")
    assert other.exit_code == 1
    assert "was made with seed 0, where 1 is asked for now" in other.stderr


def test_a_time_and_a_number(textseq, command, tmp_path):
    done = textseq(*command, "--autotune", 600, "--trials", 1, "--output", tmp_path / "m")
    assert done.exit_code == 0, done.stderr
    assert "Chosen: the defaults; no other settings were tried" in done.stderr


def test_a_size_that_no_trial_has(textseq, command, tmp_path):
    search = [*command, "--output", tmp_path / "m", "--trials", 2, "--autotune-size"]
    done = textseq(*search, "1kB")
    assert done.exit_code == 1
    assert done.stderr.endswith("; allow that, or more trials.\n")
    assert not (tmp_path / "m").exists()
    smallest = re.search(r"the smallest has ([\d,]+);", done.stderr)[1].replace(",", "")
    assert textseq(*search, f"{smallest}b").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--autotune-size", "10MB"], "it does nothing without --autotune SECONDS or --trials N"),
        (["--trials", 2, "--folds", 2], "of one training"),
        (["--trials", 2, "--autotune-size", "big"], "such as 500kB or 10MB. Received: 'big'"),
        (["--autotune", -1], "`seconds` (--autotune) must be above 0. Received: -1"),
        (["--trials", 0], "`trials` (--trials) must be above 0. Received: 0"),
        (["--trials", 1, "--autotune-size", "1kB"], "the smallest has"),
    ],
)
def test_what_cannot_be(textseq, command, tmp_path, options, message):
    done = textseq(*command, *options, "--output", tmp_path / "m")
    assert done.exit_code
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "m").exists()


def test_texts_to_validate_on(follow_hint, reviews):
    tiny = " ".join(map(str, TINY))
    follow_hint(
        f"classify train {reviews} {tiny} --trials 1 -o m",
        "keep a fifth with --validation-fraction 0.2",
        f"classify train {reviews} {tiny} --trials 1 --validation-fraction 0.2 -o m",
    )


def test_without_optuna(textseq, command, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    done = textseq(*command, "--trials", 2, "--output", tmp_path / "m")
    assert done.exit_code == 1
    assert "Autotuning needs optuna, which is not installed; install it with: pip" in done.stderr


def test_sizes():
    assert [parse_size(text) for text in ("10MB", "500 kB", "1.5m", "2000")] == [
        10_000_000,
        500_000,
        1_500_000,
        2_000,
    ]
