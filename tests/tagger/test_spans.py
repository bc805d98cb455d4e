"""Spans of IOB2, held against seqeval's strict mode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2, Entities

from textseq.errors import ArgumentError
from textseq.tagger.spans import find_spans, has_spans, score_spans, to_iob2

TAGS = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-A-B", "I-A-B"])
SENTENCES = st.lists(st.lists(TAGS, min_size=1), min_size=1)


@given(SENTENCES)
def test_spans_are_those_of_seqeval(sentences):
    expected = [[e.to_tuple()[1:] for e in s] for s in Entities(sentences, IOB2).entities]
    ours = [[(kind, start, end) for start, end, kind in find_spans(tags)] for tags in sentences]
    assert ours == expected


@given(st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1), min_size=1))
def test_scores_are_those_of_seqeval(pairs):
    true, predicted = ([[pair[i] for pair in s] for s in pairs] for i in (0, 1))
    scores = score_spans(true, predicted)
    if not scores.types:  # of which seqeval has no report
        assert scores.overall.f1 == 0
        return
    report = classification_report(
        true, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
    )
    for name, score in [("micro avg", scores.overall), *((s.label, s) for s in scores.types)]:
        of = report[name]
        expected = (of["precision"], of["recall"], of["f1-score"], of["support"])
        assert (score.precision, score.recall, score.f1, score.support) == pytest.approx(expected)


@given(SENTENCES)
def test_iob2_stays_and_iob1_becomes_it(sentences):
    for tags in sentences:
        changed = to_iob2(tags)
        assert to_iob2(changed) == changed
        covered = sum(end - start for start, end, _ in find_spans(changed))
        assert covered == sum(tag != "O" for tag in tags)  # nothing is outside a span any more


def test_iob1_is_not_read_as_iob2_unasked():
    assert find_spans(["I-PER", "I-PER"]) == []
    assert find_spans(to_iob2(["I-PER", "I-PER", "B-PER"])) == [(0, 2, "PER"), (2, 3, "PER")]


def test_parts_of_speech_are_no_spans():
    assert not has_spans(["NOUN", "B", "I-", "O"])


def test_sentences_that_differ_in_length_are_refused():
    with pytest.raises(ArgumentError, match="a predicted tag for each true tag"):
        score_spans([["O"]], [["O", "O"]])
