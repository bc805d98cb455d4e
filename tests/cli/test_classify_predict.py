"""`classify predict` as a tool in a pipe: what is kept, where it goes, and nothing to read."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from textseq.cli.app import app

TINY = "--preset textbook --epochs 1 --units 2 --dimension 2"

ROWS = [
    ("007", "a good film", "good"),
    ("8", 'a "bad, bad" film', "bad"),
    ("=1+1", "-bad\nfilm\tbad", "bad"),
    ("", "", "good"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a model of one label and one of several, and a table in several formats."""
    path = tmp_path_factory.mktemp("used")
    two = "".join(f"{label}\ta {label} film {i}\n" for i in range(8) for label in ("good", "bad"))
    (path / "two.tsv").write_text(f"label\ttext\n{two}")
    several = "".join(
        json.dumps({"text": text, "label": labels}) + "\n"
        for text, labels in [("joy", ["joy"]), ("love", ["love"]), ("joy love", ["joy", "love"])]
        * 6
    )
    (path / "several.jsonl").write_text(several)
    with (path / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("id", "text", "label"), *ROWS])
    (path / "plain.txt").write_text("a good film\na bad film\n")
    for name, source in (("two", "two.tsv"), ("several", "several.jsonl")):
        command = f"classify train {path}/{source} {TINY} -o {path}/{name}"
        assert CliRunner().invoke(app, command.split()).exit_code == 0
    return path


@pytest.fixture
def predict(textseq, folder, monkeypatch):
    monkeypatch.chdir(folder)

    def run(*arguments, model="two", stdin=None):
        words = [w for a in arguments for w in (a.split() if isinstance(a, str) else [a])]
        return textseq("classify", "predict", model, *words, stdin=stdin)

    return run


def read_csv(path, delimiter=","):
    return [*csv.reader(io.StringIO(path.read_text("utf-8"), newline=""), delimiter=delimiter)]


@pytest.mark.parametrize(("name", "delimiter"), [("p.csv", ","), ("p.tsv", "\t")])
def test_tables_hold_what_is_kept_and_the_answers(predict, tmp_path, name, delimiter):
    keep = "--keep id,text,label=gold,row"
    done = predict("-i rows.csv", keep, "-o", tmp_path / name)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines()[0].startswith(f"4 documents -> {tmp_path / name} (")
    assert "Next" not in done.stderr
    header, *rows = read_csv(tmp_path / name, delimiter)
    assert header == ["id", "text", "gold", "row", "label", "probability"]
    assert [tuple(row[:4]) for row in rows] == [(*r, str(i)) for i, r in enumerate(ROWS, 1)]
    printed = [
        json.loads(line) for line in predict("-i rows.csv", keep, "--json").stdout.splitlines()
    ]
    assert [(row[4], float(row[5])) for row in rows] == [
        (record["label"], record["probability"]) for record in printed
    ]
    assert [*printed[0]] == header


def test_what_is_kept_is_printed_first(predict):
    lines = predict("-i rows.csv --keep row,text").stdout.splitlines()
    assert len(lines) == len(ROWS)
    assert lines[0].startswith("1\ta good film\t")
    assert lines[2].startswith("3\t-bad\\nfilm\\tbad\t")
    assert lines[3].startswith("4\t\t")


def test_a_table_with_answers_is_read_again(predict, tmp_path):
    first, second = tmp_path / "p.csv", tmp_path / "q.csv"
    assert predict("-i rows.csv --keep id,text -o", first).exit_code == 0
    assert predict("-i", first, "--keep id,label=before -o", second).exit_code == 0
    before, after = (read_csv(path)[1:] for path in (first, second))
    assert [(r[0], r[2]) for r in before] == [(r[0], r[1]) for r in after]


