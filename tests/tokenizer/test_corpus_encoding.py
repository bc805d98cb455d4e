"""The ids of a corpus and its labels stay together, however the batches fall."""

import pytest

from textseq import Tokenizer, read_corpus
from textseq.tokenizer.corpus_encoding import encode_corpus


@pytest.mark.parametrize("read_ahead", [True, False])
@pytest.mark.parametrize("rows", [3, 5000])
def test_each_document_keeps_its_label(tmp_path, read_ahead, rows):
    texts = [f"word{n % 7} high" for n in range(rows)]
    labels = [f"label{n % 5}" for n in range(rows)]
    lines = [f"{label}\t{text}" for label, text in zip(labels, texts, strict=True)]
    (tmp_path / "a.tsv").write_text("\n".join(["label\ttext", *lines]) + "\n")
    corpus = read_corpus(tmp_path / "a.tsv", block_size=1 << 12)
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    parts = list(encode_corpus(tokenizer, corpus.batches(), read_ahead=read_ahead))
    assert [ids for sequences, _ in parts for ids in sequences.to_lists()] == (
        tokenizer.texts_to_sequences(texts)
    )
    assert [label for _, some in parts for label in some] == labels


def test_a_corpus_without_labels_has_none(giants):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high"])
    corpus = read_corpus(giants)
    for read_ahead in (True, False):
        ((_, labels),) = encode_corpus(tokenizer, corpus.batches(), read_ahead=read_ahead)
        assert labels is None


@pytest.fixture
def giants(tmp_path):
    path = tmp_path / "giants.txt"
    path.write_text("ain't no mountain high enough\n")
    return path
