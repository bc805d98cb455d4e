from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import textseq.report
from textseq.report.figures import SERIES, SOFT, drawn, in_thousands, logarithmic, visible

TEXTS = ["<script>alert(1)</script>", "$x^2$", "정말", "a\\b", '"&']


def name_ticks(figure):
    axes = figure.subplots()
    axes.plot(range(len(TEXTS)), color=SERIES[0])
    axes.set_xticks(range(len(TEXTS)), TEXTS)


def text_of(svg):
    root = ElementTree.fromstring(svg)
    return [element.text for element in root.iter() if element.tag.endswith("}text")]


def test_text_of_any_script_stays_as_it_is():
    svg = drawn(name_ticks)
    assert "<script" not in svg
    assert text_of(svg)[: len(TEXTS)] == TEXTS


def test_every_colour_has_a_light_and_a_dark_value():
    style = (Path(textseq.report.__file__).parent / "page.html.jinja").read_text()
    used = set(re.findall(r"var\((--[\w-]+)\)", drawn(name_ticks) + style))
    assert {"--soft", "--series-1"} <= used
    for name in used:
        assert len(set(re.findall(rf"{name}: ([^;]+);", style))) == 2, name
    for number in range(1, len(SERIES) + 1):
        assert len(re.findall(rf"--series-{number}: ", style)) == 2
    assert SOFT not in drawn(name_ticks)


@pytest.mark.parametrize("values", [[3e-3, 4e-3], [1e-9, 1.0], [0.05, 2.0]])
def test_a_logarithmic_axis_always_has_numbers(values):
    def draw(figure):
        axes = figure.subplots()
        axes.plot(values)
        axes.set_xticks([])
        logarithmic(axes)

    numbers = [float(text.replace("−", "-")) for text in text_of(drawn(draw))]
    assert 2 <= len(numbers) <= 14
    assert numbers == sorted(numbers)


def test_thousands_have_commas():
    def draw(figure):
        axes = figure.subplots()
        axes.plot([0, 20_000])
        axes.set_xticks([])
        in_thousands(axes.yaxis)

    assert "20,000" in text_of(drawn(draw))


def test_white_space_and_control_characters_can_be_seen():
    assert visible("정말 좋아\u200b\u202e") == "정말␣좋아··"
