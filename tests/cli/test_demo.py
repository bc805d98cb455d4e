from __future__ import annotations

import re

import pytest


@pytest.fixture(scope="module")
def demo():
    from typer.testing import CliRunner

    from textseq.cli.app import app

    done = CliRunner().invoke(app, ["demo"])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_all_four_stages_show_their_numbers(demo):
    assert "11 words: {'standing': 1" in demo
    assert "-> [7, 8, 9, 10, 11]" in demo
    assert "enough  0 0 0 0 0 0 0 0 0 0 0 1" in demo
    assert "vectors for the" in demo


@pytest.mark.parametrize("name", ["reviews_en.tsv", "reviews_ko.tsv", "questions_en.tsv"])
def test_the_classifier_learns_something_true(demo, name):
    """Well above what always answering the most frequent class scores."""
    (row,) = [line for line in demo.splitlines() if name in line]
    accuracy, low, high, majority = (float(x) for x in re.findall(r"([\d.]+)%", row))
    assert low < accuracy < high
    assert accuracy > majority + 12


def test_corpora_are_copied_and_never_over_a_file(textseq, tmp_path):
    folder = tmp_path / "samples"
    assert textseq("demo", "--corpora", folder).exit_code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["giants.txt", "questions_en.tsv", "reviews_en.tsv", "reviews_ko.tsv"]
    assert textseq("demo", "--corpora", folder).exit_code == 1
