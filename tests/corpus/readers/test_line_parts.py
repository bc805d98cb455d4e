"""A file of lines in parts: the rows of the whole, each once, and errors with their row."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import read_corpus
from textseq.corpus.readers import line_parts
from textseq.errors import CorpusError

LINES = st.lists(
    st.sampled_from(["", "a b", "영화 one", "\ufeffmark", "%PDF-", "PK\x03\x04", "\rcr", "x" * 30])
    | st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]), max_size=12),
    min_size=1,
    max_size=20,
)


@pytest.fixture(scope="module", autouse=True)
def _short_parts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_parts, "PART_BYTES", 8)
        patch.setattr(line_parts, "_STEP", 5)
        yield


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("parts") / "file"


def texts_of_units(units):
    return [row["text"] for u in units for batch in u.batches() for row in batch.to_pylist()]


def units_of(path, **options):
    return read_corpus(path, **options).units(1)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_parts_of_text_are_the_whole(path, lines, end, ended):
    path.write_bytes(("first" + end + end.join(lines) + end * ended).encode())
    units = units_of(path, format="text")
    assert texts_of_units(units) == list(read_corpus(path, format="text"))
    assert len(units) == -(-path.stat().st_size // 8)


@given(LINES, st.integers(1, 5))
def test_the_parts_of_json_lines_are_the_whole(path, lines, together):
    path.write_text("".join(json.dumps({"text": line}) + "\n" for line in lines), "utf-8")
    corpus = read_corpus(path, format="jsonl")
    units = corpus.units(8 * together)
    assert texts_of_units(units) == list(corpus)


def test_the_parts_of_fasttext_lines_are_the_whole(path):
    path.write_text("".join(f"__label__{i % 3} text {i}\n\n" for i in range(40)))
    rows = [row for u in units_of(path) for batch in u.batches() for row in batch.to_pylist()]
    assert rows == read_corpus(path).read().to_pylist()
    assert len(units_of(path)) > 40


def test_parts_of_a_file_of_several_labels_are_all_lists(path):
    path.write_text("__label__a __label__b text\n" + "__label__a text\n" * 40)
    batches = [batch for unit in units_of(path) for batch in unit.batches()]
    assert {str(batch["label"].type) for batch in batches} == {"list<item: string>"}


@pytest.mark.parametrize(
    ("kind", "bad", "says"),
    [
        ("text", b"na\xefve", "has bytes that are not text"),
        ("jsonl", b'{"text": ', "is not JSON"),
        ("jsonl", b'{"text": [1]}', "has a JSON array in 'text'"),
        ("fasttext", b"no label", "has no label"),
    ],
)
def test_an_error_names_the_row_of_the_file(path, kind, bad, says):
    good = {"text": b"fine", "jsonl": b'{"text": "fine"}', "fasttext": b"__label__a fine"}[kind]
    path.write_bytes(b"\n".join([good] * 5000 + [bad] + [good] * 7))
    row = rf"Row 5001 of '.*file' {says}"
    with pytest.raises(CorpusError, match=row) as whole:
        read_corpus(path, format=kind).read()
    (unit,) = [u for u in read_corpus(path, format=kind).units(8 * 4000) if fails(u)]
    with pytest.raises(CorpusError, match=row) as part:
        list(unit.batches())
    assert str(part.value) == str(whole.value)


def fails(unit):
    try:
        list(unit.batches())
    except CorpusError:
        return True
    return False


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (gzip.compress(b"one\ntwo words\nthree\n"), {}),
        ("one\ntwo words\nthree\n".encode("utf-16"), {"encoding": "utf-16"}),
        (b"one\rtwo words\rthree\r", {}),
    ],
    ids=["compressed", "another encoding", "carriage returns end lines"],
)
def test_some_files_are_one_part(path, content, options):
    path.write_bytes(content)
    (unit,) = units_of(path, format="text", **options)
    assert texts_of_units([unit]) == ["one", "two words", "three"]
