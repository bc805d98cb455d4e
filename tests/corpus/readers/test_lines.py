"""Plain lines and fastText lines."""

import pytest

from textseq.corpus import read_corpus
from textseq.corpus.readers.lines import split_lines
from textseq.errors import CorpusError


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("\n", [""]),
        ("a\n\n\nb\n\n", ["a", "", "", "b", ""]),
        ("a\rb\r\r\nc\r", ["a b", "c"]),
        ("a\r\rb\rc", ["a", "", "b", "c"]),
        ("a\u2028b\x0bc\x0cd\x85e\n", ["a\u2028b\x0bc\x0cd\x85e"]),
    ],
)
@pytest.mark.parametrize("block_size", [1, 2, 3, 1 << 20])
def test_what_ends_a_line(write, content, texts, block_size):
    assert list(read_corpus(write("a.txt", content), block_size=block_size)) == texts


def test_a_character_split_by_a_line_feed_is_not_repaired(write):
    with pytest.raises(CorpusError, match="Row 2 "):
        list(read_corpus(write("a.txt", b"good\n\xc3\n\xa9\n")))


def test_a_line_longer_than_many_blocks(write):
    texts = ["short", "long " * 50_000, "short"]
    corpus = read_corpus(write("a.txt", "\n".join(texts)), block_size=1000)
    assert list(corpus) == texts


def test_split_lines_of_nothing():
    assert split_lines(b"").to_pylist() == []


def test_fasttext_skips_blank_lines_and_allows_empty_texts(write):
    content = "\n__label__a what a film\n \n__label__b\n__label__c\t x  y \n"
    corpus = read_corpus(write("a.txt", content))
    assert list(corpus) == ["what a film", "", "x  y "]
    assert corpus.labels() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("no label here", "Row 3 .* has no label: expected a word that begins with __label__"),
        ("__label__", "Row 3 .* has no label"),
        ("my__label__a", "Row 3 .* has no label"),
        ("__label__\u3000 a film", "Row 3 .* has no label"),
        ("__label__a __label__b text", "Row 3 .* several labels.* for now"),
        ("__label__a text __label__b", "Row 3 .* several labels.* for now"),
    ],
)
@pytest.mark.parametrize("block_size", [4, 1 << 20])
def test_fasttext_rows_that_are_refused(write, bad, message, block_size):
    path = write("a.ft", f"__label__a one\n\n{bad}\n__label__b two\n")
    with pytest.raises(CorpusError, match=message):
        list(read_corpus(path, block_size=block_size))
