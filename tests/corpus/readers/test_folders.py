"""A folder per label."""

import gzip
import os
import sys

import pytest

from textseq.corpus import read_corpus
from textseq.errors import ArgumentError, CorpusError
from textseq.tokenizer.tokenizer import Tokenizer


def words(texts):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    return tokenizer.word_index


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
    write("data/1.raw", "no label")
    with pytest.raises(CorpusError, match="has no text: expected a folder for each label"):
        read_corpus(tmp_path / "data")


def test_a_folder_has_no_columns(folder):
    with pytest.raises(ArgumentError, match="has no columns"):
        read_corpus(folder, text_column="text")


@pytest.mark.parametrize("block_size", [1, 1 << 20])
def test_text_files_of_windows_and_of_old_macintoshes(folder, write, block_size):
    write("data/pos/3.txt", "a good\r\nfilm\r\n")
    write("data/pos/4.txt", "a good\rfilm\r")
    write("data/pos/5.txt", "a lone\rreturn\n")
    texts = list(read_corpus(folder, block_size=block_size))
    assert texts[-3:] == ["a good\nfilm\n", "a good\nfilm\n", "a lone return\n"]
    assert "film\r" not in words(texts)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have names in UTF-8 alone")
def test_names_that_are_not_utf8(folder):
    name = os.fsdecode(b"caf\xe9")
    (folder / "pos" / name).write_text("a file")
    assert list(read_corpus(folder))[-1] == "a file"
    (folder / name).mkdir()
    (folder / name / "1.txt").write_text("a label")
    with pytest.raises(CorpusError, match=r"folder '.*caf\\udce9' would be a label.*rename it"):
        list(read_corpus(folder))
    assert len(list(read_corpus(folder, labels=False))) == 5


def test_folders_in_the_folder_of_a_label_are_named(write, tmp_path, caplog):
    write("aclImdb/train/pos/1.txt", "a film")
    write("aclImdb/train/neg/1.txt", "no joy")
    write("aclImdb/train/urls_pos.txt", "http")
    assert list(read_corpus(tmp_path / "aclImdb")) == ["http"]
    assert "train' is read as a label" in caplog.text
    assert "such as 'neg'; give" in caplog.text
    caplog.clear()
    assert list(read_corpus(tmp_path / "aclImdb" / "train")) == ["no joy", "a film"]
    assert not caplog.messages
