"""How far a training of word vectors is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """What is known each time that some more words were trained on.

    Args:
        epoch: The current pass over the text, from 1.
        epochs: Passes in all.
        words: Words done in this pass.
        words_an_epoch: Words in a pass.
        first_epoch: The pass that this process began with; above 1 after a checkpoint.
        seconds: Since training began in this process.
        alpha: The learning rate.
        loss: The mean loss of a word that was trained on in this pass: minus the logarithm of the
            probability of its true and against its noise words, summed up over its context. None
            where it was not asked for or has grown past what gensim can sum up.

    Example:
        >>> from textseq.word2vec.progress import Progress
        >>> progress = Progress(2, 4, 500, 1000, 1, seconds=3.0, alpha=0.01)
        >>> progress.words_a_second, progress.seconds_left, progress.epoch_ended
        (500.0, 5.0, False)
    """

    epoch: int
    epochs: int
    words: int
    words_an_epoch: int
    first_epoch: int
    seconds: float
    alpha: float
    loss: float | None = None

    @property
    def words_a_second(self) -> float:
        """The words that this process has trained on, in each second."""
        done = (self.epoch - self.first_epoch) * self.words_an_epoch + self.words
        return done / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float:
        """The time that what is left will take at that speed."""
        left = (self.epochs - self.epoch + 1) * self.words_an_epoch - self.words
        return left / max(self.words_a_second, 1e-9)

    @property
    def epoch_ended(self) -> bool:
        """Whether the pass is through."""
        return self.words == self.words_an_epoch
