"""Tagged sentences: CoNLL-U and columns, as users have them, and what is wrong with some."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import embedded_corpus
from textseq.corpus.tagged import TaggedSentence, load_tagged, read_tagged
from textseq.errors import ArgumentError, CorpusError

CONLLU = """\
# sent_id = 1
# text = Vámonos al mar
1-2	Vámonos	_	_	_	_	_	_	_	_
1	Vamos	ir	VERB	V	Mood=Imp	0	root	_	_
2	nos	nosotros	PRON	P	_	1	obj	_	_
3-4	al	_	_	_	_	_	_	_	_
3	a	a	ADP	A	_	5	case	_	_
4	el	el	DET	D	_	5	det	_	_
5	mar	mar	NOUN	N	_	1	obl	_	_
5.1	y	y	CCONJ	C	_	_	_	_	_

"""


@pytest.fixture
def read(tmp_path):
    """Return a function from the content of a file to its tokens and tags."""

    def read(content, name="a.txt", **reading):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_tagged(str(path), **reading)

    return read


def test_ranges_empty_nodes_and_comments_are_no_tokens(read):
    tokens = [["Vamos", "nos", "a", "el", "mar"]]
    assert read(CONLLU) == (tokens, [["VERB", "PRON", "ADP", "DET", "NOUN"]])
    assert read(CONLLU, column="xpos") == (tokens, [["V", "P", "A", "D", "N"]])
    assert read(CONLLU, column=6)[1] == [["Mood=Imp", "_", "_", "_", "_"]]


def test_filling_changes_the_tags_alone(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text(CONLLU, encoding="utf-8")
    (sentence,) = read_tagged(str(path), tags=False)
    assert sentence.tags == ()
    assert sentence.fill(["VERB", "PRON", "ADP", "DET", "NOUN"]) == CONLLU
    changed = sentence.fill(list("abcde"))
    assert [line.split("\t")[3] for line in changed.splitlines()[3:5]] == ["a", "b"]
    assert changed.splitlines()[2] == CONLLU.splitlines()[2]


def test_the_sample_is_read_and_written_whole():
    path = embedded_corpus("tagged_en.conllu")
    sentences = list(read_tagged(str(path)))
    assert len(sentences) == 72
    assert "".join(s.fill(s.tags) for s in sentences) == Path(path).read_text(encoding="utf-8")


TWO = (
    [["EU", "rejects", "it"], ["Peter", "Blackburn"]],
    [["B-ORG", "O", "O"], ["B-PER", "I-PER"]],
)


@pytest.mark.parametrize(
    "content",
    [
        "EU\tB-ORG\nrejects\tO\nit\tO\n\nPeter\tB-PER\nBlackburn\tI-PER\n\n",
        "EU B-ORG\nrejects O\nit O\n\nPeter B-PER\nBlackburn I-PER",
        "EU  B-ORG \nrejects   O\nit O\n \t\n\n\nPeter B-PER\nBlackburn I-PER\n\n\n",
        "\ufeffEU\tB-ORG\r\nrejects\tO\r\nit\tO\r\n\r\nPeter\tB-PER\r\nBlackburn\tI-PER\r\n",
        "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\nit PRP I-NP O\n\n"
        "Peter NNP I-NP B-PER\nBlackburn NNP I-NP I-PER\n",
        "# id 7 domain=en\nEU _ _ B-ORG\nrejects _ _ O\nit _ _ O\n\n"
        "# id 8 domain=en\nPeter _ _ B-PER\nBlackburn _ _ I-PER\n",
        "-DOCSTART-\tO\n\nEU\tB-ORG\nrejects\tO\nit\tO\n-DOCSTART-\tO\n"
        "Peter\tB-PER\nBlackburn\tI-PER\n",
    ],
    ids=["tabs", "spaces", "many spaces", "Windows", "CoNLL-2003", "MultiCoNER", "DOCSTART"],
)
def test_columns_as_people_have_them(read, content):
    assert read(content) == TWO


def test_a_compressed_file_and_another_encoding(read):
    assert read(gzip.compress(b"a\tX\n")) == ([["a"]], [["X"]])
    assert read("é\tX\n".encode("latin-1"), encoding="latin-1") == ([["é"]], [["X"]])


# What users reported of other readers.
REPORTS = {
    # https://github.com/EmilStenstrom/conllu/issues/65
    "a range of one token": (
        "73-73\tzaň" + "\t_" * 8 + "\n73\tzaň\tzaň\tPRON" + "\t_" * 6 + "\n",
        ([["zaň"]], [["PRON"]]),
    ),
    # https://github.com/flairNLP/flair/issues/2060
    "no blank line after -DOCSTART-": (
        "-DOCSTART- -DOCSTART- O\nDat Pron O\nis V O\n",
        ([["Dat", "is"]], [["O", "O"]]),
    ),
    # https://github.com/mead-ml/mead-baseline/pull/289
    "no blank line at the end": ("a\tX\n\nb\tY", ([["a"], ["b"]], [["X"], ["Y"]])),
    # https://github.com/explosion/spacy-stanza/issues/42: a token with a space
    "a number with a space": (
        "2 999\tNUM\nрублей\tNOUN\n",
        ([["2 999", "рублей"]], [["NUM", "NOUN"]]),
    ),
    # https://github.com/stanleylsx/entity_extractor_by_ner/issues/30: a token that is white space
    "a token that is white space": (
        "\u3000 O\n\u00a0 O\n\u2028 O\n\x85 O\n",
        ([["\u3000", "\u00a0", "\u2028", "\x85"]], [["O"] * 4]),
    ),
}


@pytest.mark.parametrize("report", REPORTS)
def test_reports_of_users(read, report):
    content, expected = REPORTS[report]
    assert read(content) == expected


def test_a_token_may_begin_with_a_hash(read):
    assert read("the O\n# O\n#nlp B-TAG\n\n# O\n") == (
        [["the", "#", "#nlp"], ["#"]],
        [["O", "O", "B-TAG"], ["O"]],
    )


ROW = "1\ta\t_\tX" + "\t_" * 6 + "\n"


@pytest.mark.parametrize(
    ("content", "reading", "message"),
    [
        # https://github.com/clab/lstm-parser/issues/26 and others: what is wrong, and in which row
        (ROW + ROW, {}, r"Row 2 of .*a.txt' has the id '1', where 2.*; a blank line may be"),
        (ROW + "x\tb\t_\tX" + "\t_" * 6, {}, "Row 2 .* has the id 'x', where 2"),
        (ROW + "2\tb\n", {}, "Row 2 .* has 2 columns, where 10 with tabs"),
        # https://github.com/EmilStenstrom/conllu/issues/23
        (
            ROW + ROW.replace("1", "2").replace("\t", "  "),
            {},
            "Row 2 .* spaces between them, which must be tabs",
        ),
        (ROW.replace("X", "_"), {}, "Row 1 .* has no tag in column 4; tag it"),
        (ROW, {"column": "pos"}, "CoNLL-U has no column 'pos'; did you mean 'xpos'"),
        (ROW, {"column": 11}, "Row 1 .* has 10 columns, where the tag is expected in column 11"),
        (ROW, {"column": "id"}, "Row 1 .* where the tag is expected in column 1"),
        ("a\tX\n", {"format": "conllu"}, "Row 1 .* has 2 columns, where 10"),
        ("a\tX\n", {"format": "conll"}, "'conll' is not a format of tags; did you mean 'conllu'"),
        ("a\tX\nb\n", {}, "Row 2 .* has 1 column, where 2, as in row 1, were expected"),
        ("a X\nb c X\n", {}, "Row 2 .* has 3 columns, where 2, .* have a space in it"),
        ("a X\n\nb \n", {}, "Row 3 .* has 1 column, where 2"),
        ("a\tX\nb\t\n", {}, "Row 2 .* has no tag in column 2"),
        ("a\tX\n\tY\n", {}, "Row 2 .* has an empty token"),
        ("a\nb\n", {}, "Row 1 .* has 1 column, where a token and its tag"),
        ("a X\n", {"column": "upos"}, "have no names; give the number"),
        ("# only\n\n# comments\n", {}, "'.*a.txt' has no tokens"),
        (b"a\tX\n\xff\tX\n", {}, "Row 2 .* --encoding"),
        (b"", {}, "no tokens|has no text"),
    ],
)
def test_errors_name_the_file_and_the_row(read, content, reading, message):
    with pytest.raises((CorpusError, ArgumentError), match=message):
        read(content, **reading)


def test_a_missing_file(tmp_path):
    with pytest.raises(CorpusError, match="does not exist"):
        load_tagged(str(tmp_path / "none"))


def test_a_column_is_filled_or_added(tmp_path):
    path = tmp_path / "a.txt"
    for content, column, filled in [
        ("a\nb \n", None, "a\tX\nb\tY\n\n"),
        ("a  N   O\nb V O\n", 2, "a  X   O\nb Y O\n\n"),
        ("a\tN\nb\tV\n", 3, "a\tN\tX\nb\tV\tY\n\n"),
        ("-DOCSTART- O\n\n# x y\na O\nb O", None, "-DOCSTART- O\n\n# x y\na X\nb Y\n\n"),
    ]:
        path.write_text(content, encoding="utf-8")
        (sentence,) = read_tagged(str(path), tags=False, column=column)
        assert sentence.fill(["X", "Y"]) == filled


# https://github.com/BramVanroy/spacy_conll/issues/35: a token with a line feed
@pytest.mark.parametrize("token", ["", "2.\n", "a\tb"])
def test_tokens_that_a_column_cannot_hold_are_refused(token):
    with pytest.raises(ArgumentError, match="token .* cannot be written"):
        TaggedSentence.of([token])


@pytest.mark.parametrize("tag", ["", "a\tb", "a\n"])
def test_tags_that_a_column_cannot_hold_are_refused(tag):
    with pytest.raises(ArgumentError, match="tag .* cannot be written"):
        TaggedSentence.of(["a"]).fill([tag])


FIELD = st.text(st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.lists(st.tuples(FIELD, FIELD), min_size=1), min_size=1))
def test_what_is_written_is_read_again(tmp_path_factory, sentences):
    # The first token of a sentence is no comment, document start or part of CoNLL-U.
    sentences = [[("the", "X"), *sentence] for sentence in sentences]
    written = ""
    for sentence in sentences:
        tokens, tags = zip(*sentence, strict=True)
        if any(not token.strip(" ") or token == "-DOCSTART-" for token, tag in sentence):
            return
        written += TaggedSentence.of(tokens).fill(tags)
    path = tmp_path_factory.mktemp("tagged") / "a.txt"
    path.write_bytes(written.encode())
    read = [list(zip(s.tokens, s.tags, strict=True)) for s in read_tagged(str(path))]
    assert read == sentences


def test_a_folder_and_tokens_alone_are_refused(read, tmp_path):
    with pytest.raises(CorpusError, match="cannot be opened: it is a folder, where a file was"):
        load_tagged(str(tmp_path))
    with pytest.raises(CorpusError, match="1 column, where a token and its tag were expected"):
        read("hello\nworld\n")
    assert read("hello\tX\nworld\tY\n") == ([["hello", "world"]], [["X", "Y"]])


PIECES = st.sampled_from(
    ["\t", " ", "\n", "\n\n", "\r\n", "\r", "#", "# a = b", "-DOCSTART-", "1", "2", "1-2", "1.1",
     "_", "a", "\u00a0", "\u2028", "\ufeff", "1\ta\t_\tX\t_\t_\t_\t_\t_\t_\n", "a X\n", "a\tX\n"]
)  # fmt: skip


@given(st.lists(PIECES).map("".join).map(str.encode) | st.binary(), st.booleans())
def test_any_file_is_read_or_refused_and_keeps_its_lines(tmp_path_factory, data, tagged):
    path = tmp_path_factory.mktemp("any") / "a.txt"
    path.write_bytes(data)
    try:
        sentences = list(read_tagged(str(path), tags=tagged))
    except (CorpusError, ArgumentError):
        return
    text = "".join(s.fill(s.tags or ["X"] * len(s.tokens)) for s in sentences)
    for sentence in sentences:
        assert sentence.tokens
        assert len(sentence.tags) == (len(sentence.tokens) if tagged else 0)
    path.write_bytes(b"\n" + text.encode())  # at the beginning, a byte order mark is no token
    again = list(read_tagged(str(path), tags=bool(text)))
    assert [s.tokens for s in again] == [s.tokens for s in sentences]
    if tagged:
        assert [s.tags for s in again] == [s.tags for s in sentences]
