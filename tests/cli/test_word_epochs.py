"""The lines that a training of word vectors prints."""

from __future__ import annotations

import io

from rich.console import Console

from textseq.cli.word_epochs import WordEpochs
from textseq.word2vec import Progress


def told(capsys, *, terminal):
    out = io.StringIO()
    with WordEpochs(Console(file=out, force_terminal=terminal, width=100)) as show:
        show(Progress(1, 2, 250, 1000, 1, seconds=1.0, alpha=0.02))
        show(Progress(1, 2, 1000, 1000, 1, seconds=4.0, alpha=0.01))
    return out.getvalue(), capsys.readouterr().err


def test_an_epoch_ends_with_a_line(capsys):
    out, err = told(capsys, terminal=False)
    assert err == "Epoch 1 of 2: 250 words/s\n"
    assert out == ""


def test_a_terminal_shows_the_time_left(capsys):
    out, err = told(capsys, terminal=True)
    assert "25%, 0:07 min left" in out
    assert "Epoch 1 of 2: 250 words/s\n" in err
