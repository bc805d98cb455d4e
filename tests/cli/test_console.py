"""What reaches a terminal: messages, tables and data, with any characters and in any encoding."""

from __future__ import annotations

import io
import json
import signal
import sys

import pytest
from rich.table import Table
from rich.text import Text

from textseq import Tokenizer
from textseq.classifier import SentenceClassifier
from textseq.cli import console
from textseq.cli.app import main

HOSTILE = "a\x1b]0;owned\x07\x9bb\u202ec"
"""What sets a terminal's title, moves its cursor and reverses its text."""

SHOWN = r"a\x1b]0;owned\x07\x9bb\u202ec"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (HOSTILE, SHOWN),
        ("a\tb\r\n", r"a\tb\r\n"),
        ("half a pair \ud800", r"half a pair \ud800"),
        ("사랑 👩‍👩‍👧 ünïcödé «»", "사랑 👩‍👩‍👧 ünïcödé «»"),
        (r"C:\new", r"C:\new"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text, shown):
    assert console.escape_controls(text) == shown


def test_messages_tables_and_lines_are_escaped(capsys):
    console.say(HOSTILE)
    table = Table("name", HOSTILE)
    table.add_row(HOSTILE, Text("\x1b[2J"))
    console.print_table(table)
    console.stdout().print(HOSTILE)
    console.print_line(HOSTILE, "x")
    printed = capsys.readouterr()
    assert printed.err == SHOWN + "\n"
    assert printed.out.count(SHOWN) == 4
    assert r"│ \x1b[2J " in printed.out
    assert "\x1b" not in printed.out
    assert len(set(map(len, printed.out.splitlines()[:5]))) == 1  # the borders stay in line


def test_json_stays_exact(capsys):
    console.print_json({"label": HOSTILE})
    assert json.loads(capsys.readouterr().out) == {"label": HOSTILE}


def test_a_name_in_the_progress_line_is_no_markup(capsys):
    terminal = console.stderr()
    with console.progress_line(terminal, f"Reading [/red]{HOSTILE}") as status:
        assert status.status.plain == f"Reading [/red]{SHOWN}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with texts, a model, vectors and a tokenizer, in Korean."""
    folder = tmp_path_factory.mktemp("encodings")
    texts, labels = ["정말 좋은 영화", "너무 나쁜 영화"] * 4, ["긍정", f"부정{HOSTILE}"] * 4
    SentenceClassifier(units=2, dimension=2, epochs=1).fit(texts, labels).save(folder / "model")
    rows = [json.dumps({"label": y, "text": x}) for x, y in zip(texts, labels, strict=True)]
    (folder / "영화.jsonl").write_text("\n".join(rows) + "\n")
    (folder / "v.txt").write_text("좋은 1 2\n나쁜 2 1\n영화 1 1\n", "utf-8")
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    tokenizer.save(folder / "t.json")
    return folder


@pytest.fixture
def program(folder, monkeypatch):
    """Return a function that runs the program with an encoding for stdout and stderr."""

    def run(command, encoding):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["textseq", *command.split()])
        for name in ("stdout", "stderr"):
            monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding))
        with pytest.raises(SystemExit) as ended:
            main()
        printed = [
            stream.buffer.getvalue()
            for stream in (sys.stdout, sys.stderr)
            if stream.flush() is None
        ]
        return ended.value.code, *(data.decode(encoding) for data in printed)

    before = signal.getsignal(signal.SIGINT)
    yield run
    signal.signal(signal.SIGINT, before)  # the program ignores Ctrl-C when it is about to end


COMMANDS = [
    "classify predict model 좋은 --top 2",
    "classify predict model 좋은 --proba --json",
    "classify evaluate model 영화.jsonl",
    "classify evaluate model 영화.jsonl --json",
    "classify explain model 영화",
    "classify explain model 영화 --json",
    "tokenize 영화.jsonl --tokenizer t.json",
    "inspect t.json",
    "inspect t.json --json",
    "inspect model",
    "migrate t.json --sample 영화",
    "vectors neighbours 영화 --vectors v.txt",
    "vectors neighbours 영화 --vectors v.txt --json",
    "vectors analogy 영화 좋은 나쁜 -v v.txt",
    "vectors coverage 영화.jsonl --vectors v.txt",
    "vectors coverage 영화.jsonl --vectors v.txt --json",
]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("command", COMMANDS)
def test_any_encoding_of_stdout(program, command, encoding):
    (failed, plain, messages), (_, exact, _) = program(command, encoding), program(command, "utf-8")
    assert failed == 0, messages
    assert "\x1b" not in plain + messages
    if "--json" in command:
        assert list(map(json.loads, plain.splitlines())) == [
            json.loads(line) for line in exact.splitlines()
        ]
    elif encoding == "cp1252" and "영화" in exact:
        assert r"\uc601\ud654" in plain


def test_an_error_names_what_the_encoding_lacks(program):
    failed, _, message = program("vectors neighbours 사랑 --vectors v.txt", "ascii")
    assert failed == 1
    assert message == "textseq: The word '\\uc0ac\\ub791' has no vector among 3.\n"
