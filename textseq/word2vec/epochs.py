"""gensim's model, and its training by gensim's public `train`, a part of the text at a time."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gensim.models import FastText, KeyedVectors, Word2Vec

from textseq.errors import ArgumentError
from textseq.word2vec.config import Word2VecConfig
from textseq.word2vec.token_file import TokenFiles

PART_WORDS, LOSS_WORDS = 1_000_000, 100_000
"""Words in a part, for each thread; fewer where gensim sums the loss, which it does in float32."""

WORDS_AN_ID = 100
"""Words in a part, for each id at least: gensim copies the vocabulary at each call of `train`."""

MOST_PART_WORDS = 50_000_000
"""Words in a part, for each thread at most; see `TokenFile.gensim_words`."""

SATURATED = float(1 << 27)
"""From here on float32 does not grow when a loss is added."""

NO_WORDS = "There are no words to train on; expected sentences with words in them."


@dataclass(frozen=True)
class Progress:
    """The state of a training after each part of the text.

    Args:
        epoch: The current pass over the text, from 1.
        epochs: Passes in all.
        words: Words trained on in this pass.
        words_an_epoch: Words in a pass.
        first_epoch: The pass that this process began with; above 1 after a checkpoint.
        seconds: Since training began in this process.
        alpha: The learning rate.
        loss: The mean loss of a word in this pass: minus the logarithm of the probability of its
            true and against its noise words, summed over its context. None where it is unknown.

    Example:
        >>> from textseq.word2vec import Progress
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
        """Words trained on per second, in this process."""
        done = (self.epoch - self.first_epoch) * self.words_an_epoch + self.words
        return done / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float:
        """The time that the rest takes at this speed."""
        left = (self.epochs - self.epoch + 1) * self.words_an_epoch - self.words
        return left / max(self.words_a_second, 1e-9)

    @property
    def epoch_ended(self) -> bool:
        """Whether the pass has ended."""
        return self.words == self.words_an_epoch


OnProgress = Callable[[Progress], None]


