"""`textseq serve`: its arguments; what it answers is tested in tests/serve."""

from __future__ import annotations

import json
import socket

import pytest

from textseq.serve import server

TINY = "--preset textbook --epochs 1 --units 2 --dimension 2"


@pytest.fixture
def model(textseq, reviews, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert textseq("classify", "train", reviews, *TINY.split(), "-o", "model").exit_code == 0
    return tmp_path / "model"


@pytest.fixture
def served(monkeypatch):
    """Return what `serve` gets, which then does not run."""
    got = []
    monkeypatch.setattr(server, "serve", lambda *arguments: got.append(arguments))
    return got


def test_names_and_limits(textseq, model, served, tmp_path):
    done = textseq("serve", "model", "other=model", "--port", 0, "--max-batch", 1)
    assert done.exit_code == 0, done.stderr
    ((app, listening, limits),) = served
    assert [*app.state.service.models] == ["model", "other"]
    assert limits.max_batch == 1
    assert listening.fileno() == -1, "it is closed in the end"


def test_a_folder_with_an_equals_sign_is_a_folder(textseq, model, served, tmp_path):
    model.rename(tmp_path / "a=b")
    done = textseq("serve", "a=b", "--port", 0)
    assert done.exit_code == 2
    assert "'a=b' is not a name of letters" in " ".join(done.stderr.split())
    assert textseq("serve", "m=a=b", "--port", 0).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("model model", "'model' and 'model' are both called 'model'; name them as in one=model"),
        ("a/b=model", "'a/b' is not a name of letters, digits, '.', '-' and '_'; give one as in"),
        ("=model", "'' is not a name of letters"),
        ("", "Missing argument 'MODEL"),
        ("model --port 65536", "Invalid value for '--port'"),
    ],
)
def test_wrong_arguments(textseq, model, served, arguments, said):
    done = textseq("serve", *arguments.split())
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("nothing", "The model 'nothing' is not a folder; expected one that `classify train` wrot"),
        ("model --max-batch 0", "`max_batch` must be 1 or more. Received: 0."),
        ("model --keep-alive 0", "`keep_alive` must be above 0."),
        ("model --host nowhere.invalid", "The host 'nowhere.invalid' is not known"),
        (
            "model --access-log no/log",
            "'no/log' cannot be written: No such file or directory; name another",
        ),
        ("model --analyzer characters", "leave out --analyzer"),
    ],
)
def test_what_cannot_be_served(textseq, model, served, arguments, said):
    done = textseq("serve", *arguments.split(), "--port", 0)
    assert (done.exit_code, done.stdout, served) == (1, "", [])
    assert said in " ".join(done.stderr.split())


def test_other_tasks_are_refused(textseq, served, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"format": "textseq-tagger", "version": 1}))
    done = textseq("serve", tmp_path, "--port", 0)
    assert done.exit_code == 1
    assert "does not describe a textseq classifier; its format is 'textseq-tagger'" in done.stderr


def test_a_port_in_use(follow_hint, model, served):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        follow_hint(
            f"serve model --port {port}",
            "is in use by another program; choose another with --port, or --port 0 for any free",
            "serve model --port 0",
        )
