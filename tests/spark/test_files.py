"""Files on Spark: the bytes, the ids and the errors of one machine, however the work is divided."""

import gzip
import json
import os
import random
import signal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq import Tokenizer, read_corpus
from textseq.errors import CorpusError, OutputExistsError
from textseq.sequences.files import load_sequences
from textseq.spark import CorpusOnSpark

WORDS = [
    "the",
    "film",
    "영화",
    "naïve",
    "ΟΔΟΣ",
    "don't",
    "a-b",
    "x" * 40,
    "\u0130stanbul",
    "!?",
    "",
]


@pytest.fixture(scope="module")
def sentences():
    generator = random.Random(5)

    def some(count):
        return [" ".join(generator.choices(WORDS, k=generator.randrange(9))) for _ in range(count)]

    return some


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory, sentences):
    """Return files of several formats and sizes, whose names are in another order than theirs."""
    folder = tmp_path_factory.mktemp("texts")
    (folder / "z.txt").write_text("\n".join(sentences(300)) + "\n", "utf-8")
    (folder / "b.txt.gz").write_bytes(gzip.compress("\n".join(sentences(90)).encode()))
    rows = [json.dumps({"text": text}) for text in sentences(20)]
    (folder / "y.jsonl").write_text("\n".join(rows) + "\n")
    quoted = [f'"{text}\n""{text}"""' for text in sentences(50)]
    (folder / "a.csv").write_text("\n".join(["text", *quoted]) + "\n", "utf-8")
    pq.write_table(pa.table({"text": sentences(900)}), folder / "x.parquet", row_group_size=30)
    (folder / "c.txt").write_text("one 영화\n", "utf-8")
    names = ("z.txt", "b.txt.gz", "y.jsonl", "a.csv", "x.parquet", "c.txt")
    return [str(folder / name) for name in names]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory, sentences):
    folder = tmp_path_factory.mktemp("labelled")
    labels = ["pos", "neg", "길"]
    for name, count in (("a.tsv", 40), ("b.tsv", 3)):
        lines = [f"{labels[i % 3]}\t{text}" for i, text in enumerate(sentences(count))]
        (folder / name).write_text("\n".join(["label\ttext", *lines]) + "\n", "utf-8")
    for i, text in enumerate(sentences(30)):
        file = folder / "tree" / labels[i % 3] / f"{i}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text or "empty", "utf-8")
    table = pa.table({"text": sentences(60), "label": [labels[i % 3] for i in range(60)]})
    pq.write_table(table, folder / "c.parquet", row_group_size=7)
    return [str(folder / name) for name in ("b.tsv", "tree", "c.parquet", "a.tsv")]


