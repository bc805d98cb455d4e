"""CSV and TSV."""

import pytest

from textseq.corpus import read_corpus
from textseq.corpus.readers import records
from textseq.errors import CorpusError


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ('text,label\n"a, ""b""",x\n', ['a, "b"']),
        ('text,label\n"a\nb",x\n"c\r\nd",y\n', ["a\nb", "c\nd"]),
        ("text,label\r\na,x\r\n\r\nb,y\r\n", ["a", "b"]),
        ("\n\ntext,label\na,x\n", ["a"]),
        ("text,label\n,x\nNA,y\nnull,z\nNone,z\n007,z\n", ["", "NA", "null", "None", "007"]),
        ('"label","my\ntext",text\nx,y,a\n', ["a"]),
        ("words\na\n\nb", ["a", "", "b"]),
        ("words\r\na\r\n\r\nb", ["a", "", "b"]),
        ("words\n\n", [""]),
        ("text,label\na\rb,c\n", ["a b"]),
        ("te\rxt,text\na,b\n", ["b"]),
        ("text,label\ra,b\r", ["a"]),  # files of the first Macintoshes
        ("text,label\r\r\na,b\r\r\n", ["a"]),  # a text file that Windows wrote twice over
        ('text,label\na "b" c,x\n5" disk,y\n', ['a "b" c', '5" disk']),
    ],
)
@pytest.mark.parametrize("block_size", [1, 7, 1 << 20])
def test_csv(write, content, texts, block_size):
    assert list(read_corpus(write("a.csv", content), block_size=block_size)) == texts


def test_quotes_as_plain_characters(write):
    path = write("a.tsv", 'text\tlabel\n"good\t1\n"a" b"\t0\n')
    assert list(read_corpus(path, quoting="none")) == ['"good', '"a" b"']


def test_a_quote_that_swallows_rows_is_refused(write):
    path = write("a.tsv", 'text\tlabel\nfine\t1\n"good\t1\nbad\t0\n"so so\t1\n')
    with pytest.raises(CorpusError, match=r"Row 2 .* runs over several rows.* --quoting none"):
        list(read_corpus(path))


def test_a_quoted_tsv_text_may_hold_line_feeds_or_tabs(write):
    path = write("a.tsv", 'text\tlabel\n"a\nb"\t1\n"a\tb"\t0\n')
    assert list(read_corpus(path)) == ["a\nb", "a\tb"]


@pytest.mark.parametrize("block_size", [16, 1 << 20])
@pytest.mark.parametrize(("bad", "received"), [("b", 1), ("b,y,z", 3), (b"\xff", 1)])
def test_ragged_rows(write, bad, received, block_size):
    bad = bad.encode() if isinstance(bad, str) else bad
    path = write("a.csv", b"text,label\n" + b"a,x\n" * 20 + bad + b"\nc,z\n")
    message = rf"Row 21 \(the header not counted\) .* expected 2\. Received: {received}\."
    with pytest.raises(CorpusError, match=message):
        list(read_corpus(path, block_size=block_size))


def test_a_row_longer_than_a_block_loses_and_repeats_nothing(write):
    texts = [f"t{i}" * (4000 if i % 50 == 7 else 1) for i in range(200)]
    path = write("a.csv", "text,label\n" + "".join(f'"{text}",x\n' for text in texts))
    assert list(read_corpus(path, block_size=100)) == texts


def test_a_quote_that_nothing_closes(write, monkeypatch):
    monkeypatch.setattr(records, "LONGEST_ROW", 1000)
    path = write("a.csv", "text,label\na,x\n" + '"b,y\n' + "c,z\n" * 1000)
    with pytest.raises(CorpusError, match="--quoting none"):
        list(read_corpus(path, block_size=100))


def test_bad_bytes_in_a_column_nobody_reads_do_no_harm(write):
    assert list(read_corpus(write("a.csv", b"id,text\n\xff,a\n"))) == ["a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xc5\xd8\xbd\xba\xc6\xae,text\na,b\n", "header of .* --encoding"),
        ("a" * 70_000, "no header in its first 64 KiB"),
        ('text,label\na,b\n"c,d', "Row 2 .* never closed"),
        ('text,"label\na,b\n', "first row of .* quote that is never closed.* --quoting none"),
    ],
)
def test_headers_and_rows_that_are_refused(write, content, message):
    with pytest.raises(CorpusError, match=message):
        list(read_corpus(write("a.csv", content)))
