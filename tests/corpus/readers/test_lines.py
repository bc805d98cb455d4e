"""Plain lines and fastText lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    ],
)
@pytest.mark.parametrize("block_size", [4, 1 << 20])
def test_fasttext_rows_that_are_refused(write, bad, message, block_size):
    path = write("a.ft", f"__label__a one\n\n{bad}\n__label__b two\n")
    with pytest.raises(CorpusError, match=message):
        list(read_corpus(path, block_size=block_size))


def test_fasttext_lines_with_several_labels(write):
    """As in fastText's own tutorial; labels are words of the line, wherever they stand."""
    content = (
        "__label__sauce __label__cheese how much starch\n__label__food-safety\tdangerous\n"
        "__label__stove white __label__cast-iron  spots __label__stove\n"
    )
    corpus = read_corpus(write("a.txt", content))
    assert corpus.multilabel
    assert corpus.labels() == [["sauce", "cheese"], ["food-safety"], ["stove", "cast-iron"]]
    assert list(corpus) == ["how much starch", "dangerous", "white  spots"]
    assert list(read_corpus(write("a.txt", content), labels=False)) == list(corpus)


def test_a_comma_between_labels_of_fasttext_is_no_part_of_them(write):
    """As people write them: "__label__1, __label__2, hello", or "__label__A,B,C hello"."""
    path = write("a.ft", "__label__1, __label__2, hello\n__label__A,B,C world\n__label__1 x\n")
    assert read_corpus(path, label_separator=",").labels() == [["1", "2"], ["A", "B", "C"], ["1"]]
    assert read_corpus(path).labels()[0] == ["1,", "2,"]


@pytest.mark.parametrize("block_size", [1, 1000])
def test_what_shows_several_labels_may_come_late(write, block_size):
    path = write("a.ft", "__label__a one\n" * 9000 + "__label__a __label__b two\n")
    corpus = read_corpus(path, block_size=block_size)
    assert not corpus.multilabel
    types = [str(batch["label"].type) for batch in corpus.batches()]
    assert (types[0], types[-1]) == ("string", "list<item: string>")
    assert corpus.multilabel  # and so, from now on, all are lists
    assert {str(batch["label"].type) for batch in corpus.batches()} == {"list<item: string>"}
    assert read_corpus(path, block_size=block_size).labels() == [["a"]] * 9000 + [["a", "b"]]


def test_a_line_without_any_label_among_those_with_several(write):
    path = write("a.ft", "__label__a __label__b one\nno label\n")
    with pytest.raises(CorpusError, match="Row 2 .* has no label"):
        read_corpus(path).read()
    assert read_corpus(path, drop_missing=True).labels() == [["a", "b"]]


WORDS = st.sampled_from(
    ["film", "__label__a", "__label__b", "__label__c,a", "__label__", "x__label__a"]
)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=6), min_size=1, max_size=9))
def test_labels_of_fasttext_lines_as_in_python(tmp_path_factory, lines):
    lists = [[w[9:] for w in words if w.startswith("__label__") and len(w) > 9] for words in lines]
    path = tmp_path_factory.mktemp("lines") / "a.ft"
    path.write_text("__label__a __label__b\n" + "".join(" ".join(line) + "\n" for line in lines))
    expected = [[*dict.fromkeys(labels)] for labels in lists if labels]
    read = read_corpus(path, format="fasttext", drop_missing=True, block_size=64).labels()
    assert read[1:] == expected
    split = [[*dict.fromkeys(",".join(labels).split(","))] for labels in expected]
    corpus = read_corpus(path, format="fasttext", drop_missing=True, label_separator=",")
    assert corpus.labels()[1:] == split