def part_words(config: Word2VecConfig, ids: int) -> int:
    """Return how many words of a part of the text each thread is to train on."""
    if config.compute_loss:
        return LOSS_WORDS
    return min(max(PART_WORDS, WORDS_AN_ID * ids // config.threads), MOST_PART_WORDS)


class LossKeepingWord2Vec(Word2Vec):  # type: ignore[misc]  # gensim is untyped
    """Keeps the loss of each thread, of which gensim's own class has that of the last to end."""

    losses: list[float]

    @property
    def running_training_loss(self) -> float:
        """What a thread begins its sum with."""
        return 0.0

    @running_training_loss.setter
    def running_training_loss(self, loss: float) -> None:
        self.__dict__.setdefault("losses", []).append(float(loss))


def build_model(
    config: Word2VecConfig, words: Mapping[int, str], counts: npt.NDArray[np.int64]
) -> Word2Vec:
    """Return gensim's model of the words, in the order of their ids, untrained.

    `counts` holds how often each id occurs: shape (ids,).
    """
    if not counts.any():
        raise ArgumentError(NO_WORDS)
    kept = np.flatnonzero(counts >= config.min_count).tolist()
    frequencies = {words[i]: int(counts[i]) for i in kept}
    if not frequencies:
        most = int(counts.argmax())
        raise ArgumentError(
            f"None of {np.count_nonzero(counts):,} different words occurs {config.min_count} times "
            f"or more, as --min-count (min_count=) requires; give {counts[most]:,} or less, which "
            f"is how often the most frequent, {words[most]!r}, occurs."
        )
    arguments = {
        name: getattr(config, name)
        for name in (
            "vector_size", "window", "min_count", "max_final_vocab", "negative", "sample",
            "ns_exponent", "shrink_windows", "alpha", "min_alpha", "seed", "hs", "cbow_mean",
            *(("min_n", "max_n", "bucket") if config.fasttext else ()),
        )
    }  # fmt: skip
    kind = FastText if config.fasttext else LossKeepingWord2Vec
    model = kind(sg=config.skipgram, sorted_vocab=0, **arguments)
    try:
        model.build_vocab_from_freq(frequencies)
    except MemoryError as error:
        ngrams = f" and {config.bucket:,} rows of n-grams" if config.fasttext else ""
        raise ArgumentError(
            f"{len(frequencies):,} words{ngrams}, {config.vector_size:,} values each, do not fit "
            f"in memory; lower `vector_size`{' or `bucket`' * bool(ngrams)}, or raise `min_count`."
        ) from error
    if not len(model.wv):
        raise ArgumentError(
            f"`max_final_vocab` {config.max_final_vocab} leaves no word: too many are equally "
            f"frequent; allow more."
        )
    return model


def trained_weights(model: Word2Vec) -> dict[str, npt.NDArray[np.float32]]:
    """Return the arrays that training changes, by name: those of the model, not copies."""
    names = ("vectors_vocab", "vectors_ngrams") if isinstance(model, FastText) else ("vectors",)
    arrays = {name: getattr(model.wv, name) for name in names}
    outputs = {"syn1": model.hs, "syn1neg": model.negative}
    return arrays | {name: getattr(model, name) for name, used in outputs.items() if used}


def finish(model: Word2Vec) -> KeyedVectors:
    """Return the vectors of a trained model, which must not be used after that."""
    vectors = model.wv
    if isinstance(model, FastText):
        vectors.adjust_vectors()  # the weights may be those of a checkpoint
        vectors.buckets_word = None
    vectors.norms = None
    # gensim writes words by falling count where it knows the counts, and rows follow the ids.
    vectors.expandos = {}
    return vectors


class EpochTrainer:
    """Trains a model, in place, for some passes over the text."""

    def __init__(
        self,
        model: Word2Vec,
        words: Mapping[int, str],
        tokens: TokenFiles,
        config: Word2VecConfig,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._model, self._tokens, self._config = model, tokens, config
        self._on_progress = on_progress
        id_of = {words[i]: i for i in np.flatnonzero(tokens.counts).tolist()}
        self._names = [tokens.spelling(id_of[word]) for word in model.wv.index_to_key]
        self._rows = {name: row for row, name in enumerate(self._names)}

    def run(self, first: int = 1, after_epoch: Callable[[int], None] | None = None) -> None:
        """Train from one epoch, counted from 1, to the last."""
        began, epochs = time.monotonic(), self._config.epochs
        for epoch in range(first, epochs + 1):
            words, trained, loss = 0, 0, 0.0
            for place, part in enumerate(self._tokens.parts):
                with self._renamed():
                    part_trained, part_loss = self._train(epoch, place, words)
                words += part.words
                trained += part_trained
                loss += part_loss
                if self._on_progress is not None:
                    seconds, rate = time.monotonic() - began, self._rate(epoch, words)
                    mean = loss / trained if 0 < loss < math.inf else None
                    state = (epoch, epochs, words, self._tokens.words, first, seconds, rate, mean)
                    self._on_progress(Progress(*state))
            if after_epoch is not None:
                after_epoch(epoch)

    def _train(self, epoch: int, place: int, before: int) -> tuple[int, float]:
        """Train on the part at a place in the text, with this many words before it.

        Returns:
            Words that were not ignored as rare or frequent, and the sum of their losses: infinite
            where gensim cannot sum them.
        """
        model, part = self._model, self._tokens.parts[place]
        model.workers = part.threads
        model.losses = []
        # Whatever was drawn before, so that training resumes from a checkpoint to the same bytes.
        model.random = np.random.RandomState([self._config.seed, epoch, place])
        start, end = self._rate(epoch, before), self._rate(epoch, before + part.words)
        # On n threads gensim lowers the rate by an n-th of the way to `end_alpha`. It takes 0 for
        # an argument that was not given.
        end = start - part.threads * (start - end) or -1e-30
        effective, _ = model.train(
            corpus_file=str(part.path),
            total_words=part.gensim_words,
            epochs=1,
            start_alpha=start,
            end_alpha=end,
            compute_loss=self._config.compute_loss,
        )
        losses = model.losses if self._config.compute_loss else [0.0]
        return effective, sum(losses) if max(losses) < SATURATED else math.inf

    def _rate(self, epoch: int, words: int) -> float:
        """Return the learning rate after this many words of an epoch."""
        done = (epoch - 1 + words / self._tokens.words) / self._config.epochs
        start, end = self._config.alpha, self._config.min_alpha
        return max(start - (start - end) * done, end)

    @contextlib.contextmanager
    def _renamed(self) -> Iterator[None]:
        """Name the model's words by their tokens in the files while it trains."""
        vectors = self._model.wv
        names = vectors.index_to_key, vectors.key_to_index
        vectors.index_to_key, vectors.key_to_index = self._names, self._rows
        try:
            yield
        finally:
            vectors.index_to_key, vectors.key_to_index = names
