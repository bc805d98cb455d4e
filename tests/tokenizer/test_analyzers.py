"""The named analyzers: one contract, and what each makes of hard cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.tokenizer.analyzers import (
    ANALYZERS,
    analyzer_for,
    characters,
    syllables,
    whitespace,
    words_and_marks,
)


@pytest.mark.parametrize("name", ANALYZERS.names())
@given(text=st.text())
def test_tokens_are_strings_and_none_is_empty_or_holds_white_space(name, text):
    tokens = ANALYZERS.resolve(name)(text)
    assert isinstance(tokens, list)
    assert all(isinstance(token, str) and token for token in tokens)
    if name not in ("words", "syllables"):  # the one ends words at blanks only, the other keeps one
        assert all(token.split() == [token] for token in tokens)


@given(st.text())
def test_characters_and_whitespace_lose_nothing_but_white_space(text):
    squeezed = "".join(text.lower().split())
    assert "".join(characters(text)) == "".join(whitespace(text)) == squeezed


@pytest.mark.parametrize(
    ("analyzer", "text", "tokens"),
    [
        (whitespace, "A\u00a0b\u2028c\r\n\td ", ["a", "b", "c", "d"]),
        (whitespace, "\u039f\u0394\u039f\u03a3 x", ["\u03bf\u03b4\u03bf\u03c2", "x"]),
        (words_and_marks, "\u201cDon't!\u201d", ["\u201c", "don't", "!", "\u201d"]),
        (words_and_marks, "snake_case 3.5", ["snake_case", "3", ".", "5"]),
        (words_and_marks, "좋아요!!", ["좋아요", "!", "!"]),
        (characters, "A b", ["a", "b"]),
        (characters, "", []),
        (syllables, " 정말\t\n 좋아 ", ["정", "말", " ", "좋", "아"]),
    ],
)
def test_examples(analyzer, text, tokens):
    assert analyzer(text) == tokens


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["a film", "영화"], "words_and_marks"),
        (["a 영화다"], "syllables"),
        (["ㅋㅋㅋ", "ok"], "words_and_marks"),
        (["123 !", ""], "words_and_marks"),
        ([], "words_and_marks"),
    ],
)
def test_the_analyzer_of_a_script(texts, name):
    assert analyzer_for(iter(texts)) == name
