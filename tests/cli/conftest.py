"""Commands run in this process, and small files to run them on."""

from __future__ import annotations

import shlex

import pytest
from typer.testing import CliRunner

from textseq.cli.app import app


@pytest.fixture
def textseq():
    """Return a function that runs a command line and returns its outcome."""

    def run(*arguments, stdin=None):
        return CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)

    return run


@pytest.fixture
def giants(tmp_path):
    path = tmp_path / "giants.txt"
    path.write_text("standing on the shoulder of giants\nain't no mountain high enough\n")
    return path


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.tsv"
    good, bad = ["a joy to watch", "pure joy"], ["a bore to watch", "pure bore"]
    rows = [f"good\t{text}" for text in good * 8] + [f"bad\t{text}" for text in bad * 8]
    path.write_text("\n".join(["label\ttext", *rows]) + "\n")
    return path


@pytest.fixture
def follow_hint(textseq, tmp_path, monkeypatch):
    """Return a function that checks that a message gives an advice, and that following it works."""
    monkeypatch.chdir(tmp_path)

    def follow(command, advice, then, *, files=None, stdin=None):
        """Run `command`, find `advice` in its messages, and run `then`, which must succeed.

        Both are command lines without the leading `textseq`. Returns the outcome of `then`.
        """
        for name, content in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        first = textseq(*shlex.split(command), stdin=stdin)
        said = " ".join(first.stderr.split())
        assert advice in said, said
        second = textseq(*shlex.split(then), stdin=stdin)
        assert second.exit_code == 0, second.stderr
        return second

    return follow
