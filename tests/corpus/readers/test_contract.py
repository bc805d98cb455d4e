"""One contract for every registered reader, and a reader of one's own."""

import csv
import gzip
import importlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.corpus import FORMATS, read_corpus
from textseq.corpus.formats import READERS
from textseq.corpus.readers.reader import Reader
from textseq.errors import ArgumentError, CorpusError

TEXTS = ["ain't no mountain", "", "높은 산도, 없다", 'a "quoted" word', "NA", "007", "two  spaces "]
LABELS = ["song", "none", "노래", "0", "null", "1", "x"]


def as_text(texts, labels):
    return "".join(f"{text}\n" for text in texts).encode()


def as_table(delimiter):
    def encode(texts, labels):
        file = io.StringIO(newline="")
        rows = csv.writer(file, delimiter=delimiter)
        rows.writerows(
            [("id", "label", "text"), *zip(range(len(texts)), labels, texts, strict=True)]
        )
        return file.getvalue().encode()

    return encode


def as_jsonl(texts, labels):
    rows = [json.dumps({"label": y, "text": x}) for x, y in zip(texts, labels, strict=True)]
    return "".join(f"{row}\n" for row in rows).encode()


def as_json(texts, labels):
    rows = [{"label": y, "text": x} for x, y in zip(texts, labels, strict=True)]
    return json.dumps(rows).encode() if texts else b""


def as_parquet(texts, labels):
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": texts, "label": labels}), sink)
    return sink.getvalue()


def as_fasttext(texts, labels):
    return "".join(f"__label__{y} {x}\n" for x, y in zip(texts, labels, strict=True)).encode()


ENCODERS = {
    "text": as_text,
    "csv": as_table(","),
    "tsv": as_table("\t"),
    "jsonl": as_jsonl,
    "json": as_json,
    "parquet": as_parquet,
    "fasttext": as_fasttext,
}
TEXT_FORMATS = [name for name in ENCODERS if name != "parquet"]
ROW_BY_ROW = [name for name in TEXT_FORMATS if name != "json"]
TABLES = ["csv", "tsv", "jsonl", "json", "parquet"]


@pytest.fixture
def write_corpus(write, tmp_path):
    """Return a function that writes texts and labels in a format."""

    def write_in(name, texts, labels):
        if name != "folder":
            return write("a", ENCODERS[name](texts, labels))
        for i, (text, label) in enumerate(zip(texts, labels, strict=True)):
            write(f"a/{label}/{i}.txt", text)
        return tmp_path / "a"

    return write_in


def pairs(corpus):
    return list(corpus), corpus.labels() if corpus.has_labels else None


def test_every_format_is_tried_here():
    assert {*ENCODERS, "folder"} == set(FORMATS) == set(READERS.names())
    for name in FORMATS:
        assert issubclass(READERS.resolve(name), Reader)


@pytest.mark.parametrize("name", FORMATS)
def test_texts_and_labels_come_back_as_strings_without_nulls(write_corpus, name):
    corpus = read_corpus(write_corpus(name, TEXTS, LABELS), format=name)
    texts, labels = pairs(corpus)
    if name == "text":
        assert (texts, labels) == (TEXTS, None)
    elif name == "folder":  # sorted by label
        assert sorted(zip(texts, labels, strict=True)) == sorted(zip(TEXTS, LABELS, strict=True))
    else:
        assert (texts, labels) == (TEXTS, LABELS)
    for batch in corpus.batches():
        names = ["text", "label"] if corpus.has_labels else ["text"]
        assert batch.schema == pa.schema([(column, pa.string()) for column in names])
        assert not any(column.null_count for column in batch.columns)
        batch.validate(full=True)


