"""The training of a tagger: sentences and tags to a `TagPredictor`."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from textseq.compute.settings import shown
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.initializers import uniform
from textseq.network.training.loop import train
from textseq.network.training.observers import Observer
from textseq.network.training.options import TrainingOptions
from textseq.tagger.config import TaggerConfig
from textseq.tagger.features import WordFeatures
from textseq.tagger.linear import LinearTagger, context_rows, table_rows
from textseq.tagger.predictor import (
    TABLE,
    Sentences,
    TagPredictor,
    accuracy,
    check_sentences,
    untrained,
)
from textseq.tagger.trainable import LinearTrainable, TaggedData, TagTrainable
from textseq.tasks.network_weights import to_half
from textseq.tasks.training import Trained, fit_networks, hold_out

_log = logging.getLogger(__name__)

FEW = 1_000
"""Of fewer sentences, none are held out."""

LINEAR_RATE, LINEAR_BATCH = 0.02, 16
LINEAR_EPOCHS, LINEAR_SENTENCES, MOST_EPOCHS = 4, 6_400, 50
"""The linear model reads 6,400 sentences, in at least 4 epochs and at most 50."""

Tagged = tuple[Sentences, Sentences]
"""The tokens of sentences, and their tags."""


def train_tagger(
    config: TaggerConfig,
    training: Tagged,
    validation: Tagged | None = None,
    *,
    observers: Sequence[Observer] = (),
    column: str | None = None,
    checkpoint: StrPath | None = None,
) -> Trained[TagPredictor]:
    """Train a tagger.

    Args:
        config: The settings.
        training: Tokens and tags.
        validation: Likewise, to decide when to stop; by default, a part of the training sentences.
        observers: Who watches.
        column: The column of the tags in their file, to be saved.
        checkpoint: A folder, in which the state of the networks is kept after each epoch.

    Raises:
        ArgumentError: The sentences and tags do not match, or there are none.
        ArtifactError: The checkpoint is damaged, or of other settings or data.

    Example:
        >>> from textseq.tagger.config import TaggerConfig
        >>> from textseq.tagger.training import train_tagger
        >>> config = TaggerConfig(units=4, epochs=2, validation_fraction=0)
        >>> train_tagger(config, ([["a", "dog"]] * 4, [["D", "N"]] * 4)).model.tags
        ('D', 'N')
    """
    training = check_tagged(training, "y")
    if validation is None:
        training, validation = hold_out(training, config, FEW)
    else:
        validation = check_tagged(validation, "validation_data")
    features = WordFeatures.learn(training[0], config.affixes, config.buckets)
    tags = tuple(sorted({tag for sentence in training[1] for tag in sentence}))
    if validation is not None and not {*tags} & {*chain.from_iterable(validation[1])}:
        raise ArgumentError(
            "`validation_data` must have tags that the training sentences have too. Received none."
        )
    parts = [training] if validation is None else [training, validation]
    linear = _train_linear(config, features, tags, parts) if config.linear else None
    data, *others = (_encode(part, features, tags) for part in parts)
    held_out = others[0] if others else None

    def build(seed: int) -> TagTrainable:
        return TagTrainable(_start(config, features, len(tags), seed), data, config)

    trained = fit_networks(
        build, config, data, held_out, observers=observers, checkpoint=checkpoint
    )
    config = config.replace(networks=len(trained.weights))
    networks = tuple(
        untrained(config).with_weights({**own, TABLE: to_half(own[TABLE])})
        for own in trained.weights
    )
    frequent = _most_frequent(training, features, tags)
    model = TagPredictor(config, features, tags, networks, linear, frequent, column)
    scores = None
    if validation is not None:
        answers = {
            "accuracy": model.predict(validation[0]),
            **({"linear": model.without_networks(validation[0])} if linear else {}),
            "most_frequent": model.most_frequent(validation[0]),
        }
        scores = {name: accuracy(validation[1], tags) for name, tags in answers.items()}
    return Trained(model, trained.histories, trained.interrupted, scores)


def _train_linear(
    config: TaggerConfig, features: WordFeatures, tags: Sequence[str], parts: Sequence[Tagged]
) -> LinearTagger:
    """Train the linear model on the first part, and stop when it is best on the second."""
    size = table_rows(sum(map(len, parts[0][0])), len(tags))
    data = [_encode(part, features, tags, size) for part in parts]
    seen = np.bincount(data[0].rows.reshape(-1), minlength=size)
    data[0].rows[seen[data[0].rows] < 2] = 0
    empty = LinearTagger(np.zeros((size, len(tags)), np.float32), np.zeros(len(tags), np.float32))
    network = LinearTrainable(empty, data[0])
    epochs = min(MOST_EPOCHS, max(LINEAR_EPOCHS, LINEAR_SENTENCES // len(parts[0][0])))
    options = TrainingOptions(
        epochs, LINEAR_BATCH, LINEAR_RATE, patience=LINEAR_EPOCHS, seed=config.seed
    )
    _log.info("Training a linear model of words and their neighbours")
    train(network, data[0], data[1] if len(data) > 1 else None, options)
    return replace(network.model, table=network.model.table.astype(np.float16))


def _start(config: TaggerConfig, features: WordFeatures, tags: int, seed: int) -> PackedNetwork:
    """Return a network before training; only the known words have vectors then."""
    random = np.random.default_rng(seed)
    table = np.zeros((features.size, config.dimension), np.float32)
    known = slice(1, 1 + len(features.words))
    table[known] = uniform(random, table[known].shape)
    sizes = {"dimension": config.dimension, "units": config.units, "outputs": tags}
    network = untrained(config).with_weights({TABLE: table})
    return network.start(random, **sizes)


def check_tagged(tagged: Tagged, name: str) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """Return the sentences that have tokens, each with its tags."""
    sentences, tags = (list(part) for part in tagged)
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


def _encode(
    tagged: Tagged, features: WordFeatures, tags: Sequence[str], linear_size: int = 0
) -> TaggedData:
    """Return sentences as a network reads them; as the linear model does, if its size is given."""
    sentences, expected = tagged
    index = {tag: i for i, tag in enumerate(tags)}
    tokens = [token for sentence in sentences for token in sentence]
    offsets = np.cumsum([0, *map(len, sentences)], dtype=np.int64)
    codes = features.codes(tokens)
    rows = (
        context_rows(features, codes, offsets, linear_size)
        if linear_size
        else features.rows(tokens, codes)
    )
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