@pytest.mark.parametrize(
    ("given", "stdin"),
    [
        (["a good film", "a bad film"], None),
        (["-i", "plain.txt"], None),
        ([], "a good film\na bad film\n"),
        (["-"], "text\na good film\na bad film\n"),
        ([], '{"text": "a good film"}\n{"text": "a bad film"}\n'),
    ],
    ids=["sentences", "lines", "stdin", "a table on stdin", "JSON on stdin"],
)
def test_texts_from_everywhere_are_kept(textseq, folder, monkeypatch, given, stdin):
    monkeypatch.chdir(folder)
    extra = ["--format", "csv"] if stdin and stdin.startswith("text") else []
    command = ("classify", "predict", "two", *given, *extra, "--keep", "row,text", "--json")
    records = map(json.loads, textseq(*command, stdin=stdin).stdout.splitlines())
    kept = [(r["row"], r["text"]) for r in records]
    assert kept == [(1, "a good film"), (2, "a bad film")]


@pytest.mark.parametrize("options", ["", "--top 2", "--proba", "--threshold 0"])
def test_several_labels_are_lists_in_a_table(predict, tmp_path, options):
    command = f"-i several.jsonl --keep text,label=gold {options}"
    assert predict(command, "-o", tmp_path / "p.csv", model="several").exit_code == 0
    header, *rows = read_csv(tmp_path / "p.csv")
    records = [
        json.loads(x) for x in predict(command, "--json", model="several").stdout.splitlines()
    ]
    found = [dict(zip(header, row, strict=True)) for row in rows]
    for row, record in zip(found, records, strict=True):
        pairs = zip(json.loads(row["labels"]), json.loads(row["probabilities"]), strict=True)
        assert [*pairs] == [(p["label"], p["probability"]) for p in record["labels"]]
        assert json.loads(row["gold"]) == record["gold"]
        if "--top" in options:
            ranked = [(row[f"label_{i}"], float(row[f"probability_{i}"])) for i in (1, 2)]
            assert ranked == [(p["label"], p["probability"]) for p in record["top"]]
        if "--proba" in options:
            every = {label: float(row[f"probability_{label}"]) for label in ("joy", "love")}
            assert every == record["probabilities"]


