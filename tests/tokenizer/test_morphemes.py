"""Korean morphemes, by Kiwi: basic forms, and the ids of a tokenizer that is made of them."""

import sys

import pytest

from textseq import Tokenizer, tokenizer_from_json
from textseq.errors import MissingExtraError
from textseq.tokenizer.morphemes import kiwi


@pytest.mark.parametrize(
    ("text", "morphemes"),
    [
        ("영화가 재미있었다", ["영화", "가", "재미있", "었", "다"]),
        ("좋은 영화", ["좋", "은", "영화"]),
        ("Good 영화ㅋㅋㅋ", ["good", "영화", "ㅋㅋㅋ"]),
        ("할 것", ["하", "ㄹ", "것"]),  # as it is typed, not Unicode's half of a syllable
        ("", []),
        (" \t\n", []),
        ("\U0001f600\x00", ["\U0001f600", "\x00"]),
    ],
)
def test_examples(text, morphemes):
    assert kiwi(text) == morphemes


def test_a_name_of_several_words_holds_no_space():
    assert kiwi("우마 서먼과 한스 짐머") == ["우마", "서먼", "과", "한스", "짐머"]


def test_inflected_forms_share_their_stem():
    tokenizer = Tokenizer(analyzer="kiwi")
    tokenizer.fit_on_texts(["재미있는 영화", "재미있었고 좋았다", ["재미있", "영화"]])
    assert tokenizer.word_counts["재미있"] == 3
    assert tokenizer.texts_to_sequences(["재미있네"]) == [[tokenizer.word_index["재미있"]]]
    again = tokenizer_from_json(tokenizer.to_json())
    assert again.analyzer == "kiwi"
    assert again.to_json() == tokenizer.to_json()


def test_without_the_package_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "kiwipiepy", None)
    monkeypatch.delitem(sys.modules, "textseq.tokenizer.morphemes")
    with pytest.raises(MissingExtraError, match="needs kiwipiepy.* pip install kiwipiepy"):
        Tokenizer(analyzer="kiwi")
