"""Texts of any kind become the ids that the tokenizer gives, and the same unknown words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.export.characters import read_characters
from textseq.export.graph import Graph
from textseq.export.lower_case import lower_irregular
from textseq.export.onnx_file import build_model
from textseq.export.onnx_model import to_model

pytest.importorskip("onnx")

WORDS = [
    "good", "Film", "İ", "Σ", "ΑΣ", "'", "’", ".", ",", " ", "\t", "\u00a0", "\u0307", "\u0345",
    "\u0301", "영화", "é", "ß", "😀", "\u200d", "\u2028", "\x1c", "नमस्ते", "ﬀ", "𐐀",
]  # fmt: skip

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
MIXED = st.lists(st.one_of(st.sampled_from(WORDS), ANY), max_size=15).map("".join)


@pytest.fixture(scope="module", params=["words", "words_and_marks", "syllables", None])
def both(request, fit, make, open_onnx):
    """Return a classifier, and a function that runs its file."""
    tokenizer = fit(analyzer=request.param, filters="!.e\t", num_words=60)
    predictor = make(tokenizer, linear=2, char_ngrams=5, maxlen=8)
    return predictor, open_onnx(build_model(predictor))


@settings(max_examples=60, deadline=None)
@given(st.lists(MIXED, min_size=1, max_size=6))
def test_any_text_is_answered_as_in_python(both, texts):
    predictor, run = both
    found = run(text=np.array(texts, object))
    expected = predictor.predict_proba(texts)
    np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=1e-5)


def test_every_character_is_read(open_onnx):
    graph = Graph()
    characters = read_characters(graph, graph.input("text", object))
    graph.output("points", characters.points, ("characters",))
    graph.output("texts", characters.texts, ("characters",))
    every = [i for i in range(0x110000) if not 0xD800 <= i <= 0xDFFF]
    texts = ["".join(map(chr, every)), "ab"]
    found = open_onnx(to_model(graph, "characters", {}))(text=np.array(texts, object))
    np.testing.assert_array_equal(found["points"], [*every, ord("a"), ord("b")])
    np.testing.assert_array_equal(found["texts"][-3:], [0, 1, 1])


@pytest.fixture(scope="module")
def lower(open_onnx):
    """Return a function from texts to texts whose sigmas and dotted I are in lower case."""
    graph = Graph()
    characters = lower_irregular(graph, read_characters(graph, graph.input("text", object)))
    graph.output("points", characters.points, ("characters",))
    graph.output("texts", characters.texts, ("characters",))
    run = open_onnx(to_model(graph, "lower", {}))

    def lowered(texts):
        found = run(text=np.array([*texts, "a"], object))
        low = ["" for _ in range(len(texts) + 1)]
        for text, point in zip(found["texts"].tolist(), found["points"].tolist(), strict=True):
            low[text] += chr(point)
        return low[:-1]

    return lowered


CASED = st.text(st.sampled_from("ΣσΑaA'.\u0345\u0301\u02b0ʰ1 İ\u00ad:"), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(CASED, max_size=10))
def test_sigma_and_dotted_i_are_lowered_as_in_python(lower, texts):
    assert [text.lower() for text in lower(texts)] == [text.lower() for text in texts]
