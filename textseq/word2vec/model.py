"""gensim's model of a vocabulary, and its compiled training loops."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gensim.models import FastText, KeyedVectors, Word2Vec, fasttext_corpusfile, word2vec_corpusfile

from textseq.errors import ArgumentError
from textseq.word2vec.settings import Settings
from textseq.word2vec.token_files import Integers, TokenFile, TokenFiles

Matrix = npt.NDArray[np.float32]


def new_model(settings: Settings, words: Mapping[int, str], counts: Integers) -> Word2Vec:
    """Return gensim's model of the words, in the order of their ids, untrained.

    gensim's own pass over the text to count words is not needed: they are counted.

    Args:
        settings: The hyper-parameters.
        words: The word of each id.
        counts: How often each id occurs; shape (ids,).

    Raises:
        ArgumentError: No word is frequent enough.
    """
    kept = np.flatnonzero(counts >= settings.min_count).tolist()
    frequencies = {words[number]: int(counts[number]) for number in kept}
    if not frequencies:
        raise ArgumentError(_no_words(words, counts, settings.min_count))
    model = (FastText if settings.fasttext else Word2Vec)(**_arguments(settings))
    model.build_vocab_from_freq(frequencies)
    if not len(model.wv):
        raise ArgumentError(
            f"`max_final_vocab` {settings.max_final_vocab} leaves no word: too many occur equally "
            f"often; allow more."
        )
    return model


def _arguments(settings: Settings) -> dict[str, Any]:
    same = (
        "vector_size", "window", "min_count", "negative", "sample", "alpha", "min_alpha",
        "ns_exponent", "shrink_windows", "max_final_vocab", "seed",
    )  # fmt: skip
    arguments = {name: getattr(settings, name) for name in same}
    if settings.fasttext:
        arguments |= {name: getattr(settings, name) for name in ("min_n", "max_n", "bucket")}
    return arguments | {
        "sg": int(settings.skipgram),
        "hs": int(settings.hs),
        "cbow_mean": int(settings.cbow_mean),
        "sorted_vocab": 0,  # rows follow the ids
        "workers": 1,  # of each file: see `Trainer`
    }


def weights(model: Word2Vec) -> dict[str, Matrix]:
    """Return all that training changes, by name: the arrays themselves, not copies.

    Each of shape (words, size), but for `vectors_ngrams`: (buckets, size).
    """
    names = ("vectors_vocab", "vectors_ngrams") if isinstance(model, FastText) else ("vectors",)
    arrays = {name: getattr(model.wv, name) for name in names}
    outputs = {"syn1": model.hs, "syn1neg": model.negative}
    return arrays | {name: getattr(model, name) for name, used in outputs.items() if used}


def finished(model: Word2Vec) -> KeyedVectors:
    """Return the vectors of a trained model, which is not to be used any more."""
    vectors = model.wv
    if isinstance(model, FastText):
        vectors.adjust_vectors()  # the sum of the word's own vector and its n-grams'
        vectors.buckets_word = None
    vectors.norms = None
    # gensim writes words by falling count where there is one, and rows shall follow the ids.
    vectors.expandos = {}
    return vectors


class Spelled:
    """A model's words under the names that they have in `TokenFiles`, for gensim's compiled loops.

    Has the attributes that gensim's `CythonVocab` reads of a `KeyedVectors`.
    """

    def __init__(self, model: Word2Vec, words: Mapping[int, str], tokens: TokenFiles) -> None:
        number_of = {words[number]: number for number in np.flatnonzero(tokens.counts).tolist()}
        numbers = [number_of[word] for word in model.wv.index_to_key]
        spelled = (token[:-1].decode() for token in tokens.spelled.take(numbers).to_pylist())
        self.key_to_index = {token: row for row, token in enumerate(spelled)}
        self.get_index = self.key_to_index.__getitem__
        self.expandos = model.wv.expandos
        self.buckets_word = getattr(model.wv, "buckets_word", None)


@dataclass(frozen=True)
class Trained:
    """What came of a file.

    Args:
        words: Tokens in it.
        trained: Those that were trained on: frequent enough, and not passed over.
        loss: The sum of their losses, where it was asked for.
    """

    words: int
    trained: int
    loss: float


class Trainer:
    """Trains a model on one file after another; each thread has one of its own.

    The weights are shared: threads write to them without waiting for each other, as in gensim and
    in Recht et al. 2011 ("Hogwild").

    Args:
        model: The model.
        vocabulary: Its `vocabulary`.
        settings: The hyper-parameters.
    """

    def __init__(self, model: Word2Vec, vocabulary: Any, settings: Settings) -> None:
        # What gensim keeps in the model although it is a thread's own is kept in a shallow copy.
        self._model = copy.copy(model)
        self._model.workers = self._model.epochs = 1
        self._vocabulary = vocabulary
        self._settings = settings
        self._memory = [np.zeros(settings.vector_size, np.float32) for _ in range(2)]
        loops = fasttext_corpusfile if settings.fasttext else word2vec_corpusfile
        self._loop = loops.train_epoch_sg if settings.skipgram else loops.train_epoch_cbow

    def train(self, file: TokenFile, rates: tuple[float, float], seed: list[int]) -> Trained:
        """Train on a file.

        Args:
            file: The file.
            rates: The learning rate at its beginning and at its end.
            seed: Of what is drawn.

        Returns:
            How many words were trained on, and their loss.
        """
        model = self._model
        model.alpha, model.min_alpha = rates
        model.random = np.random.RandomState(seed)
        model.running_training_loss = 0.0
        no_examples = None  # the rate falls by words, not by sentences
        arguments = [str(file.path), 0, self._vocabulary, 0, no_examples, file.words, *self._memory]
        if not self._settings.fasttext:
            arguments.append(self._settings.compute_loss)
        _, trained, _ = self._loop(model, *arguments)
        return Trained(file.words, int(trained), float(model.running_training_loss))


def vocabulary(model: Word2Vec, words: Mapping[int, str], tokens: TokenFiles) -> Any:
    """Return what gensim's loops look words up in."""
    spelled = Spelled(model, words, tokens)
    return word2vec_corpusfile.CythonVocab(
        spelled, hs=model.hs, fasttext=isinstance(model, FastText)
    )


def _no_words(words: Mapping[int, str], counts: Integers, min_count: int) -> str:
    if not counts.any():
        return "There are no words to train on; expected sentences with words in them."
    commonest = int(counts.argmax())
    return (
        f"None of {np.count_nonzero(counts):,} different words occurs {min_count} times or more, "
        f"as --min-count (min_count=) asks; give {counts[commonest]:,} or less, which is how often "
        f"the commonest, {words[commonest]!r}, occurs."
    )
