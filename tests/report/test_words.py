"""What each word adds, as a table for the terminal and as a page."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.console import Console

from textseq.classifier.word_attribution import WordAttribution
from textseq.report.page import Page
from textseq.report.words import BAR, words_legend, words_table, write_words_page

WORDS = ("<script>", "[red]", "정말", " ")


def made(words=WORDS, against="[b]", errors=0.1):
    networks = np.linspace(-1, 2, len(words))
    linear = np.full(len(words), 0.25)
    total = float((networks + linear).sum())
    return WordAttribution(
        text=" ".join(words), words=words, known=np.arange(len(words)) > 0, networks=networks,
        linear=linear, errors=np.full(len(words), errors), label="<a>", against=against,
        probability=0.9, score=total - 0.5, baseline=-0.5, orders=20,
    )  # fmt: skip


def printed(table, terminal=False):
    console = Console(file=io.StringIO(), width=120, force_terminal=terminal, markup=False)
    console.print(table)
    return console.file.getvalue()


def test_bars_are_on_the_side_of_the_label_that_a_word_speaks_for():
    lines = [line for line in printed(words_table(made())).splitlines() if "|" in line]
    assert re.search(r"for \[b\]\|for <a>", lines[0])
    sides = [[part.count("━") for part in line.split("|")] for line in lines[1:]]
    largest = 2.25
    expected = [(-0.75, 0), (0.25, 1), (1.25, 1), (2.25, 1)]
    assert sides == [
        [round(BAR * abs(v) / largest), 0] if side == 0 else [0, round(BAR * v / largest)]
        for v, side in expected
    ]
    assert "<script>" in lines[1]
    assert "[red]" in lines[2]
    assert "␣" in lines[4]


def test_colours_are_for_a_terminal_only():
    assert "\x1b" not in printed(words_table(made()))
    assert "\x1b[34m" in printed(words_table(made()), terminal=True)


def test_the_sum_is_said():
    found = made()
    legend = words_legend(found)
    assert f"which is {found.score:+.3f}: without words -0.500, and all words" in legend
    assert "20 orders of the words; their standard error is 0.100 at most" in legend
    assert "standard error" not in words_legend(made(errors=float("nan")))
    assert "log p(<a>) / (1 - p(<a>))" in words_legend(made(against=None))


@pytest.mark.parametrize("against", ["[b]", None])
@pytest.mark.parametrize("words", [WORDS, ()])
def test_the_page_escapes_everything(tmp_path, words, against):
    write_words_page(Page(tmp_path / "p.html", "A <b>"), made(words, against), {"model": "x"})
    html = (tmp_path / "p.html").read_text("utf-8")
    assert "<script>" not in html
    assert "<a>" not in html
    assert ("&lt;script&gt;" in html) == bool(words)
    assert ("The text has no word" in html) == (not words)
