"""What `explain` found, as a page and as a table for the terminal."""

from __future__ import annotations

import io
import re
import sys

import numpy as np
import pytest
from rich.console import Console

from textseq.network.inference.bptt import Direction
from textseq.report.explanation import map_colours, write_explanation_page
from textseq.report.page import Page
from textseq.report.tables import (
    BAR,
    explanation_legend,
    explanation_table,
    most_variable_units,
)
from textseq.tasks.explanation import Explanation

TOKENS = ("<script>", "[red]", "$x$", "정말", " ")
RANDOM = np.random.default_rng(0)


def made(classes=("<a>", "b"), tokens=TOKENS, decay=0.1, pooling="last", cell="lstm"):
    """Return an explanation of which the gradients fall by `decay` at each step back."""
    time, units = len(tokens), 20
    scale = (decay ** np.arange(time))[::-1][:, None]
    gradients = scale * np.ones((time, units)) / np.sqrt(units)
    carried = gradients.copy()
    carried[-1:] = 0
    states = np.tanh(RANDOM.normal(size=(time, units)))
    probabilities = RANDOM.dirichlet(np.ones(len(classes)), time + 1).astype("float32")
    forward = Direction(states, gradients, carried, gradients if cell == "lstm" else None)
    backward = Direction(states, gradients[::-1], carried[::-1], forward.memories)
    return Explanation(
        text=" ".join(tokens),
        tokens=tokens,
        ids=np.arange(1, time + 1, dtype="int32"),
        unknown=("<i>",),
        classes=classes,
        before=probabilities[0],
        probabilities=probabilities[1:],
        answer=classes[probabilities[-1].argmax()],
        directions={"forward": forward, "backward": backward},
        network={"cell": cell, "pooling": pooling, "temperature": 1.0},
    )


def printed(explanation, width=160):
    console = Console(file=io.StringIO(), width=width)
    console.print(explanation_table(explanation, width))
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("pooling", ["last", "max"])
def test_page_is_whole_and_escaped(check_page, tmp_path, cell, pooling):
    path = tmp_path / "e.html"
    write_explanation_page(
        Page(path, "<b>", "textseq classify explain"),
        made(pooling=pooling, cell=cell),
        name="<u>",
        others={"other": made(decay=0.9)},
    )
    html = check_page(path)
    assert html.count("<svg") == 1
    for expected in ("&lt;script&gt;", "[red]", "$x$", "정말", "&lt;a&gt;", "&lt;u&gt;", "other"):
        assert expected in html
    assert ("came through other states" in html) == (pooling != "last")
    assert html.count("<td>1.0e-04</td>") == 2  # at the first token, and at the last for the other


def test_page_without_matplotlib_still_has_the_steps(check_page, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    write_explanation_page(Page(tmp_path / "e.html", "e"), made())
    html = check_page(tmp_path / "e.html")
    assert "<svg" not in html
    assert html.count("<td>1.0e-04</td>") == 2


@pytest.mark.parametrize("tokens", [(), ("one",), tuple(f"token{n}" for n in range(200))])
def test_any_number_of_tokens_is_no_trouble(check_page, tmp_path, tokens):
    explanation = made(tokens=tokens, classes=tuple(f"class {n}" for n in range(20)), pooling="max")
    write_explanation_page(Page(tmp_path / "e.html", "e"), explanation)
    html = check_page(tmp_path / "e.html")
    assert ("No token of" in html) == (not tokens)
    if tokens:
        assert len([line for line in printed(explanation) if "class " in line]) == len(tokens)


def test_gradients_that_are_all_zero_are_no_trouble(check_page, tmp_path):
    explanation = made(decay=0.0)
    for direction in explanation.directions.values():
        direction.gradients[:] = 0
    write_explanation_page(Page(tmp_path / "e.html", "e"), explanation)
    assert "<svg" in check_page(tmp_path / "e.html")
    assert any("0.0e+00" in line for line in printed(explanation))
    assert explanation_legend(explanation)


def test_a_row_for_each_token_with_a_bar_that_falls_as_the_logarithm():
    lines = [line for line in printed(made(decay=0.1)) if line.startswith("│")]
    assert len(lines) == len(TOKENS)
    assert "[red]" in lines[1]
    assert "␣" in lines[4]
    bars = [[len(bar) for bar in re.findall("━+", line)] for line in lines]
    forward = [0, *(row[0] for row in bars[1:])]
    assert forward == [round(BAR * t / 4) for t in range(5)]
    assert "1.0e-04" in lines[0]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_it_fits_the_terminal(width):
    assert max(map(len, printed(made(), width))) <= width
    assert all("…" not in line for line in printed(made(), width))


def test_the_legend_says_how_far_the_gradient_reaches():
    key = explanation_legend(made(decay=0.1))
    assert "half the length means 1/100 of the norm" in key
    assert "1.0e+00 at the last step read, and 1.0e-04 at the first, 4 steps before" in key
    assert key.count("steps before") == 2


def test_the_units_that_change_most_are_shown():
    states = np.zeros((3, 5))
    states[:, 3], states[:, 1] = [0, 1, 0], [0, 0.5, 0]
    assert most_variable_units(states, 2).tolist() == [1, 3]
    assert most_variable_units(states[:0], 2).tolist() == []


def test_colours_are_apart_by_sign_and_fade_to_nothing():
    low, none, high = map_colours(np.array([-1.0, 0.0, 1.0]))
    assert (low[:3] != high[:3]).any()
    assert (low[3], none[3], high[3]) == (1, 0, 1)
