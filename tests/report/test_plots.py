from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import textseq.report
from textseq.report.page import file_names, show_invisible
from textseq.report.plots import (
    SERIES,
    SOFT,
    draw_svg,
    learning_curves,
    length_histogram,
    reliability_diagram,
    use_log_scale,
    use_thousands_separators,
)

TEXTS = ["<script>alert(1)</script>", "$x^2$", "정말", "a\\b", '"&']


def name_ticks(figure):
    axes = figure.subplots()
    axes.plot(range(len(TEXTS)), color=SERIES[0])
    axes.set_xticks(range(len(TEXTS)), TEXTS)


def text_of(svg):
    root = ElementTree.fromstring(svg)
    return [element.text for element in root.iter() if element.tag.endswith("}text")]


def test_text_of_any_script_stays_as_it_is():
    svg = draw_svg(name_ticks)
    assert "<script" not in svg
    assert text_of(svg)[: len(TEXTS)] == TEXTS


def test_every_colour_has_a_light_and_a_dark_value():
    style = (Path(textseq.report.__file__).parent / "page.html.jinja").read_text()
    used = set(re.findall(r"var\((--[\w-]+)\)", draw_svg(name_ticks) + style))
    assert {"--soft", "--series-1"} <= used
    for name in used:
        assert len(set(re.findall(rf"{name}: ([^;]+);", style))) == 2, name
    for number in range(1, len(SERIES) + 1):
        assert len(re.findall(rf"--series-{number}: ", style)) == 2
    assert SOFT not in draw_svg(name_ticks)


@pytest.mark.parametrize("values", [[3e-3, 4e-3], [1e-9, 1.0], [0.05, 2.0]])
def test_a_logarithmic_axis_always_has_numbers(values):
    def draw(figure):
        axes = figure.subplots()
        axes.plot(values)
        axes.set_xticks([])
        use_log_scale(axes)

    numbers = [float(text.replace("−", "-")) for text in text_of(draw_svg(draw))]
    assert 2 <= len(numbers) <= 14
    assert numbers == sorted(numbers)


def test_thousands_have_commas():
    def draw(figure):
        axes = figure.subplots()
        axes.plot([0, 20_000])
        axes.set_xticks([])
        use_thousands_separators(axes.yaxis)

    assert "20,000" in text_of(draw_svg(draw))


def test_white_space_and_control_characters_can_be_seen():
    assert show_invisible("정말 좋아\u200b\u202e") == "정말␣좋아··"
    assert show_invisible("a\x00\n\t") == "a·↵⇥"


def test_titles_name_files_without_folders():
    assert file_names(["data/train.tsv", "-"]) == "train.tsv, stdin"
    assert file_names(map(str, range(1000))) == "0, 1, 2, 3, 4 and 995 more"


def test_learning_curves_are_those_that_there_are():
    assert learning_curves([{}]) == []
    (loss,) = learning_curves([{"loss": [1.0, 0.5]}])
    assert (loss.heading, "validation" in loss.svg) == ("Loss by epoch", False)
    both = learning_curves([{"loss": [1.0], "val_loss": [0.9], "accuracy": [0.5]}])
    assert [plot.heading for plot in both] == ["Loss by epoch", "Accuracy by epoch"]
    assert "validation" in both[0].svg
    *_, f1 = learning_curves([{"loss": [1.0], "val_loss": [0.9], "val_macro_f1": [0.5]}])
    assert f1.heading == "Macro F1 by epoch"
    assert (">training<" in f1.svg, ">validation<" in f1.svg) == (False, True)
    many = learning_curves([{"loss": [1.0, 0.5]}, {"loss": [0.9]}])
    assert many[0].note == "A line for each of the 2 networks."
    assert many[0].svg.count(">training<") == loss.svg.count(">training<")


@pytest.mark.parametrize("confidence", [0.34, 0.5, 1.0])
def test_calibration_of_texts_that_are_all_as_sure(confidence):
    probabilities = np.tile([confidence, (1 - confidence)], (5, 1))
    assert "<svg" in reliability_diagram(["a", "b", "a", "b", "a"], probabilities, ["a", "b"]).svg


@settings(max_examples=10)  # each is drawn
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_lengths_are_whole_and_the_longest_is_named(lengths):
    plot = length_histogram(np.array(lengths))
    assert f"The longest text has {max(lengths):,} token" in plot.note


def test_no_texts_are_no_trouble():
    assert "<svg" in length_histogram(np.zeros(0, np.int64)).svg


def test_maxlen_is_marked_if_any_text_is_longer():
    lengths = np.arange(100)
    assert "maxlen 50" in length_histogram(lengths, maxlen=50).svg
    assert "maxlen" not in length_histogram(lengths, maxlen=400).svg
