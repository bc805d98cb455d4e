"""A folder per label."""

import gzip

import pytest

from textseq.corpus import read_corpus
from textseq.errors import ArgumentError, CorpusError


@pytest.fixture
def folder(write, tmp_path):
    write("data/pos/2.txt", "good\r\nfilm\n")
    write("data/pos/10.txt", b"\xef\xbb\xbffine")
    write("data/neg/1.txt.gz", gzip.compress("나쁘다".encode()))
    write("data/neg/.hidden", "no")
    write("data/neg/deeper/1.txt", "no")
    write("data/.git/1.txt", "no")
    write("data/README", "no")
    return tmp_path / "data"


@pytest.mark.parametrize("block_size", [1, 1 << 20])
def test_whole_files_in_sorted_order(folder, block_size):
    corpus = read_corpus(folder, block_size=block_size)
    assert list(corpus) == ["나쁘다", "fine", "good\nfilm\n"]
    assert corpus.labels() == ["neg", "pos", "pos"]


def test_an_empty_file_is_an_empty_text(folder, write):
    write("data/pos/3.txt", "")
    assert list(read_corpus(folder))[-1] == ""


def test_another_encoding(folder, write):
    path = write("data/pos/3.txt", "거인".encode("cp949"))
    with pytest.raises(CorpusError, match=f"{path}' has bytes .* --encoding"):
        list(read_corpus(folder))


def test_a_binary_file(folder, write):
    path = write("data/pos/3.txt", b"a\0b")
    with pytest.raises(CorpusError, match=f"{path}' does not look like text"):
        list(read_corpus(folder))


def test_a_folder_without_labels(tmp_path, write):
    write("data/1.txt", "no label")
    with pytest.raises(CorpusError, match="has no text: expected a folder for each label"):
        read_corpus(tmp_path / "data")


def test_a_folder_has_no_columns(folder):
    with pytest.raises(ArgumentError, match="has no columns"):
        read_corpus(folder, text_column="text")
