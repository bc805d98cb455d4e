"""A line for each request, which nobody waits for."""

from __future__ import annotations

import json
import threading

from starlette.testclient import TestClient

from textseq.serve import access_log, make_app
from textseq.serve.access_log import AccessLog, append_to


def test_a_line_says_what_was_asked_and_never_the_text(predictor):
    lines = []
    log = AccessLog(lines.append)
    with TestClient(make_app({"reviews": predictor}, access_log=log)) as client:
        client.post("/predict", json={"texts": ["secret", "secret"]})
        client.get("/a%0Ab" + "c" * 500)
    first, second = map(json.loads, "\n".join(lines).split("\n"))
    assert "secret" not in "".join(lines)
    assert (first["path"], first["status"], first["model"], first["texts"]) == (
        "/predict", 200, "reviews", 2,
    )  # fmt: skip
    assert first["batch"] == 2
    assert first["ms"] > 0
    assert second["status"] == 404
    assert len(second["path"]) == 200


def test_lines_that_cannot_be_written_are_dropped_and_counted(monkeypatch):
    monkeypatch.setattr(access_log, "MOST_LINES", 2)
    monkeypatch.setattr(access_log, "PAUSE", 0)
    entered, let_go, lines = threading.Event(), threading.Event(), []

    def write(some):
        entered.set()
        assert let_go.wait(10)
        lines.extend(some.split("\n"))

    log = AccessLog(write)
    log.add({"n": 0})
    assert entered.wait(10)
    for n in range(1, 5):
        log.add({"n": n})
    let_go.set()
    log.close()
    found = [json.loads(line) for line in lines]
    assert [line["n"] for line in found if "n" in line] == [0, 1, 2]
    assert [line["dropped"] for line in found if "dropped" in line] == [2]


def test_a_file_may_be_moved_away(tmp_path):
    write = append_to(tmp_path / "log")
    write("one")
    (tmp_path / "log").rename(tmp_path / "log.1")
    write("two")
    assert (tmp_path / "log").read_text() == "two\n"


def test_a_log_that_cannot_be_written_is_tried_again():
    lines = []

    def write(some):
        if not lines:
            lines.append("full")
            raise OSError(28, "No space left on device")
        lines.append(some)

    log = AccessLog(write)
    log.add({"n": 0})
    while not lines:
        log._end.wait(0.01)
    log.add({"n": 1})
    assert log.close()
    assert '"n": 1' in lines[1]
    assert '"dropped": 1' in lines[1]


def test_closing_gives_up_where_nobody_reads():
    let_go = threading.Event()
    log = AccessLog(lambda lines: let_go.wait(10))
    log.add({"n": 0})
    assert not log.close(patience=0.05)
    let_go.set()
    assert log.close()
