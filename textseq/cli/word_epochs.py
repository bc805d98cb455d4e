"""A line for each epoch of a training of word vectors, and on a terminal the current progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.cli.console import say
from textseq.cli.epochs import ProgressLine, clock

if TYPE_CHECKING:
    from rich.console import Console

    from textseq.word2vec import Progress


class WordEpochs(ProgressLine):
    """Print the progress of a training.

    Args:
        console: Where to show the progress within an epoch, if it is a terminal.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(console, "Encoding ...")

    def __call__(self, progress: Progress) -> None:
        """Show some progress: lines when an epoch ends, and meanwhile a line that changes."""
        if progress.epoch_ended:
            say(line(progress))
        share = progress.words / progress.words_an_epoch
        self.show(lambda: f"{line(progress)}, {share:.0%}, {clock(progress.seconds_left)} left")


def line(progress: Progress) -> str:
    """Return the epoch, the speed, and the loss where there is one.

    Example:
        >>> from textseq.cli.word_epochs import line
        >>> from textseq.word2vec import Progress
        >>> line(Progress(1, 5, 1000, 1000, 1, seconds=0.5, alpha=0.02, loss=2.5))
        'Epoch 1 of 5: 2,000 words/s, loss 2.500 a word'
    """
    loss = "" if progress.loss is None else f", loss {progress.loss:.3f} a word"
    speed = f"{progress.words_a_second:,.0f} words/s"
    return f"Epoch {progress.epoch} of {progress.epochs}: {speed}{loss}"
