"""What cannot be part of an ONNX file is refused by name, with what to do."""

from __future__ import annotations

import pytest

from textseq.errors import ArgumentError
from textseq.export.cleaning import STEPS
from textseq.export.onnx_file import build_model
from textseq.export.poolings import POOLINGS

pytest.importorskip("onnx")

HINT = "--input ids"


def shout(text):
    return text.upper().split()


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"analyzer": shout}, "shout"),
        ({"analyzer": "bpe", "vocab_size": 40}, "'bpe' learned"),
        ({"analyzer": "unigram", "vocab_size": 40}, "'unigram' learned"),
        ({"split": "--"}, "'--' ends as it begins"),
    ],
    ids=["own", "bpe", "unigram", "split"],
)
def test_texts_that_no_operator_can_split(make, fit, settings, what):
    tokenizer = fit(**settings)
    with pytest.raises(ArgumentError, match=what) as error:
        build_model(make(tokenizer))
    assert HINT in str(error.value)
    build_model(make(tokenizer), "ids")  # the advice can be followed


def test_a_step_without_operators(make, fit, monkeypatch):
    monkeypatch.delitem(STEPS, "urls")
    with pytest.raises(ArgumentError, match="step 'urls' .* --input ids"):
        build_model(make(fit(clean="urls")))


def test_parts_without_operators(make, monkeypatch):
    monkeypatch.delitem(POOLINGS, "max")
    with pytest.raises(ArgumentError, match="pooling 'max' .* expected one of last, mean"):
        build_model(make(pooling="max"))
