"""A pipeline of real commands, and what is wrong in a file told before anything runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from textseq.sequence_files import load_sequences

PIPELINE = """
[[stage]]
command = "tokenize"
sources = ["giants.txt"]
save-tokenizer = "tokenizer.json"
lower = false
output = "ids.parquet"

[[stage]]
name = "rows"
command = "onehot"
ids = "ids.parquet"
tokenizer = "tokenizer.json"
sparse = true
stdout = "rows.jsonl"
"""


@pytest.fixture
def pipeline(giants):
    path = giants.parent / "pipeline.toml"
    path.write_text(PIPELINE)
    return path


def statuses(done):
    assert done.exit_code == 0, done.output
    return [json.loads(line)["status"] for line in done.stdout.splitlines()]


def test_a_pipeline_of_commands(textseq, pipeline, giants):
    assert statuses(textseq("run", pipeline, "--json")) == ["run", "run"]
    sequences, _ = load_sequences(giants.parent / "ids.parquet")
    assert sequences.to_lists() == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11]]
    rows = (giants.parent / "rows.jsonl").read_text().splitlines()
    assert json.loads(rows[1]) == {"columns": [7, 8, 9, 10, 11], "width": 12}
    assert statuses(textseq("run", pipeline, "--json")) == ["unchanged", "unchanged"]
    giants.write_text("high enough\n")
    assert statuses(textseq("run", pipeline, "--json", "--dry-run")) == ["run", "run"]
    assert statuses(textseq("run", pipeline, "--json")) == ["run", "run"]
    assert (giants.parent / "rows.jsonl").read_text() == '{"columns": [1, 2], "width": 3}\n'


def test_a_failing_stage_stops_it_with_its_message_and_status(pipeline, giants):
    giants.unlink()
    command = [sys.executable, "-m", "textseq.cli.app", "run", str(pipeline)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-2:]
    assert last[0] == (
        "textseq: The source 'giants.txt' does not exist; expected a file, a folder, or - for "
        "stdin."
    )
    assert last[1].startswith("textseq: Stage 'tokenize' failed with status 1;")
    assert "rows" not in done.stderr
    assert sorted(p.name for p in pipeline.parent.iterdir()) == [
        "pipeline.lock.json",
        "pipeline.toml",
    ]


def test_output_of_a_failed_stage_is_not_kept(textseq, pipeline, giants):
    pipeline.write_text(PIPELINE.replace('ids = "ids.parquet"', 'ids = "giants.txt"'))
    assert textseq("run", pipeline).exit_code == 1
    assert not (giants.parent / "rows.jsonl").exists()
    assert not list(giants.parent.glob(".*.partial"))


WRONG = [
    ('"tokenize"', '"tokenise"', "unknown command 'tokenise'; did you mean 'tokenize'?"),
    ('"tokenize"', '"run"', "unknown command 'run'"),
    ('command = "tokenize"', "", "Stage 'number 1' needs a `command`"),
    ('command = "tokenize"', 'name = "words"', "Stage 'words' needs a `command`"),
    ("lower", "lowr", "unknown option 'lowr'; did you mean 'lower'?"),
    ("lower = false", "force = true", "leave it out"),
    ("lower = false", 'lower = "x"', "true or false is expected"),
    ("lower = false", "num-words = true", "a value is expected"),
    ("lower = false", 'num-words = "x"', "Invalid value for '--num-words'"),
    ("lower = false", "num-words = {}", "a plain value is expected"),
    ('sources = ["giants.txt"]', "", "Missing argument"),
    ('["giants.txt"]', '["-"]', "reads stdin"),
    ("lower = false", "lower = ", "line 6"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[new for _, new, _ in WRONG])
def test_what_is_wrong_is_told_before_anything_runs(textseq, pipeline, old, new, message):
    pipeline.write_text(PIPELINE.replace(old, new, 1))
    done = textseq("run", pipeline)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("textseq: ")
    assert message in line
    assert sorted(p.name for p in pipeline.parent.iterdir()) == ["giants.txt", "pipeline.toml"]


def test_the_pipeline_of_the_readme_is_a_pipeline(textseq, tmp_path):
    readme = Path(__file__).parents[2] / "README.md"
    (block,) = re.findall(r"```toml\n(.*?)```", readme.read_text(), re.DOTALL)
    (tmp_path / "pipeline.toml").write_text(block)
    done = textseq("run", tmp_path / "pipeline.toml", "--dry-run", "--json")
    assert statuses(done) == ["run"] * 4