def on_spark(spark, corpus, units):
    """Return a corpus on Spark in about so many units."""
    spark.conf.set("spark.sql.files.maxPartitionBytes", str(max(1, corpus.size // units)))
    return CorpusOnSpark(spark, corpus)


@pytest.mark.parametrize("units", [1, 2, 4, 8])
def test_the_number_of_units_changes_nothing(spark, unlabelled, tmp_path, units):
    corpus = read_corpus(unlabelled)
    assert len(corpus.units(corpus.size // units)) >= units
    texts = on_spark(spark, corpus, units)
    fitted = texts.fit(Tokenizer())
    here = Tokenizer()
    here.fit_on_texts(corpus)
    for name, tokenizer in (("there", fitted), ("here", here)):
        tokenizer.save(tmp_path / name)
    assert (tmp_path / "there").read_bytes() == (tmp_path / "here").read_bytes()
    encoded = texts.encode(fitted, tmp_path / "ids")
    ids, labels = load_parts(tmp_path / "ids")
    assert ids == here.texts_to_sequences(corpus)
    assert labels is None
    assert (encoded.documents, encoded.tokens) == (len(ids), sum(map(len, ids)))


def test_paths_may_be_relative(spark, tmp_path, monkeypatch):
    """Workers are in folders of their own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tree" / "pos").mkdir(parents=True)
    (tmp_path / "tree" / "pos" / "1.txt").write_text("the film")
    (tmp_path / "tree" / "pos" / "2.txt").write_bytes(b"na\xefve")
    (tmp_path / "a.txt").write_text("one film\n")
    texts = CorpusOnSpark(spark, read_corpus("a.txt"))
    fitted = texts.fit(Tokenizer())
    assert (texts.encode(fitted, "ids").documents, fitted.size) == (1, 2)
    corpus = read_corpus("tree")
    with pytest.raises(CorpusError) as here:
        list(corpus)
    with pytest.raises(CorpusError, match=r"^'tree/pos/2\.txt' has bytes") as there:
        CorpusOnSpark(spark, corpus).fit(Tokenizer())
    assert str(there.value) == str(here.value)


def load_parts(folder):
    parts = [load_sequences(path) for path in sorted(folder.iterdir())]
    ids = [row for sequences, _ in parts for row in sequences.to_lists()]
    labels = [label for _, some in parts for label in some or ()]
    return ids, labels or None


@pytest.mark.parametrize("units", [3, 30])
def test_labels_stay_with_their_texts(spark, labelled, tmp_path, units):
    corpus = read_corpus(labelled, labels=True)
    texts = on_spark(spark, corpus, units)
    fitted = texts.fit(Tokenizer(analyzer="words_and_marks", min_count=2, oov_token="<unk>"))
    texts.encode(fitted, tmp_path / "ids")
    here = Tokenizer(analyzer="words_and_marks", min_count=2, oov_token="<unk>")
    here.fit_on_texts(corpus)
    assert fitted.to_json() == here.without_unused_words().to_json()
    assert load_parts(tmp_path / "ids") == (here.texts_to_sequences(corpus), corpus.labels())


@pytest.mark.parametrize("ones", [1, 9000])
def test_labels_are_lists_in_all_parts_even_where_that_shows_late(spark, tmp_path, ones):
    (tmp_path / "a.csv").write_text("text,label\nfilm,x\n")
    lines = ["__label__x film"] * ones + ["__label__x __label__y film"]
    (tmp_path / "b.ft").write_text("\n".join(lines))
    corpus = read_corpus([tmp_path / "a.csv", tmp_path / "b.ft"])
    spark.conf.set("spark.sql.files.maxPartitionBytes", "1")
    on_spark = CorpusOnSpark(spark, corpus)
    on_spark.encode(on_spark.fit(Tokenizer()), tmp_path / "ids")
    parts = sorted((tmp_path / "ids").iterdir())
    types = {str(pq.read_schema(part).field("label").type) for part in parts}
    assert (len(parts), types) == (2, {"list<element: string>"})
    assert load_sequences(tmp_path / "ids")[1] == [["x"]] * (ones + 1) + [["x", "y"]]


def test_a_worker_that_is_killed_changes_nothing(spark, unlabelled, tmp_path):
    """Once while words are counted, and once while ids are written."""
    killed = [tmp_path / "counting", tmp_path / "writing"]

    def split(text):
        for marker, word in zip(killed, ("\u0130stanbul", "naïve"), strict=True):
            if word in text and not marker.exists() and marker.with_suffix(".armed").exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return text.split()

    texts = on_spark(spark, read_corpus(unlabelled), 4)
    written = {}
    for name in ("undisturbed", "disturbed"):
        fitted = texts.fit(Tokenizer(analyzer=split))
        if name == "disturbed":
            killed[1].with_suffix(".armed").touch()
        texts.encode(fitted, tmp_path / name)
        parts = sorted((tmp_path / name).iterdir())
        written[name] = fitted.word_counts, [(part.name, part.read_bytes()) for part in parts]
        killed[0].with_suffix(".armed").touch()
    assert written["disturbed"] == written["undisturbed"]
    assert all(marker.exists() for marker in killed)


BAD = {
    "quote.csv": 'text\nfine\n"never closed\n',
    "ragged.csv": "text,label\na,b\nc,d,e\n",
    "bad.jsonl": '{"text": "fine"}\n' * 9_000 + '{"text": \n',
    "latin.txt": b"fine\nna\xefve\n",
}


@pytest.mark.parametrize("name", BAD)
def test_the_error_is_that_of_one_machine(spark, unlabelled, tmp_path, name):
    bad = tmp_path / name
    bad.write_bytes(BAD[name].encode() if isinstance(BAD[name], str) else BAD[name])
    corpus = read_corpus([unlabelled[0], bad, unlabelled[1]], labels=False)
    with pytest.raises(CorpusError) as here:
        Tokenizer().fit_on_texts(corpus)
    texts = on_spark(spark, corpus, 3)
    fitted = Tokenizer()
    fitted.fit_on_texts(["the film"])
    with pytest.raises(CorpusError) as counting:
        texts.fit(Tokenizer())
    with pytest.raises(CorpusError) as writing:
        texts.encode(fitted, tmp_path / "ids")
    assert str(counting.value) == str(writing.value) == str(here.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_rows_that_are_skipped_are_noted_once(spark, tmp_path, caplog):
    path = tmp_path / "a.parquet"
    table = pa.table({"text": ["a", None, "b", None, "c"], "label": ["x"] * 5})
    pq.write_table(table, path, row_group_size=2)
    corpus = read_corpus(path, drop_missing=True)
    texts = on_spark(spark, corpus, 5)
    with caplog.at_level("INFO", "textseq"):
        texts.encode(texts.fit(Tokenizer()), tmp_path / "ids")
    notes = [message for message in caplog.messages if "skipped" in message]
    assert notes == [f"2 rows of '{path}' without a text or a label skipped (--drop-missing)."]


def test_no_row_is_an_error(spark, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,kind\na,x\nb,y\n")
    corpus = read_corpus(path, where={"kind": "z"})
    with pytest.raises(CorpusError, match="No row of .* is kept by --where kind=z"):
        CorpusOnSpark(spark, corpus).fit(Tokenizer())


def test_an_existing_folder_is_kept(spark, unlabelled, tmp_path):
    (tmp_path / "ids").mkdir()
    fitted = Tokenizer()
    fitted.fit_on_texts(["the film"])
    texts = CorpusOnSpark(spark, read_corpus(unlabelled))
    with pytest.raises(OutputExistsError, match="exists and is not overwritten"):
        texts.encode(fitted, tmp_path / "ids")
    texts.encode(fitted, tmp_path / "ids", force=True)
    assert list((tmp_path / "ids").iterdir())
