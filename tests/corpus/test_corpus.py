"""Every format through `read_corpus`: what comes back, and what is refused."""

import csv
import gzip
import io
import json
import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.corpus import FORMATS, Corpus, read_corpus
from textseq.errors import ArgumentError, CorpusError

TEXTS = [
    "ain't no mountain",
    "",
    "높은 산도, 없다",
    'a "quoted" word',
    "NA",
    "007",
    " two  spaces ",
]
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
    "parquet": as_parquet,
    "fasttext": as_fasttext,
}
TEXT_FORMS = [name for name in ENCODERS if name != "parquet"]


@pytest.fixture
def real_data():
    """Return a function that finds a real data set, and skips the test where there is none."""
    root = os.environ.get("TEXTSEQ_DATA") or Path(__file__).parents[3] / "shared" / "data"

    def find(name):
        path = Path(root) / name
        if not path.exists():
            pytest.skip(f"no {name} here")
        return path

    return find


def pairs(corpus: Corpus):
    return list(corpus), corpus.labels() if corpus.has_labels else None


def test_every_format_is_tried_here():
    assert {*ENCODERS, "folder"} == set(FORMATS)


@pytest.mark.parametrize("name", ENCODERS)
def test_every_format_gives_texts_and_labels_back(write, name):
    # fastText takes spaces before a text for a part of the separator.
    texts = [text.lstrip() for text in TEXTS] if name == "fasttext" else TEXTS
    corpus = read_corpus(write("a", ENCODERS[name](texts, LABELS)), format=name)
    assert pairs(corpus) == (texts, None if name == "text" else LABELS)


@pytest.mark.parametrize("name", ENCODERS)
def test_batches_are_strings_without_nulls(write, name):
    corpus = read_corpus(write("a", ENCODERS[name](TEXTS, LABELS)), format=name)
    columns = ["text"] if name == "text" else ["text", "label"]
    for batch in corpus.batches():
        assert batch.schema == pa.schema([(column, pa.string()) for column in columns])
        assert not any(column.null_count for column in batch.columns)
        batch.validate(full=True)


@pytest.mark.parametrize("name", TEXT_FORMS)
@pytest.mark.parametrize("codec", ["gzip", "zstd"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_compression_and_byte_order_mark_change_nothing(write, name, codec, bom):
    content = ENCODERS[name](["a", "b c"], ["x", "y"])
    plain = read_corpus(write("plain", content), format=name)
    packed = gzip.compress(bom + content)
    if codec == "zstd":
        packed = pa.compress(bom + content, codec="zstd", asbytes=True)
    # Without the suffix the first bytes tell.
    for file in ("a.gz" if codec == "gzip" else "a.zst", "unnamed"):
        assert pairs(read_corpus(write(file, packed), format=name)) == pairs(plain)


@pytest.mark.parametrize("name", TEXT_FORMS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp949"])
def test_other_encodings(write, name, encoding):
    content = ENCODERS[name](["거인", "산 high"], ["ㄱ", "b"]).decode().encode(encoding)
    corpus = read_corpus(write("a", content), format=name, encoding=encoding, block_size=5)
    assert list(corpus) == ["거인", "산 high"]


# Not in a line: line ends. Not in UTF-8: halves of surrogate pairs. Not in text: zero bytes.
line = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(line, min_size=1, max_size=20), block_size=st.integers(1, 200))
@pytest.mark.parametrize("name", ["text", "csv", "tsv", "jsonl", "parquet"])
def test_any_texts_survive_any_format_and_block_size(name, texts, block_size):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(b"\xef\xbb\xbf" * (name != "parquet") + ENCODERS[name](texts, texts))
        corpus = read_corpus(path, format=name, block_size=block_size)
        assert list(corpus) == texts
        assert corpus.read().column("text").to_pylist() == texts
        if corpus.has_labels:
            assert corpus.labels() == texts


@pytest.mark.parametrize("name", ENCODERS)
def test_a_corpus_can_be_read_again_even_in_the_middle(write, name):
    corpus = read_corpus(write("a", ENCODERS[name](["a", "b"], ["x", "y"])), format=name)
    first = iter(corpus)
    assert next(first) == "a"
    assert list(corpus) == ["a", "b"]
    assert list(first) == ["b"]


def test_several_sources_of_several_formats(write):
    paths = [
        write("a.csv", "id,text,label\n1,one,x\n"),
        write("b.tsv", "y\tsentence\nx\ttwo\n"),
        write("c.jsonl", '{"review": "three", "target": 3}\n'),
        write("d.ft", "__label__y four\n"),
    ]
    corpus = read_corpus(paths)
    assert corpus.sources == [str(path) for path in paths]
    assert pairs(corpus) == (["one", "two", "three", "four"], ["x", "x", "3", "y"])
    assert corpus.read().num_rows == 4


def test_all_sources_have_labels_or_none(write):
    paths = [write("a.csv", "text,label\none,x\n"), write("b.txt", "two\n")]
    with pytest.raises(CorpusError, match=r"b\.txt' has no labels, and '.*a\.csv' has"):
        read_corpus(paths)


def test_labels_of_a_corpus_without(write):
    corpus = read_corpus(write("a.csv", "id,text\n1,one\n"))
    assert not corpus.has_labels
    with pytest.raises(CorpusError, match=r"'id', 'text'. Choose one with --label-column"):
        corpus.labels()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,label,split\none,x,train\ntwo,y,test\nthree,x,train\n"),
        ("a.tsv", "text\tlabel\tsplit\none\tx\ttrain\ntwo\ty\ttest\nthree\tx\ttrain\n"),
        (
            "a.jsonl",
            as_jsonl(["one", "two", "three"], "xyx").replace(b'"two"', b'"two", "split": 0'),
        ),
    ],
)
def test_where_keeps_some_rows(write, name, content):
    where = {"split": "train"}
    if name == "a.jsonl":
        where = {"label": "x"}
    assert pairs(read_corpus(write(name, content), where=where)) == (["one", "three"], ["x", "x"])


