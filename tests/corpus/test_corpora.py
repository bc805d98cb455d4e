"""The sample corpora are what their README says, and a person wrote them, not a template."""

from __future__ import annotations

import csv
import itertools
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from textseq import embedded_corpus, read_corpus

TABLES = {"reviews_en.tsv": 2, "reviews_ko.tsv": 2, "questions_en.tsv": 6}


def rows(name):
    with Path(embedded_corpus(name)).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_giants():
    assert list(read_corpus(embedded_corpus("giants.txt"))) == [
        "standing on the shoulder of giants",
        "ain't no mountain high enough",
    ]


@pytest.mark.parametrize(("name", "classes"), TABLES.items())
def test_size_balance_and_split(name, classes):
    table = rows(name)
    assert list(table[0]) == ["split", "label", "text"]
    assert len(table) >= 400
    for split, least in (("train", 320), ("test", 80)):
        counts = Counter(row["label"] for row in table if row["split"] == split)
        assert len(counts) == classes
        assert counts.total() >= least
        assert max(counts.values()) - min(counts.values()) <= 2


@pytest.mark.parametrize("name", TABLES)
def test_no_two_texts_are_nearly_the_same(name):
    bags = [frozenset(row["text"].lower().split()) for row in rows(name)]
    for one, other in itertools.combinations(bags, 2):
        assert len(one & other) <= 0.6 * len(one | other), one & other


@pytest.mark.parametrize("name", TABLES)
def test_openings_are_varied(name):
    openings = Counter(" ".join(row["text"].lower().split()[:4]) for row in rows(name))
    assert openings.most_common(1)[0][1] <= 4


@pytest.mark.parametrize("name", TABLES)
def test_text_is_clean(name):
    raw = Path(embedded_corpus(name)).read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", raw)
    assert '"' not in raw
    assert "\r" not in raw
    assert all(row["text"] == row["text"].strip() != "" for row in rows(name))


@pytest.mark.parametrize("name", TABLES)
def test_the_corpus_reader_reads_them_whole(name):
    corpus = read_corpus(embedded_corpus(name))
    assert list(corpus) == [row["text"] for row in rows(name)]
    assert corpus.labels() == [row["label"] for row in rows(name)]
