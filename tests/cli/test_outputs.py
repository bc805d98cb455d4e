"""No output replaces a file that the same command reads, by whatever name the file goes."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "source.txt": ("tokenize source.txt --output {}", "o.jsonl"),
    "source.txt ": ("tokenize source.txt --report {}", "r.html"),
    "t.json": ("tokenize source.txt --tokenizer t.json --report {}", "r.html"),
    "t.json ": ("tokenize source.txt --tokenizer t.json --output {}", "o.jsonl"),
    "ids.jsonl": ("onehot ids.jsonl --width 9 --output {}", "o.npz"),
    "t.json  ": ("onehot ids.jsonl --tokenizer t.json --output {}", "o.npz"),
    "ids.jsonl ": ("onehot ids.jsonl --width 9 --output {}", "o.parquet"),
    "source.txt  ": ("train-w2v source.txt --output {}", "o.txt"),
    "t.json   ": ("train-w2v source.txt --tokenizer t.json --output {}", "o.txt"),
    "v.txt": ("train-w2v source.txt --init v.txt --output {}", "o.txt"),
    "v.txt ": ("train-w2v source.txt --init v.txt -o o.bin --save-tokenizer {}", "o.json"),
    "v.txt  ": ("train-w2v source.txt --init v.txt -o o.bin --report {}", "o.html"),
    "v.txt   ": ("vectors plot --vectors v.txt --output {}", "o.png"),
    "t.json    ": ("migrate t.json --output {}", "o.json"),
}


@pytest.fixture
def files(textseq, tmp_path, monkeypatch):
    """Return the contents of small files in the current folder, which the commands read."""
    monkeypatch.chdir(tmp_path)
    contents = {
        "source.txt": "high enough\nno mountain high enough\n",
        "v.txt": "3 2\nhigh 1 0\nno 0 1\nenough 1 1\n",
        "ids.jsonl": '{"ids": [1, 2]}\n',
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    assert textseq("tokenize", "source.txt", "--save-tokenizer", "t.json").exit_code == 0
    return {path.name: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.parametrize("how", ["name", "path", "link", "hard link"])
@pytest.mark.parametrize(("read", "command"), COMMANDS.items(), ids=COMMANDS)
def test_an_input_is_not_an_output_too(textseq, files, tmp_path, read, command, how):
    read = read.strip()
    line, other = command
    output = {"name": read, "path": f"../{tmp_path.name}/{read}"}.get(how, other)
    if how == "link":
        Path(other).symlink_to(read)
    if how == "hard link":
        Path(other).hardlink_to(read)
    done = textseq(*line.format(output).split(), "--force")
    assert done.exit_code in (1, 2)
    if how in ("link", "hard link"):
        assert f"The output '{other}' is also an input of this command; choose" in done.stderr
    assert {name: (tmp_path / name).read_bytes() for name in files} == files


def test_stdin_may_be_the_file_that_an_output_would_replace(files, tmp_path):
    command = [sys.executable, "-m", "textseq", "tokenize", "-", "-o", "o.jsonl", "--force"]
    Path("o.jsonl").symlink_to("source.txt")
    with (tmp_path / "source.txt").open() as stdin:
        done = subprocess.run(command, stdin=stdin, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "textseq: The output 'o.jsonl' is also an input of this command; choose another name.\n",
    )
    assert (tmp_path / "source.txt").read_bytes() == files["source.txt"]


def test_a_checkpoint_is_not_an_output_too(textseq, files):
    done = textseq("train-w2v", "source.txt", "-o", "o.bin", "--checkpoint", "o.bin")
    assert done.exit_code == 2
    assert "is also an output of this command; choose another folder" in done.stderr


def test_a_folder_of_the_users_that_has_the_name_of_a_hidden_one_is_kept(textseq, files, tmp_path):
    theirs = tmp_path / ".o.jsonl.partial"
    theirs.mkdir()
    (theirs / "diary").write_text("x")
    done = textseq("tokenize", "source.txt", "--output", "o.jsonl")
    assert done.exit_code == 1
    assert "rename that, or choose another name" in done.stderr
    assert (theirs / "diary").read_text() == "x"
    theirs.rename(tmp_path / "renamed")
    assert textseq("tokenize", "source.txt", "--output", "o.jsonl").exit_code == 0


def test_all_copies_of_the_samples_are_checked_before_the_first_is_written(textseq, tmp_path):
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "reviews_ko.tsv").write_text("theirs")
    assert textseq("demo", "--corpora", tmp_path / "samples").exit_code == 1
    assert [path.name for path in (tmp_path / "samples").iterdir()] == ["reviews_ko.tsv"]
