from __future__ import annotations

import io

import pytest
from rich.console import Console

from textseq.cli import console, epochs
from textseq.cli.epochs import EpochTable, WordEpochs, clock
from textseq.word2vec import Progress


@pytest.fixture
def table(monkeypatch):
    """Return a table on a terminal whose clock is `table.now`."""
    table = EpochTable(Console(file=io.StringIO(), force_terminal=True, width=120))
    table.now = 100.0
    monkeypatch.setattr(epochs.time, "monotonic", lambda: table.now)
    table.status = table.console.status("")
    return table


def test_the_progress_line_shows_loss_score_and_time_left(table):
    table.begin(2, {"epochs": 5})  # two epochs were finished before, in another process
    table.now += 30
    table.progress(2, 5, (50, 100), {"loss": 0.25})
    line = table.status.status
    assert line == "epoch 3 of at most 5: batch 50 of 100, loss 0.2500, at most 2:30 min left"
    table.row(3, {"loss": 0.2, "val_accuracy": 0.875}, 60.0)
    table.now += 30
    table.progress(3, 5, (1, 100), {"loss": 0.1})
    assert "loss 0.1000, val_accuracy 0.8750, at most" in table.status.status


def test_of_several_networks_each_line_tells_which(table):
    table.begin(0, {"epochs": 4, "network": 1, "networks": 3})
    table.row(1, {"loss": 0.5}, 1.0)
    table.begin(0, {"epochs": 4, "network": 2, "networks": 3})
    table.now += 60  # for four epochs at most, and half of one
    table.progress(0, 4, (50, 100), {"loss": 0.25})
    assert table.status.status == (
        "network 2 of 3, epoch 1 of at most 4: batch 50 of 100, loss 0.2500, at most 1:40 min left"
    )
    table.row(1, {"loss": 0.2}, 1.0)
    lines = table.console.file.getvalue().splitlines()
    assert [line.split()[:2] for line in lines] == [["network", "epoch"], ["1", "1"], ["2", "1"]]


def test_the_header_is_above_the_first_row_whichever_that_is(table):
    for epoch in (3, 4):
        table.row(epoch, {"loss": 0.5}, 1.0)
    lines = table.console.file.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["epoch", "3", "4"]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0:00 min"), (3599.4, "59:59 min"), (3600, "1:00 h")]
)
def test_clock(seconds, shown):
    assert clock(seconds) == shown


def printed(capsys, *, terminal):
    out = io.StringIO()
    with WordEpochs(Console(file=out, force_terminal=terminal, width=100)) as show:
        show(Progress(1, 2, 250, 1000, 1, seconds=1.0, alpha=0.02))
        show(Progress(1, 2, 1000, 1000, 1, seconds=4.0, alpha=0.01))
    return out.getvalue(), capsys.readouterr().err


def test_an_epoch_of_word_vectors_ends_with_a_line(capsys):
    out, err = printed(capsys, terminal=False)
    assert err == "Epoch 1 of 2: 250 words/s\n"
    assert out == ""


def test_word_vectors_show_the_time_left_on_a_terminal(capsys):
    out, err = printed(capsys, terminal=True)
    assert "25%, 0:07 min left" in out
    assert (
        "Epoch 1 of 2: 250 words/s\n" in out
    )  # the same console: nothing is written into its line
    assert err == ""


@pytest.mark.parametrize("line", [WordEpochs, EpochTable])
def test_messages_appear_above_the_progress_line(capsys, line):
    out = io.StringIO()
    with line(Console(file=out, force_terminal=True, width=100)):
        console.say("a message [bold]")
    console.say("and another")
    before, _, after = out.getvalue().partition("a message [bold]\n")
    assert "ing ..." not in before
    assert "ing ..." in after
    assert capsys.readouterr().err == "and another\n"