@pytest.mark.parametrize("name", FORMATS)
def test_rows_are_streamed_and_can_be_read_again_even_in_the_middle(write_corpus, name):
    path = write_corpus(name, ["a" * 400, "b"] * 20, ["x", "x"] * 20)
    corpus = read_corpus(path, format=name, block_size=1000)
    assert len(list(corpus.batches())) > 1
    first = iter(corpus)
    start = next(first)
    assert list(corpus) == [start, *first]


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("codec", ["gzip", "zstd"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_compression_and_byte_order_mark_change_nothing(write, name, codec, bom):
    content = ENCODERS[name](["a", "b c"], ["x", "y"])
    plain = read_corpus(write("plain", content), format=name)
    packed = gzip.compress(bom + content)
    if codec == "zstd":
        packed = pa.compress(bom + content, codec="zstd", asbytes=True)
    # Without the suffix, the first bytes show it.
    for file in ("a.gz" if codec == "gzip" else "a.zst", "unnamed"):
        assert pairs(read_corpus(write(file, packed), format=name)) == pairs(plain)


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp949"])
def test_other_encodings(write, name, encoding):
    content = ENCODERS[name](["거인", "산 high"], ["ㄱ", "b"]).decode().encode(encoding)
    corpus = read_corpus(write("a", content), format=name, encoding=encoding, block_size=5)
    assert list(corpus) == ["거인", "산 high"]


# Not in a line: line ends, or carriage returns, which become spaces. Not in UTF-8: halves of
# surrogate pairs. Not in text: zero bytes.
line = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(line, min_size=1, max_size=20), block_size=st.integers(1, 200))
@pytest.mark.parametrize("name", ["text", *TABLES])
def test_any_texts_survive_any_block_size(name, texts, block_size):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        labels = [f"{text}x" for text in texts]
        path.write_bytes(b"\xef\xbb\xbf" * (name != "parquet") + ENCODERS[name](texts, labels))
        corpus = read_corpus(path, format=name, block_size=block_size)
        assert list(corpus) == texts
        assert corpus.read().column("text").to_pylist() == texts
        if corpus.has_labels:
            assert corpus.labels() == labels


@pytest.mark.parametrize("name", ROW_BY_ROW)
@pytest.mark.parametrize("block_size", [64, 1 << 20])
def test_bytes_that_are_not_utf8_are_found_by_their_row(write, name, block_size):
    content = ENCODERS[name]([*"abcde", "\x7f", *"fgh"], ["x"] * 9).replace(b"\\u007f", b"\x7f")
    path = write("a", content.replace(b"\x7f", b"\xc0\xcc"))
    corpus = read_corpus(path, format=name, block_size=block_size)  # found later than here
    with pytest.raises(CorpusError, match=r"Row 6 .*'.*a' has bytes .* --encoding"):
        list(corpus)
    korean = read_corpus(path, format=name, block_size=block_size, encoding="cp949")
    assert list(korean)[5] == "이"
    with pytest.raises(CorpusError, match=r"Row 6 .* --encoding"):
        list(read_corpus(path, format=name, block_size=block_size, encoding="ascii"))


@pytest.mark.parametrize("name", ENCODERS)
def test_an_empty_file_has_no_text(write, name):
    with pytest.raises(CorpusError, match="has no text"):
        list(read_corpus(write("a", ""), format=name))


@pytest.mark.parametrize("name", FORMATS)
def test_a_column_that_is_missing(write_corpus, name):
    path = write_corpus(name, ["a"], ["x"])
    if name in TABLES:
        expected, message = CorpusError, "has no column 'txt'; did you mean 'text'"
    else:
        expected, message = ArgumentError, f"is read as {name}, which has no columns"
    with pytest.raises(expected, match=message):
        read_corpus(path, format=name, text_column="txt")


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_is_not_a_file_nor_the_other_way_round(write, tmp_path, name):
    with pytest.raises((ArgumentError, CorpusError), match=r"is not a folder|cannot be opened"):
        read_corpus(write("a", "a") if name == "folder" else tmp_path, format=name)


MISSING = {  # rows 2 and 4 have no label
    "csv": "text,label\na,x\nb,\nc,nan\nd,  \n,y\n",
    "tsv": "text\tlabel\na\tx\nb\t\nc\tnan\nd\t  \n\ty\n",
    "jsonl": '{"text": "a", "label": "x"}\n{"text": "b", "label": NaN}\n'
    '{"text": "c", "label": "nan"}\n{"text": "d"}\n{"text": "", "label": "y"}\n',
    "fasttext": "__label__x a\nb\n__label__nan c\nd\n__label__y\n",
}


@pytest.fixture(params=[*MISSING, "parquet"])
def with_missing_labels(request, write, tmp_path):
    if request.param == "parquet":
        table = {"text": [*"abcd", ""], "label": ["x", None, "nan", " ", "y"]}
        pq.write_table(pa.table(table), tmp_path / "a")
        return tmp_path / "a", "parquet"
    return write("a", MISSING[request.param]), request.param


@pytest.mark.parametrize("block_size", [16, 1 << 20])
def test_rows_without_a_label(with_missing_labels, block_size, caplog):
    path, name = with_missing_labels
    caplog.set_level("INFO", "textseq")

    def read(**how):
        return read_corpus(path, format=name, block_size=block_size, **how)

    with pytest.raises(CorpusError, match=r"Row 2 .* has no label.*--drop-missing, or .*--no-lab"):
        list(read())
    with pytest.raises(CorpusError, match=r"Row 2 .* has no label.*--drop-missing\.$"):
        list(read(labels=True))
    assert pairs(read(labels=False))[0][-4:] == (["b", "c", "d", ""])
    caplog.clear()
    corpus = read(drop_missing=True)
    for _ in range(2):
        assert pairs(corpus) == (["a", "c", ""], ["x", "nan", "y"])
    assert "'nan', which are read as a class of that name" in caplog.messages[0]
    assert caplog.messages[-1:] == [
        f"2 rows of {str(path)!r} without a text or a label skipped (--drop-missing)."
    ]


@pytest.mark.parametrize("name", TABLES)
def test_all_rows_without_a_label(write_corpus, name):
    path = write_corpus(name, ["a", "b"], ["", " "])
    with pytest.raises(CorpusError, match=r"No row .* --drop-missing, which skipped 2 without"):
        list(read_corpus(path, format=name, drop_missing=True))


@pytest.mark.parametrize("name", FORMATS)
def test_labels_that_are_not_read(write_corpus, name):
    corpus = read_corpus(write_corpus(name, ["a", "b"], ["x", "y"]), format=name, labels=False)
    assert pairs(corpus) == (["a", "b"], None)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have names in UTF-8 alone")
@pytest.mark.parametrize("name", ENCODERS)
def test_a_file_name_that_is_not_utf8(tmp_path, name):
    path = tmp_path / os.fsdecode(b"caf\xe9")
    path.write_bytes(ENCODERS[name](["a film"], ["x"]))
    assert list(read_corpus(path, format=name)) == ["a film"]


VERSES = '''
import pyarrow as pa
from textseq.corpus.readers.reader import Reader

class VerseReader(Reader):
    """Verses, separated by slashes."""

    extensions = (".verse",)
    columns = ["text"]
    has_labels = False

    @classmethod
    def sniff(cls, name, head):
        return head.startswith(b"/")

    def batches(self):
        with self._source.open() as stream:
            verses = stream.read().decode().strip("/").split("/")
        yield pa.record_batch([pa.array(verses)], names=["text"])
'''


def test_a_reader_of_ones_own_is_one_file_and_one_line(write, tmp_path, monkeypatch):
    write("verses.py", VERSES)
    monkeypatch.syspath_prepend(tmp_path)
    verses = importlib.import_module("verses")
    monkeypatch.setattr(READERS, "_factories", dict(READERS._factories))

    READERS.register("verses")(verses.VerseReader)

    path = write("a.txt", "high/enough")
    assert list(read_corpus(path, format="verses")) == ["high", "enough"]
    assert list(read_corpus(path, format="verses:VerseReader")) == ["high", "enough"]
    assert list(read_corpus(write("b.verse", "high/enough"))) == ["high", "enough"]
    assert list(read_corpus(write("c.txt", "/high/enough"))) == ["high", "enough"]
    with pytest.raises(ArgumentError, match=r"'verse' is not a known format; did you mean 'verses"):
        read_corpus(path, format="verse")
