"""What the first rows of a table show: delimiter, header, columns."""

import pytest

from textseq.corpus.readers.reader import Options
from textseq.corpus.readers.table_head import (
    find_delimiter,
    guess_columns,
    looks_headerless,
    read_table_head,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\nc,d\n", ","),
        ("text;label\na, b;x\n", ";"),
        ("text|label\na, b|x\n", "|"),
        ("text\tlabel\na, b\tx\n", "\t"),
        ('label;text\nx;"a; b, c"\ny;d\n', ";"),
        ("a;b\n1;c\n2;d", ";"),
        ("a;b\n1;c\n", ";"),
        ("words\tx\na, b\t1\n", "\t"),
        ("a film; seen\na joy; felt\n", ","),  # two rows with spaces: too few to be sure
        ("text\na; b\nc\n", ","),
        ("text;label,x\na;b,c\n", ","),  # the format's own wins
        ("text;label|x\na;b|c\n", ","),  # not clear
        ("id,text\n1,a; b\n2,c; d\n", ","),
        ("words\nOne, two\n", ","),
    ],
)
def test_delimiters(text, expected):
    assert find_delimiter(text, ",", quoted=True) == expected


@pytest.mark.parametrize(
    ("rows", "headerless"),
    [
        ("Wow.,1 / Crust bad.,0 / So nasty.,0", True),  # a number as all below
        ("ham,Go on / spam,Free entry / ham,Okay", True),  # a label that occurs again
        ("gj04,1,,the book / gj04,0,*,book the", True),
        ("text,label / a,1 / b,1", False),
        ("Review,Liked / Wow.,1 / Bad.,0", False),  # a word over numbers
        ("v1,v2 / ham,Go on / spam,Free", False),
        ("premise,hypothesis / a b,c d / e f,g h", False),
        ("0,1 / a film,1 / a joy,0", False),  # the names that pandas gives
        (",0,1 / 0,a film,1 / 1,a joy,0", False),
        ("id,words / 1,a / id,words / 2,b", False),  # a header in the middle
        ("text,1 / a,1", False),
        ("question,How far? / answer,Far. / question,Why?", True),  # not a name: it occurs again
        ("text,text / a,b / text,c", False),
        ("a joy to watch / a bore", True),
        ("phrases / a bore", False),
        ("good,x", False),
    ],
)
def test_headers(rows, headerless):
    assert looks_headerless([row.split(",") for row in rows.split(" / ")]) == headerless


NEWS = [
    [str(1 + i % 4), f"title {i}", f"a text of some news that is longer {i}"] for i in range(40)
]
TWEETS = [
    ["0", str(10**9 + i), f"Mon Apr {i}", "NO_QUERY", f"u{i}", "a tweet " * 9] for i in range(99)
]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["Wow.", "1"], ["Bad.", "0"], ["So nasty.", "0"]], (0, 1)),
        ([["positive", "ok"], ["negative", "no"], ["positive", "yes"]], (1, 0)),
        (NEWS, (2, 0)),
        ([[*row[:5], row[5] + str(i)] for i, row in enumerate(TWEETS)], (5, None)),  # 0 or NO_QUERY
        ([[f"one {i}", f"two {i}"] for i in range(9)], (None, None)),  # which is the text?
        ([["a", f"one {i}"] for i in range(9)], (1, 0)),  # sorted by label
        ([[str(i), f"one {i}"] for i in range(9)], (1, None)),
        ([["1"], ["2"]], (None, None)),
        ([["a b c d"]], (0, None)),
    ],
)
def test_columns(rows, expected):
    assert guess_columns(rows) == expected


def head_of(text, **options):
    return read_table_head("a.csv", text.encode(), ",", Options(**options))


def test_what_is_asked_for_wins():
    text = "Wow.,1\nBad.,0\nSo nasty.,0\n"
    assert head_of(text).columns == ["1", "2"]
    assert head_of(text, header=True).columns == ["Wow.", "1"]
    assert head_of(text, text_column="Wow.").columns == ["Wow.", "1"]
    assert head_of(text, label_column="1").columns == ["1", "2"]  # a number, not a name
    assert head_of("text,label\na,b\n", header=False).columns == ["1", "2"]
    assert head_of("text;label\na;b\n", delimiter=",").columns == ["text;label"]


@pytest.mark.parametrize("line", ["sep=;\n", '"sep=;"\n'])
def test_a_first_line_states_the_delimiter(line):
    head = head_of(line + "text;label\na;b\n")
    assert (head.columns, head.delimiter, head.size) == (["text", "label"], ";", len(line) + 11)
    head = head_of(line + "Wow.;1\nBad.;0\nNasty.;0\n")
    assert (head.columns, head.size) == (["1", "2"], len(line))
