"""The named analyzers: one contract, and what each makes of hard cases."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer
from textseq.tokenizer.analyzers import (
    ANALYZERS,
    SUBWORDS,
    analyzer_for,
    characters,
    syllables,
    whitespace,
    words_and_marks,
)


@cache
def analyzer_named(name):
    if name not in SUBWORDS:
        return ANALYZERS.resolve(name)
    tokenizer = Tokenizer(analyzer=name, vocab_size=50)
    tokenizer.fit_on_texts(["a film, and a good one", "정말 좋은 영화"] * 5)
    return tokenizer.subwords


@pytest.mark.parametrize("name", ANALYZERS.names())
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_tokens_are_strings_and_none_is_empty_or_holds_white_space(name, text):
    tokens = analyzer_named(name)(text)
    assert isinstance(tokens, list)
    assert all(isinstance(token, str) and token for token in tokens)
    if name not in ("words", "syllables"):  # the one ends words at blanks only, the other keeps one
        assert all(token.split() == [token] for token in tokens)


MANY = [name for name in ANALYZERS.names() if hasattr(analyzer_named(name), "many")]


@pytest.mark.parametrize("name", MANY)
@given(st.lists(st.text("aA 정말좋은,.\n\U0001f600", max_size=9), max_size=5))
def test_many_texts_give_the_tokens_of_each(name, texts):
    analyzer = analyzer_named(name)
    assert analyzer.many(texts) == list(map(analyzer, texts))


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
