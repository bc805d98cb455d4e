"""Passes over the text, on several threads."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence

from gensim.models import Word2Vec

from textseq.word2vec.model import Trained, Trainer, vocabulary
from textseq.word2vec.progress import Progress
from textseq.word2vec.settings import Settings
from textseq.word2vec.token_files import TokenFile, TokenFiles

OnProgress = Callable[[Progress], None]

SATURATED = float(1 << 27)
"""gensim sums losses up in float32, which from here on takes no more of them in."""


class Epochs:
    """Trains a model for some passes over the text.

    Args:
        model: The model, changed in place.
        words: The word of each id.
        tokens: The text.
        settings: The hyper-parameters.
        on_progress: Told of each file that was trained on.
    """

    def __init__(
        self,
        model: Word2Vec,
        words: Mapping[int, str],
        tokens: TokenFiles,
        settings: Settings,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._settings = settings
        self._files: Sequence[TokenFile] = tokens.files
        self._starts = list(itertools.accumulate((f.words for f in tokens.files), initial=0))
        self._on_progress = on_progress
        looked_up = vocabulary(model, words, tokens)
        threads = min(settings.threads, len(tokens.files))
        self._trainers = [Trainer(model, looked_up, settings) for _ in range(threads)]

    def run(self, first: int = 1, after_epoch: Callable[[int], None] | None = None) -> None:
        """Train from one epoch, counted from 1, to the last; tell each that is through."""
        began = time.monotonic()
        for epoch in range(first, self._settings.epochs + 1):
            tally = _Tally()
            # Closed before an error goes on, so that no thread outlives the files it reads.
            with contextlib.closing(self._trained(epoch)) as files:
                for trained in files:
                    tally.add(trained)
                    if self._on_progress is not None:
                        seconds = time.monotonic() - began
                        self._on_progress(self._progress(epoch, first, tally, seconds))
            if after_epoch is not None:
                after_epoch(epoch)

    def _progress(self, epoch: int, first: int, tally: _Tally, seconds: float) -> Progress:
        return Progress(
            epoch,
            self._settings.epochs,
            tally.words,
            self._starts[-1],
            first,
            seconds,
            self._rate(epoch, tally.words),
            tally.loss if self._settings.compute_loss else None,
        )

    def _trained(self, epoch: int) -> Generator[Trained, None, None]:
        """Train on all files, and yield what came of each as it is through."""
        done: queue.SimpleQueue[Trained | BaseException] = queue.SimpleQueue()
        waiting, stopped = iter(range(len(self._files))), threading.Event()
        lock = threading.Lock()

        def work(trainer: Trainer) -> None:
            while not stopped.is_set():
                with lock:
                    number = next(waiting, None)
                if number is None:
                    return
                try:
                    done.put(self._train(trainer, epoch, number))
                except BaseException as error:  # noqa: BLE001  (raised in the caller's thread)
                    done.put(error)
                    return

        threads = [threading.Thread(target=work, args=[trainer]) for trainer in self._trainers]
        for thread in threads:
            thread.start()
        try:
            for _ in self._files:
                trained = done.get()
                if isinstance(trained, BaseException):
                    raise trained
                yield trained
        finally:
            stopped.set()
            for thread in threads:
                thread.join()

    def _train(self, trainer: Trainer, epoch: int, number: int) -> Trained:
        """Train on the file of this number; what is drawn depends on nothing but the seed."""
        start, end = self._starts[number : number + 2]
        rates = self._rate(epoch, start), self._rate(epoch, end)
        return trainer.train(self._files[number], rates, [self._settings.seed, epoch, number])

    def _rate(self, epoch: int, words: int) -> float:
        """Return the learning rate where so many words of an epoch are through."""
        part = (epoch - 1 + words / self._starts[-1]) / self._settings.epochs
        start, end = self._settings.alpha, self._settings.min_alpha
        return max(start - (start - end) * part, end)


class _Tally:
    """Sums up what came of the files of an epoch."""

    def __init__(self) -> None:
        self.words = self._trained = 0
        self._loss, self._saturated = 0.0, False

    def add(self, trained: Trained) -> None:
        self.words += trained.words
        self._trained += trained.trained
        self._loss += trained.loss
        self._saturated |= trained.loss >= SATURATED

    @property
    def loss(self) -> float | None:
        """The mean loss of a word that was trained on, or None if gensim's sum is not right."""
        return None if self._saturated or not self._trained else self._loss / self._trained