def test_parquet_keeps_types(predict, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": 7, "text": "a"}\n{"id": "x", "text": "b"}\n')
    source = tmp_path / "a.jsonl"
    assert predict("-i", source, "--keep id,row -o", tmp_path / "p.parquet").exit_code == 0
    table = pq.read_table(tmp_path / "p.parquet")
    assert table.select(["id", "row"]).to_pylist() == [{"id": "7", "row": 1}, {"id": "x", "row": 2}]
    assert predict("-i", tmp_path / "p.parquet", "--keep row --text-column id -o",
                   tmp_path / "q.parquet").exit_code == 0  # fmt: skip
    assert pq.read_table(tmp_path / "q.parquet")["row"].to_pylist() == [1, 2]


@pytest.mark.parametrize(
    ("options", "advice", "then"),
    [
        ("--keep label --json", "--keep label=input_label", "--keep label=input_label"),
        ("--keep idd", "did you mean 'id'? It has: 'id', 'text', 'label', 'row'", "--keep id"),
        ("--keep id,id", "with --keep COLUMN=NAME", "--keep id,id=again"),
        (
            "--keep label=probability_bad --proba -o x.csv",
            "--keep probability_bad=input_",
            "--proba",
        ),
    ],
)
def test_what_to_do_about_a_column_that_cannot_be_kept(follow_hint, folder, options, advice, then):
    model, source = folder / "two", folder / "rows.csv"
    command = f"classify predict {model} -i {source}"
    follow_hint(f"{command} {options}", advice, f"{command} {then}")


def test_ids_have_no_columns_to_keep(textseq, predict, tmp_path):
    ids = tmp_path / "ids.parquet"
    assert (
        textseq("tokenize", "plain.txt", "--tokenizer", "two/tokenizer.json", "-o", ids).exit_code
        == 0
    )
    done = predict("-i", ids, "--keep row")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "holds ids, without texts and columns to keep" in " ".join(done.stderr.split())


def test_nothing_is_kept_on_spark(predict, tmp_path):
    done = predict("-i rows.csv --keep id --engine spark -o", tmp_path / "p")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "on Spark, no columns are kept" in " ".join(done.stderr.split())


EMPTY = {"e.txt": "", "h.csv": "id,text\n", "e.json": "[]", "e.jsonl": "", "-": ""}


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_read_is_an_empty_answer(predict, tmp_path, name):
    stdin = None if name == "-" else "unused"
    source = "-" if name == "-" else tmp_path / name
    if name != "-":
        source.write_text(EMPTY[name])
    for form in ([], ["--json"], ["--keep", "row"]):
        done = predict("-i", source, *form, stdin=stdin)
        assert (done.exit_code, done.stdout) == (0, "")
    command = ("-i", source, "--keep text,row --proba")
    headers = []
    for output in ("p.csv", "p.jsonl", "p.parquet"):
        done = predict(*command, "-o", tmp_path / output, stdin=stdin)
        assert done.exit_code == 0
        assert "0 documents -> " in done.stderr
    headers = read_csv(tmp_path / "p.csv")
    assert headers == [
        ["text", "row", "label", "probability", "probability_bad", "probability_good"]
    ]
    assert (tmp_path / "p.jsonl").read_text() == ""
    table = pq.read_table(tmp_path / "p.parquet")
    assert table.schema.names == ["text", "row", "label", "probability", "probabilities"]
    assert table.num_rows == 0


def test_rows_that_are_all_left_out_are_an_empty_answer_and_that_is_said(predict):
    done = predict("-i rows.csv --where id=9 --json")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "No row of 'rows.csv' is kept by --where id=9.\n"


def test_ids_of_nothing_are_an_empty_answer(textseq, predict, tmp_path):
    (tmp_path / "e.txt").touch()
    for name in ("ids.parquet", "ids.npz", "ids.jsonl"):
        command = ("tokenize", tmp_path / "e.txt", "--tokenizer", "two/tokenizer.json")
        assert textseq(*command, "-o", tmp_path / name).exit_code == 0
        done = predict("-i", tmp_path / name, "-o", tmp_path / "p.csv", "--force")
        assert done.exit_code == 0
        assert read_csv(tmp_path / "p.csv") == [["label", "probability"]]
    done = textseq(*command)
    assert (done.exit_code, done.stdout) == (0, "")


def test_files_behind_the_option_are_inputs_too(predict):
    alone = predict("-i plain.txt --json").stdout
    assert predict("-i plain.txt plain.txt --json").stdout == alone * 2
    done = predict("-i plain.txt none.txt")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "give sentences or --input, not both" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (
            "~/plain.txt",
            "is a file, where a sentence was expected; to read it, use --input {}/plain.txt",
        ),
        (
            "./two.tsv",
            "is a file, where a sentence was expected; to read it, use --input ./two.tsv",
        ),
        ("./two", "is a folder, where a sentence was expected; to read it, use --input ./two"),
        (
            "*.txt",
            "matches files, such as 'plain.txt', where a sentence was expected; to read that",
        ),
        ("pl[a-z]in.txt", "matches files, such as 'plain.txt'"),
        ("plain.txt.gz", "is a file"),
    ],
)
def test_what_a_shell_would_have_replaced_is_recognised(predict, folder, monkeypatch, text, advice):
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    shutil.copy(folder / "plain.txt", folder / "plain.txt.gz")
    done = predict(text)
    (folder / "plain.txt.gz").unlink()
    assert (done.exit_code, done.stdout) == (2, "")
    assert advice.format(folder) in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    "text", ["what? *.", "~", "~nobody-of-this-name/a", "[a]", "a*b", "*.txt or so"]
)
def test_sentences_with_marks_of_the_shell_are_sentences(textseq, folder, monkeypatch, text):
    monkeypatch.chdir(folder)
    done = textseq("classify", "predict", "two", text)
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)
