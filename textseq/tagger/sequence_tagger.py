"""SequenceTagger: tokens and tags in, tags and probabilities out, by scikit-learn's conventions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from textseq.files.paths import StrPath
from textseq.network.arrays import FloatArray
from textseq.network.training.observers import Observer
from textseq.tagger.config import TaggerConfig
from textseq.tagger.predictor import FORMAT, Sentences, TagPredictor, accuracy
from textseq.tagger.training import Tagged, check_tagged, train_tagger
from textseq.tasks.estimator import SettingsEstimator


class SequenceTagger(SettingsEstimator[TagPredictor], config=TaggerConfig):
    """A recurrent network that labels each token of a sentence, such as with its part of speech.

    A word's vector is the sum of its own, which training leaves out at times, and of those of its
    prefixes, suffixes and shape, so that a word never seen has one too. Networks of several seeds
    (`networks`) are averaged.

    Args:
        {arguments}

    Attributes:
        model_: The trained `TagPredictor`.
        classes_: The tags, sorted.
        histories_: Loss and accuracy of each epoch of each network, per token.

    Example:
        >>> from textseq.tagger import SequenceTagger
        >>> X = [["the", "cat", "sleeps"], ["a", "dog", "barks"]] * 8
        >>> y = [["DET", "NOUN", "VERB"]] * 16
        >>> tagger = SequenceTagger(units=16, epochs=5, validation_fraction=0).fit(X, y)
        >>> tagger.predict([["a", "cat", "barks"]])
        [['DET', 'NOUN', 'VERB']]
        >>> tagger.score(X, y)
        1.0
    """

    model_class, format = TagPredictor, FORMAT

    def fit(
        self,
        X: Sentences,  # noqa: N803  (scikit-learn's name)
        y: Sentences,
        *,
        validation_data: Tagged | None = None,
        callbacks: Sequence[Observer] = (),
        checkpoint: StrPath | None = None,
    ) -> Self:
        """Learn from tagged sentences; Ctrl-C leaves what was learned, and is raised again.

        Args:
            X: The tokens of each sentence.
            y: The tags of each sentence, a string for each token.
            validation_data: Tokens and tags that decide when to stop. By default, a part of the
                sentences, see `validation_fraction`.
            callbacks: Who watches the training; see `Observer`.
            checkpoint: A folder. The state is written there after each epoch, and the same call
                resumes from it.

        Raises:
            ArgumentError: The tags do not match the tokens, or a setting is out of its range.
        """
        trained = train_tagger(
            self._config, (X, y), validation_data, observers=callbacks, checkpoint=checkpoint
        )
        return self._learn(trained)

    def predict(self, X: Sentences) -> list[list[str]]:  # noqa: N803
        """Return the tags of sentences, a list for each."""
        return self._fitted().predict(X)

    def predict_proba(self, X: Sentences) -> list[FloatArray]:  # noqa: N803
        """Return the probabilities of the tags of sentences: (tokens, tags) for each."""
        return self._fitted().predict_proba(X)

    def score(self, X: Sentences, y: Sentences) -> float:  # noqa: N803
        """Return the accuracy: the fraction of tokens whose tag is right."""
        sentences, tags = check_tagged((X, y), "y")
        return accuracy(tags, self.predict(sentences))

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The tags, in the order of the columns of `predict_proba`."""
        return np.array(self._fitted().tags)
