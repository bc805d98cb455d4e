"""The contract of the ONNX file: whatever a classifier is made of, it answers as in Python."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from textseq import Sequences
from textseq.errors import ArgumentError, OutputExistsError
from textseq.export import answers
from textseq.export.cells import OPERATORS
from textseq.export.graph import Graph
from textseq.export.onnx_file import build_model, export_onnx
from textseq.export.onnx_model import to_model
from textseq.export.poolings import POOLINGS as EXPORTED
from textseq.network.cells.base import CELLS
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.pooling.base import POOLINGS
from textseq.tokenizer.analyzers import ANALYZERS, SUBWORDS

pytest.importorskip("onnx")

ANALYZED = sorted({*ANALYZERS.names()} - {*SUBWORDS, "kiwi"})


@pytest.mark.parametrize(
    ("embedding", "cell", "pooling", "bidirectional"),
    list(itertools.product(EMBEDDINGS.names(), CELLS.names(), POOLINGS.names(), [False, True])),
)
def test_every_network_is_the_same_in_onnx(check, make, embedding, cell, pooling, bidirectional):
    settings = {"embedding": embedding, "cell": cell, "pooling": pooling}
    check(make(bidirectional=bidirectional, linear=0, maxlen=20, **settings), reads="ids")


def test_every_registered_part_has_an_operator():
    assert set(CELLS.names()) == set(OPERATORS)
    assert set(POOLINGS.names()) == set(EXPORTED)


@pytest.mark.parametrize("oov_token", [None, "<unk>"])
@pytest.mark.parametrize("analyzer", [None, *ANALYZED])
def test_every_analyzer_is_the_same_in_onnx(check, make, fit, analyzer, oov_token):
    tokenizer = fit(analyzer=analyzer, oov_token=oov_token)
    check(make(tokenizer, linear=2, char_ngrams=4))


@pytest.mark.parametrize(
    "settings",
    [
        {"lower": False},
        {"filters": "eE. ", "split": "o"},
        {"filters": "", "split": "\n"},
        {"filters": "e!", "split": "od"},
        {"filters": "", "split": "film "},
        {"filters": "o", "split": "od"},
        {"char_level": True},
        {"char_level": True, "lower": False},
        {"num_words": 10},
        {"num_words": 10, "oov_token": "<unk>"},
        {"analyzer": "words_and_marks", "min_count": 4},
    ],
    ids=str,
)
def test_tokenizers_are_the_same_in_onnx(check, make, fit, settings):
    check(make(fit(**settings), linear=3, char_ngrams=5, maxlen=7))


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c", "d")])
@pytest.mark.parametrize("linear", [0, 1, 3])
@pytest.mark.parametrize("multilabel", [False, True])
def test_answers_are_the_same_in_onnx(check, make, classes, linear, multilabel):
    predictor = make(
        classes=classes, networks=2, linear=linear, char_ngrams=3 * (linear > 0),
        multilabel=multilabel,
    )  # fmt: skip
    found = check(predictor)
    assert found["probabilities"].dtype == np.float32
    assert set(found) == {"labels" if multilabel else "label", "probabilities"}


def test_labels_that_are_numbers_are_strings(check, make):
    check(make(classes=(1, 2, 10)))


def test_texts_are_answered_one_by_one_as_together(open_onnx, make, texts):
    run = open_onnx(build_model(make(linear=2, char_ngrams=5)))
    together = run(text=np.array(texts, object))["probabilities"]
    alone = [run(text=np.array([text], object))["probabilities"] for text in texts]
    np.testing.assert_allclose(np.concatenate(alone), together, rtol=0, atol=1e-6)


@pytest.mark.parametrize("batch", [[], [""], ["", "  "], ["xyzzy"], ["plugh", ""]])
def test_batches_of_nothing(check, make, batch):
    found = check(make(linear=2, char_ngrams=5), batch)
    assert found["probabilities"].shape == (len(batch), 3)
    assert found["label"].shape == (len(batch),)


def test_long_texts(check, make):
    texts = ["good film! " * 2_000, "x" * 20_000, "İΣ" * 9_000]
    check(make(linear=2, char_ngrams=5, maxlen=None), texts)


def test_ids_are_read_wherever_the_padding_is(open_onnx, make):
    predictor = make(linear=2, char_ngrams=3, embedding="ngrams", maxlen=3)
    run = open_onnx(build_model(predictor, "ids"))
    sequences = Sequences.from_lists([[3, 1, 2, 5], [4], [], [2, 2]])
    expected = predictor.predict_proba(sequences)
    for side in ("pre", "post"):
        padded = sequences.pad(6, padding=side).astype(np.int64)
        found = run(ids=padded)
        np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=1e-5)
    empty = run(ids=np.zeros((2, 0), np.int64))
    np.testing.assert_allclose(empty["probabilities"], expected[[2, 2]], rtol=0, atol=1e-5)


def test_a_file_of_ids_needs_no_operators_of_one_runtime(make):
    model = build_model(make(linear=2, char_ngrams=3, cell="gru"), "ids")
    assert [entry.domain for entry in model.opset_import] == [""]


def test_the_metadata_says_what_it_is(make):
    model = build_model(make(multilabel=True, classes=("joy", "Wut")))
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(metadata["classes"]) == ["joy", "Wut"]
    assert len(json.loads(metadata["thresholds"])) == 2
    assert (metadata["input"], metadata["multilabel"]) == ("text", "true")
    assert metadata["textseq_version"]


def test_a_file_is_not_replaced_unless_asked(make, tmp_path):
    path = tmp_path / "model.onnx"
    export_onnx(make(), path)
    before = path.read_bytes()
    with pytest.raises(OutputExistsError):
        export_onnx(make(), path)
    export_onnx(make(units=3), path, input="ids", force=True)
    assert path.read_bytes() != before


def test_the_input_is_text_or_ids(make):
    with pytest.raises(ArgumentError, match="must be 'text' or 'ids'"):
        build_model(make(), "words")


def test_a_label_is_the_most_probable_one_although_numbers_are_rounded(open_onnx):
    graph = Graph()
    given = graph.input("given", np.float32, ("batch", "classes"))
    scaled = answers.calibrate(given, 4.0)
    graph.output("label", answers.most_probable(scaled))
    graph.output("scaled", scaled, ("batch", "classes"))
    half = np.float32(0.5)
    given = np.array([[half, np.nextafter(half, np.float32(1))], [half, half]])
    found = open_onnx(to_model(graph, "answers", {}))(given=given)
    assert found["label"].tolist() == [1, 0]
    np.testing.assert_allclose(found["scaled"], 0.5, atol=1e-6)


def test_a_file_that_would_be_too_large_is_refused(make, monkeypatch):
    monkeypatch.setattr("textseq.export.onnx_file.LIMIT", 1_000)
    with pytest.raises(ArgumentError, match="bytes of weights, and an ONNX file at most 1,000"):
        build_model(make())


def test_networks_in_keras_are_refused(make):
    predictor = make(linear=0)
    own = replace(predictor, ensemble=replace(predictor.ensemble, networks=[object()]))
    with pytest.raises(ArgumentError, match="your own and runs in Keras only"):
        build_model(own)
