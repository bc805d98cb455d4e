"""The training of a tagger: sentences and tags to a `TagPredictor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from textseq.compute.settings import shown
from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Rows
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.initializers import uniform
from textseq.network.training.checkpoint import History
from textseq.network.training.loop import TrainingInterrupted, train
from textseq.network.training.networks import seeds_of
from textseq.network.training.observers import Observer
from textseq.network.training.packed import Batch, PackedTrainable
from textseq.network.training.packing import pack_documents
from textseq.tagger.config import TaggerConfig
from textseq.tagger.features import OWN, WordFeatures
from textseq.tagger.predictor import (
    TABLE,
    Sentences,
    TagPredictor,
    answer,
    check_sentences,
    untrained,
)

Tagged = tuple[Sentences, Sentences]
"""The tokens of sentences, and their tags."""


class TaggedData(NamedTuple):
    """Tagged sentences, as a network reads them; see `Data`.

    Args:
        rows: The rows that each token sums: (tokens, columns).
        offsets: Where each sentence begins, and the end.
        targets: The index of each token's tag; -1 for one that the tagger does not know.
    """

    rows: Rows
    offsets: IntArray
    targets: IntArray

    @property
    def lengths(self) -> IntArray:
        """The tokens of each sentence."""
        return np.diff(self.offsets)

    @property
    def weights(self) -> FloatArray:
        """The weight of each sentence: that of each token is the same."""
        return np.ones(len(self.offsets) - 1, np.float32)

    @property
    def arrays(self) -> Sequence[AnyArray]:
        """All of it, for a checksum."""
        return tuple(self)


class TagTrainable(PackedTrainable):
    """A network in training that answers each token.

    Args:
        network: With the weights before training.
        training: The training set.
        config: The rates of dropout.
    """

    network: PackedNetwork

    def __init__(self, network: PackedNetwork, training: TaggedData, config: TaggerConfig) -> None:
        super().__init__(network, dropout=config.dropout, vector_dropout=config.vector_dropout)
        self.training, self.word_dropout = training, config.word_dropout
        self._places = np.arange(len(training.rows), dtype=np.int32)[:, None]

    def pack(self, documents: IntArray, random: np.random.Generator) -> Batch:
        """Return the batch of some sentences; words that are dropped keep their affixes."""
        none = np.empty(0, np.bool_)
        packed, starts, _ = pack_documents(self._places, self.training.offsets, documents, none)
        places = packed[:, 0]
        rows = self.training.rows[places]
        rows[random.random(len(rows), np.float32) < self.word_dropout, :OWN] = 0
        ones = np.ones(len(rows), np.float32)
        return Batch(rows[:, 0], starts, self.training.targets[places], ones, rows)

    def network_of(self, weights: NamedArrays) -> PackedNetwork:
        """Return a network of the same parts with other weights."""
        return self.network.with_weights(weights)

    def validate(self, data: TaggedData) -> tuple[float, float]:
        """Return the mean loss and the mean accuracy of the tokens."""
        known = data.targets >= 0
        predictions = answer(self.network, data.rows, data.offsets)[known]
        return self.head.score(data.targets[known], predictions)


@dataclass(frozen=True)
class TrainedTagger:
    """What training made.

    Args:
        model: The tagger.
        histories: Of each network, loss and accuracy of each epoch.
        interrupted: Whether Ctrl-C ended it; the model is the best until then.
    """

    model: TagPredictor
    histories: list[History]
    interrupted: bool = False

    @property
    def metrics(self) -> dict[str, Any]:
        """What metrics.json holds."""
        return {"histories": self.histories}


def train_tagger(
    config: TaggerConfig,
    training: Tagged,
    validation: Tagged | None = None,
    *,
    observers: Sequence[Observer] = (),
    column: str | None = None,
) -> TrainedTagger:
    """Train a tagger.

    Args:
        config: The settings.
        training: Tokens and tags.
        validation: Likewise, to decide when to stop; by default, a part of the training sentences.
        observers: Who watches.
        column: The column of the tags in their file, to be saved.

    Raises:
        ArgumentError: The sentences and tags do not match, or there are none.

    Example:
        >>> from textseq.tagger.config import TaggerConfig
        >>> from textseq.tagger.training import train_tagger
        >>> config = TaggerConfig(units=4, epochs=2, validation_fraction=0)
        >>> train_tagger(config, ([["a", "dog"]] * 4, [["D", "N"]] * 4)).model.tags
        ('D', 'N')
    """
    training = _checked(training, "y")
    if validation is None:
        training, validation = _split(training, config)
    else:
        validation = _checked(validation, "validation_data")
    features = WordFeatures.learn(training[0], config.affixes, config.buckets)
    tags = tuple(sorted({tag for sentence in training[1] for tag in sentence}))
    data = _encode(training, features, tags)
    held_out = None if validation is None else _encode(validation, features, tags)
    networks: list[PackedNetwork] = []
    histories: list[History] = []
    interrupted = False
    for k, seed in enumerate(seeds_of(config.seed, config.networks), start=1):
        network = TagTrainable(_start(config, features, len(tags), seed), data, config)
        options = replace(config.training_options, seed=seed, word_dropout=0.0)
        params = {"network": k, "networks": config.networks}
        try:
            history = train(network, data, held_out, options, observers=observers, params=params)
        except TrainingInterrupted as stopped:
            history, interrupted = stopped.history, True
        networks.append(network.network)
        histories.append(history)
        if interrupted:
            config = config.replace(networks=k)
            break
    frequent = _most_frequent(training, features, tags)
    model = TagPredictor(config, features, tags, tuple(networks), frequent, column)
    return TrainedTagger(model, histories, interrupted)


def _start(config: TaggerConfig, features: WordFeatures, tags: int, seed: int) -> PackedNetwork:
    """Return a network before training; only the known words have vectors then."""
    random = np.random.default_rng(seed)
    table = np.zeros((features.size, config.dimension), np.float32)
    known = slice(1, 1 + len(features.words))
    table[known] = uniform(random, table[known].shape)
    sizes = {"dimension": config.dimension, "units": config.units, "outputs": tags}
    network = untrained(config).with_weights({TABLE: table})
    return network.start(random, **sizes)


def _checked(tagged: Tagged, name: str) -> Tagged:
    """Return the sentences that have tokens, each with its tags."""
    sentences, tags = tagged
    check_sentences(sentences)
    if len(sentences) != len(tags):
        raise ArgumentError(
            f"`{name}` must have the tags of {len(sentences):,} sentences. Received those of "
            f"{len(tags):,}."
        )
    for number, (sentence, own) in enumerate(zip(sentences, tags, strict=True), start=1):
        if isinstance(own, str) or len(sentence) != len(own):
            raise ArgumentError(
                f"`{name}` must have a tag for each token: sentence {number} has {len(sentence)} "
                f"tokens. Received: {shown(own)}."
            )
        if not all(isinstance(tag, str) and tag for tag in own):
            raise ArgumentError(
                f"`{name}` must hold tags that are strings; see sentence {number}. Received: "
                f"{shown(own)}."
            )
    kept = [i for i, sentence in enumerate(sentences) if len(sentence)]
    if not kept:
        raise ArgumentError("Expected tagged sentences to train on. Received none.")
    return [sentences[i] for i in kept], [tags[i] for i in kept]


def _split(tagged: Tagged, config: TaggerConfig) -> tuple[Tagged, Tagged | None]:
    """Return the sentences to train on, and those to validate on, drawn at random."""
    sentences, tags = tagged
    count = int(len(sentences) * config.validation_fraction)
    if not count:
        return tagged, None
    order = np.random.default_rng([config.seed, count]).permutation(len(sentences)).tolist()
    parts = (sorted(order[count:]), sorted(order[:count]))
    first, second = (([sentences[i] for i in p], [tags[i] for i in p]) for p in parts)
    return first, second


def _encode(tagged: Tagged, features: WordFeatures, tags: Sequence[str]) -> TaggedData:
    """Return sentences as a network reads them."""
    sentences, expected = tagged
    index = {tag: i for i, tag in enumerate(tags)}
    rows = features.rows([token for sentence in sentences for token in sentence])
    offsets = np.cumsum([0, *map(len, sentences)], dtype=np.int64)
    targets = np.array([index.get(tag, -1) for own in expected for tag in own], np.int64)
    return TaggedData(rows, offsets, targets)


def _most_frequent(tagged: Tagged, features: WordFeatures, tags: Sequence[str]) -> tuple[int, ...]:
    """Return the index of the most frequent tag of all, and of each known word."""
    index = {tag: i for i, tag in enumerate(tags)}
    counts: dict[str, Counter[str]] = {word: Counter() for word in features.words}
    total: Counter[str] = Counter()
    for sentence, own in zip(*tagged, strict=True):
        total.update(own)
        for word, tag in zip(sentence, own, strict=True):
            counts[word][tag] += 1
    return tuple(index[each.most_common(1)[0][0]] for each in (total, *counts.values()))