def test_where_looks_at_numbers_and_spares_what_it_drops(write):
    path = write("a.parquet", b"")
    table = {"text": ["one", None, "three"], "fold": pa.array([1, 2, 1]).dictionary_encode()}
    pq.write_table(pa.table(table), path)
    assert list(read_corpus(path, where={"fold": "1"})) == ["one", "three"]
    with pytest.raises(CorpusError, match=r"Row 2 .* has no text"):
        list(read_corpus(path, where={"fold": "2"}))
    with pytest.raises(CorpusError, match=r"No row .* is kept by --where fold=3\."):
        list(read_corpus(path, where={"fold": "3"}))


@pytest.mark.parametrize("arguments", [{"where": {"a": "b"}}, {"text_column": "a"}])
@pytest.mark.parametrize("name", ["a.txt", "a.ft"])
def test_lines_have_no_columns(write, name, arguments):
    with pytest.raises(ArgumentError, match="has no columns"):
        read_corpus(write(name, "__label__x a\n" * (name == "a.ft") + "b"), **arguments)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", ""),
        ("a.txt", b"\xef\xbb\xbf"),
        ("a.txt", gzip.compress(b"")),
        ("a.csv", ""),
        ("a.csv", "\n\n"),
        ("a.csv", "text,label"),
        ("a.csv", "text,label\n"),
        ("a.csv", "text,label\n\n\n"),
        ("a.jsonl", "\n\n"),
        ("a.ft", "\n\n"),
        ("a.parquet", as_parquet([], [])),
        ("a.parquet", ""),
    ],
)
def test_a_source_without_text(write, name, content):
    with pytest.raises(CorpusError, match="has no text"):
        list(read_corpus(write(name, content)))


@pytest.mark.parametrize("name", ["missing.txt", "missing.csv", "missing/", "a\nb.parquet"])
def test_a_source_that_does_not_exist(tmp_path, name):
    with pytest.raises(CorpusError, match="does not exist") as caught:
        read_corpus(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_file_is_not_a_folder_nor_the_other_way_round(write, tmp_path):
    with pytest.raises(ArgumentError, match="is not a folder"):
        read_corpus(write("a.txt", "a"), format="folder")
    with pytest.raises(CorpusError, match="cannot be opened"):
        read_corpus(tmp_path, format="csv")


def test_no_sources():
    with pytest.raises(ArgumentError, match="at least one source"):
        read_corpus([])


@pytest.mark.parametrize("name", TEXT_FORMS)
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


@pytest.mark.parametrize(("name", "rows"), [("train", 20_000), ("val", 5_000), ("test", 25_000)])
def test_imdb(real_data, name, rows):
    path = real_data(f"imdb/{name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        expected = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    corpus = read_corpus(path)
    assert len(expected) == rows
    assert list(zip(corpus, corpus.labels(), strict=True)) == expected


@pytest.mark.parametrize(("name", "rows"), [("train", 150_000), ("test", 50_000)])
def test_nsmc(real_data, name, rows):
    path = real_data(f"nsmc/ratings_{name}.txt")
    lines = path.read_bytes().decode().split("\n")[1:-1]
    expected = [tuple(line.split("\t")[1:]) for line in lines]
    corpus = read_corpus(path, quoting="none")
    assert len(expected) == rows
    assert list(zip(corpus, corpus.labels(), strict=True)) == expected


def test_nsmc_does_not_lose_rows_to_stray_quotes(real_data):
    with pytest.raises(CorpusError, match="--quoting none"):
        list(read_corpus(real_data("nsmc/ratings_train.txt")))


@pytest.mark.parametrize(("name", "rows"), [("train", 6_920), ("dev", 872), ("test", 1_821)])
def test_sst2(real_data, name, rows):
    corpus = read_corpus(real_data(f"sst2/{name}.tsv"))
    assert len(list(corpus)) == rows
    assert set(corpus.labels()) == {"0", "1"}
