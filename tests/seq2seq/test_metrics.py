"""BLEU, chrF, exact matches, and answers to beat."""

from __future__ import annotations

import sys

import pytest

from textseq.errors import MissingExtraError
from textseq.seq2seq import Seq2SeqConfig
from textseq.seq2seq.metrics import bleu_and_chrf, exact_match, nearest_targets
from textseq.tokenizer.tokenizer import Tokenizer


def test_bleu_does_not_mind_case():
    scores = bleu_and_chrf(["The cat sat on the mat ."], ["the cat sat on the mat ."])
    assert scores == {"bleu": 100, "chrf": 100}
    assert bleu_and_chrf(["a dog ran off today"], ["the cat sat on the mat ."])["bleu"] < 10


def test_without_sacrebleu_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(MissingExtraError, match="pip install sacrebleu"):
        bleu_and_chrf(["a"], ["a"])


def test_exact_matches_are_of_tokens():
    assert exact_match(["a  dog", "b"], ["A dog", "c"], Seq2SeqConfig()) == 0.5
    assert exact_match([], [], Seq2SeqConfig()) == 0


def test_the_nearest_source_shares_most_words():
    sources = ["ein hund rennt schnell", "eine katze", "ein hund"]
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(sources)
    found = nearest_targets(tokenizer, sources, ["1", "2", "3"], ["ein hund", "katze", "", "x"])
    assert found[:2] == ["3", "2"]
    assert len(found) == 4
