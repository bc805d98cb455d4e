"""CSV and TSV."""

import csv
import io
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.corpus import read_corpus
from textseq.corpus.readers import records
from textseq.errors import ArgumentError, CorpusError


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


@given(
    texts=st.lists(st.text('ab",;\t\n\r', max_size=12), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    block_size=st.integers(16, 100),
)
def test_whatever_the_csv_module_writes_is_read(texts, delimiter, line_end, block_size):
    file = io.StringIO(newline="")
    rows = csv.writer(file, delimiter=delimiter, lineterminator=line_end)
    rows.writerows([("text", "label"), *((text, f"{i}{text}") for i, text in enumerate(texts))])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(file.getvalue(), newline="")
        corpus = read_corpus(path, quoting="minimal", delimiter=delimiter, block_size=block_size)
        # Line ends are line feeds, and carriage returns elsewhere are spaces.
        read = [re.sub("\r+", " ", re.sub("\r+\n", "\n", text)) for text in texts]
        assert list(corpus) == read
        assert corpus.labels() == [f"{i}{text}" for i, text in enumerate(read)]


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


def test_rows_before_a_quote_that_is_never_closed_are_all_there(write):
    path = write("a.csv", "label,text\n" + "pos,fine\n" * 10 + 'neg,"open\n' + "pos,fine\n" * 990)
    with pytest.raises(
        CorpusError, match=r"Row 11 .* has a quote that is never closed\. .* --quoting none;"
    ):
        list(read_corpus(path, block_size=100))
    assert len(list(read_corpus(path, quoting="none"))) == 1001


def test_lines_of_a_quoted_text_that_could_be_rows(write):
    path = write("a.tsv", 'text\tlabel\n"good\t1\nbad"\t0\n')
    with pytest.raises(CorpusError, match=r"Row 1 .* each of which could be one"):
        list(read_corpus(path))
    assert list(read_corpus(path, quoting="none")) == ['"good', 'bad"']
    assert list(read_corpus(path, quoting="minimal")) == ["good\t1\nbad"]
    commas = write("a.csv", 'text,label\n"good,1\nbad",0\n')  # texts in CSV have commas
    assert list(read_corpus(commas)) == ["good,1\nbad"]


@pytest.mark.parametrize(
    "content",
    [
        'label,text\nneg,"open\npos,good\nneg,bad"\npos,fine\n',
        'text,label\n"open,neg\ngood,pos\nbad",neg\nfine,pos\n',
    ],
)
def test_rows_that_two_stray_quotes_join_in_csv(write, caplog, content):
    path = write("a.csv", content)
    corpus = read_corpus(path)
    assert list(corpus)[1] == "fine"
    assert len(list(corpus)) < content.count("\n") - 1
    assert "Row 1 (the header not counted)" in caplog.messages[0]
    assert "if quotes are plain characters in this file, use --quoting none" in caplog.messages[0]
    assert len(caplog.messages) == 1
    list(read_corpus(path, quoting="minimal"))
    assert len(caplog.messages) == 1
    assert len(list(read_corpus(path, quoting="none"))) == content.count("\n") - 1


def test_texts_of_several_lines_are_no_joined_rows(write, caplog):
    text = "Dear all,\npositive, as I am,\n1, 2, 3\nyours, neg\n"
    path = write("a.csv", f'text,label\n"{text}",neg\n"{text}",pos\n')
    assert list(read_corpus(path)) == [text, text]
    assert not caplog.messages


TEXTS = [f"{['film', 'song', 'book'][i % 3]} number {i} is what I like" for i in range(40)]
LABELS = ["0" if i % 3 else "1" for i in range(40)]

# Public sets as they are published: name -> lines, and whether they say which column is which.
PUBLIC = {
    "yelp_labelled.txt": "{text}\t{label}",  # UCI sentences
    "SMSSpamCollection": "{label}\t{text}",
    "ag_news/train.csv": '"{label}","News {i}","{text} and {text}, ""he"" said"',
    "yelp_review_polarity.csv": '"{label}","{text}"',
    "dbpedia.csv": '{label},"Name{i}"," {text} and more of it"',
    "semicolons.csv": "{label};{text}",
    "bars.txt": "{label}|{text}",
}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_sets_without_a_header(write, caplog, name):
    lines = [
        PUBLIC[name].format(text=text, label=label, i=i)
        for i, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
    ]
    path = write(name, "\n".join(lines) + "\n")
    corpus = read_corpus(path, delimiter="|" if "|" in PUBLIC[name] else None)
    assert corpus.labels() == LABELS
    assert all(text in found for text, found in zip(TEXTS, corpus, strict=True))
    assert "is read without a header, with column" in caplog.text


def test_sentiment140(write, caplog):
    """Sorted by label, in latin-1: its first rows do not show which column is the label."""
    row = (
        '"{label}","146781{i}","Mon Apr 06 22:19:{i} PDT 2009","NO_QUERY","u{i}","caf\xe9 {text}"\n'
    )
    rows = [row.format(label=4 * (i > 90), i=i, text=TEXTS[i % 40] * 40) for i in range(10, 100)]
    path = write("a.csv", "".join(rows).encode("latin-1"))
    with pytest.raises(CorpusError, match="--encoding"):
        list(read_corpus(path))
    assert "column 6 as the text and none as the label, of: 1 ('0'), 2 ('14678110')" in caplog.text
    corpus = read_corpus(path, encoding="latin-1")
    with pytest.raises(
        CorpusError, match="has the columns: '1', .*'6'. Choose one with --label-co"
    ):
        corpus.require_labels()
    corpus = read_corpus(path, encoding="latin-1", label_column="1", where={"4": "NO_QUERY"})
    assert corpus.labels() == ["0"] * 81 + ["4"] * 9
    assert next(iter(corpus)).startswith("caf\xe9 ")


def test_columns_by_number(write):
    path = write("a.csv", "v1,v2,2\nham,Go on,x\n")
    assert list(read_corpus(path, text_column="v2")) == ["Go on"]
    corpus = read_corpus(path, text_column="2", label_column="1")
    assert (list(corpus), corpus.labels()) == (["x"], ["ham"])  # a name wins over a number
    corpus = read_corpus(path, header=False, text_column="2", label_column="1")
    assert (list(corpus), corpus.labels()) == (["v2", "Go on"], ["v1", "ham"])
    with pytest.raises(CorpusError, match="has no column '4'"):
        read_corpus(path, text_column="4")
    with pytest.raises(CorpusError, match="cannot be both"):
        read_corpus(path, text_column="v1", label_column="1")


def test_one_column_without_a_header(write, caplog):
    path = write("a.csv", "a joy to watch\na bore\n")
    assert list(read_corpus(path)) == ["a joy to watch", "a bore"]
    assert "is read without a header" in caplog.text
    assert list(read_corpus(path, header=True)) == ["a bore"]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("text;label\na, b;x\n", None),
        ('sep=;\r\ntext;label\r\n"a, b";x\r\n', None),
        ("text|label\na, b|x\n", None),
        ("text\tlabel\na, b\tx\n", "tab"),
        ("text\tlabel\na, b\tx\n", "\\t"),
        ("text^label\na, b^x\n", "^"),
        ("text\x01label\na, b\x01x\n", "\x01"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt"])
def test_delimiters(write, name, content, delimiter):
    corpus = read_corpus(write(name, content), delimiter=delimiter)
    assert (list(corpus), corpus.labels()) == (["a, b"], ["x"])


def test_a_delimiter_that_is_not_the_formats_own_is_said(write, caplog):
    caplog.set_level("INFO", "textseq")
    path = write("a.csv", "text;label\na;x\n")
    read_corpus(path)
    assert caplog.messages == [
        f"{str(path)!r} is read with ';' between columns, as its rows show; --delimiter names "
        f"another."
    ]
    caplog.clear()
    read_corpus(path, delimiter=";")
    assert not caplog.messages


def test_what_only_tables_have_is_refused_elsewhere(write):
    path = write("a.jsonl", '{"text": "a"}\n')
    for options in ({"delimiter": ";"}, {"header": False}):
        with pytest.raises(ArgumentError, match="is not read as a delimited table"):
            read_corpus(path, **options)
