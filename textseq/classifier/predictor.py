"""A saved classifier that only labels: it loads without scikit-learn, Keras and TensorFlow.

    texts -> tokenizer -> ids -> networks and linear model -> temperature -> probabilities

`SentenceClassifier` does the same and learns too; this is for a program that starts, labels a
sentence and ends, such as `textseq classify predict`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.calibration import tempered
from textseq.classifier.ensemble import Committee, parted
from textseq.classifier.labels import check_texts
from textseq.classifier.model_folder import Artifact, load_artifact
from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.network.inference.numpy_network import NumpyNetwork
from textseq.network.linear import Linear
from textseq.network.model_spec import BUILT_IN
from textseq.network.ngrams import Ngrams
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.analyzers import Analyzer
from textseq.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class Predictor:
    """A trained classifier of built-in parts; make it with `load`.

    Args:
        tokenizer: The fitted tokenizer.
        networks: The forward passes, whose probabilities are averaged; one or more.
        classes: The labels, in the order of the columns of `predict_proba`.
        vocabulary: The number of ids, the reserved 0 among them.
        linear: The linear model that answers beside them, if there is one.
        maxlen: Of longer texts, networks read the last `maxlen` tokens; None reads all.
        temperature: What the logits are divided by; see `calibration`.
    """

    tokenizer: Tokenizer
    networks: tuple[NumpyNetwork, ...]
    classes: tuple[Any, ...]
    vocabulary: int
    linear: Linear | None = None
    maxlen: int | None = None
    temperature: float = 1.0

    @classmethod
    def load(cls, path: StrPath, *, analyzer: str | Analyzer | None = None) -> Predictor:
        """Read a classifier from a folder. Nothing in the folder can run code.

        Args:
            path: The folder.
            analyzer: The tokenizer's analyzer, where that is code of your own.

        Raises:
            ArtifactError: The folder is not whole or was changed, or a part of the network is
                code of your own, with which only `SentenceClassifier.load` can predict.
        """
        return cls.of(load_artifact(path, analyzer=analyzer), path)

    @classmethod
    def of(cls, artifact: Artifact, path: StrPath) -> Predictor:
        """Make a predictor of what was read from a folder; `path` names it in an error.

        Raises:
            ArtifactError: As for `load`.
        """
        config = artifact.config
        try:
            for kind, names in BUILT_IN.items():
                if config[kind] not in names:
                    raise ArgumentError(
                        f"its {kind} {config[kind]!r} is code outside textseq, and loading a file "
                        f"never runs code; name it yourself with --{kind} "
                        f"(SentenceClassifier.load(..., {kind}=))"
                    )
            vocabulary, maxlen = int(config["vocabulary"]), config["maxlen"]
            ngrams = None
            if config["embedding"] == "ngrams":
                ngrams = Ngrams(vocabulary, int(config["ngrams"]), int(config["buckets"]))
            classes = tuple(config["classes"])
            of_networks, linear = parted(
                artifact.weights, vocabulary, config.get("linear", 0), len(classes)
            )
            networks = tuple(
                NumpyNetwork(
                    weights,
                    config["cell"],
                    config["pooling"],
                    bool(config["bidirectional"]),
                    ngrams,
                )
                for weights in of_networks
            )
            for network in networks:
                network.check(
                    vocabulary=vocabulary,
                    dimension=int(config["dimension"]),
                    units=int(config["units"]),
                    classes=len(classes),
                )
            check_numbers(artifact.tokenizer, vocabulary)
            return cls(
                artifact.tokenizer,
                networks,
                classes,
                vocabulary,
                linear,
                None if maxlen is None else int(maxlen),
                saved_temperature(config),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ArtifactError(f"The model '{path}' cannot be used: {error}.") from error

    def predict_proba(self, texts: Iterable[str] | Sequences) -> npt.NDArray[np.float32]:
        """Return the probability of each class: float32, shape (documents, classes)."""
        sequences = encoded(self.tokenizer, texts, self.vocabulary)
        return tempered(self._committee.probabilities(sequences), self.temperature)

    @property
    def alone(self) -> Predictor:
        """The first network by itself; this very predictor where it is all there is."""
        if len(self.networks) == 1 and self.linear is None:
            return self
        return replace(self, networks=self.networks[:1], linear=None, temperature=1.0)

    @cached_property
    def _committee(self) -> Committee:
        readers = [network.probabilities for network in self.networks]
        return Committee(readers, self.linear, self.maxlen)


def encoded(tokenizer: Tokenizer, texts: Iterable[str] | Sequences, vocabulary: int) -> Sequences:
    """Return texts as ids; ids that are given are checked.

    Args:
        tokenizer: A fitted one.
        texts: Texts, or the ids of texts.
        vocabulary: The number of ids, the reserved 0 among them.

    Raises:
        ArgumentError: An id is 0, which is padding, or beyond the vocabulary.

    Example:
        >>> from textseq import Sequences, Tokenizer
        >>> from textseq.classifier.predictor import encoded
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["high enough"])
        >>> encoded(tokenizer, Sequences.from_lists([[2, 3]]), 3)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: The ids go from 2 to 3, where the tokenizer has 1 to 2; ...
    """
    if isinstance(texts, Sequences):
        if len(texts.ids) and not 0 < texts.ids.min() <= texts.ids.max() < vocabulary:
            raise ArgumentError(
                f"The ids go from {texts.ids.min()} to {texts.ids.max()}, where the tokenizer has "
                f"1 to {vocabulary - 1}; give the tokenizer that made them, and no padding."
            )
        return texts
    return tokenizer.encode(check_texts(texts))


def check_numbers(tokenizer: Tokenizer, vocabulary: int) -> None:
    """Raise an error unless a network of a vocabulary has a row for each number of a tokenizer.

    Raises:
        ArgumentError: The tokenizer gives a word a number that is not from 1 to below it.

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.classifier.predictor import check_numbers
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["high enough"])
        >>> check_numbers(tokenizer, 2)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: its tokenizer numbers words up to 2, where the network has ...
    """
    numbers, limit = tokenizer.word_index.values(), tokenizer.num_words
    used = [number for number in numbers if number < limit] if limit else numbers
    lowest, highest = min(used, default=1), max(used, default=1)
    if lowest < 1 or highest >= vocabulary:
        numbered = f"from {lowest}" if lowest < 1 else f"up to {highest}"
        raise ArgumentError(
            f"its tokenizer numbers words {numbered}, where the network has rows for 1 to "
            f"{vocabulary - 1}"
        )


def saved_temperature(config: Mapping[str, Any]) -> float:
    """Return the temperature of a saved classifier; 1 for those saved before there was one.

    Raises:
        ArgumentError: It is no finite number above 0.

    Example:
        >>> from textseq.classifier.predictor import saved_temperature
        >>> saved_temperature({"temperature": 1.5}), saved_temperature({})
        (1.5, 1.0)
    """
    temperature = config.get("temperature", 1.0)
    if (
        isinstance(temperature, bool)
        or not isinstance(temperature, int | float)
        or not math.isfinite(temperature)
        or temperature <= 0
    ):
        raise ArgumentError(
            f"its temperature must be a finite number above 0, and is {temperature!r}"
        )
    return float(temperature)
