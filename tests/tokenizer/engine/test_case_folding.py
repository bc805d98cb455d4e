"""The classes of characters: read off Python, whatever its version of Unicode."""

import re
import sys

import numpy as np
import pytest

from textseq.tokenizer.analyzers import rule_of
from textseq.tokenizer.char_rule import EVERY, CharRule
from textseq.tokenizer.engine.case_folding import IRREGULAR_CASE, char_map
from textseq.tokenizer.engine.primitives import ALONE

POINTS = [chr(i) for i in range(sys.maxunicode + 1)]
PLAIN = [c for c in POINTS if not "\ud800" <= c <= "\udfff" and c not in IRREGULAR_CASE]


def test_white_space_is_that_of_split_and_of_regular_expressions():
    points = char_map(CharRule(lower=False)).points
    separate = [POINTS[i] for i in np.flatnonzero(points < 0)]
    assert separate == [c for c in POINTS if not c.split()]
    assert separate == re.findall(r"\s", "".join(POINTS))


def test_marks_are_neither_of_words_nor_white_space_and_have_their_lower_case():
    points = char_map(rule_of("words_and_marks")).points.tolist()
    in_word, mark = re.compile(r"[\w\']"), re.compile(r"[^\w\s\']")
    for character in PLAIN:
        low = character.lower()
        expected = -1 if low.isspace() else ord(low) + ALONE * bool(mark.match(low))
        assert points[ord(character)] == expected
        assert bool(in_word.match(low)) == (0 <= expected < ALONE)


@pytest.mark.parametrize("separators", ["", " .,", "\u3000é"])
def test_where_all_are_tokens_none_is_marked(separators):
    made = char_map(CharRule(frozenset(separators), alone=EVERY))
    assert made.every_alone
    assert not made.some_alone
    assert len(made.marks) == 0
    assert made.points.max() < ALONE


def test_a_map_is_built_once():
    assert char_map(rule_of("syllables")) is char_map(rule_of("syllables"))


@pytest.mark.parametrize("name", ["words", "words_and_marks", "characters"])
def test_what_may_change_is_known_by_two_bytes(name):
    made = char_map(rule_of(name))
    changed = made.points != np.arange(len(POINTS))
    expected = np.zeros_like(made.may_change)
    for point in np.flatnonzero(changed[:0x20000]):
        if point >= 128:
            first, second = chr(point).encode("utf-8", "surrogatepass")[:2]
            expected[64 * first + (second & 63)] = True
    low = expected.nonzero()[0]
    assert made.may_change[low].all()
    at_most = 64 * 0xF0 + 0x20  # the first bytes of a character beyond U+20000
    assert (made.may_change[:at_most] == expected[:at_most]).all()
