"""A trained tagger that only predicts: it loads without scikit-learn, Keras and TensorFlow.

    tokens -> `WordFeatures`: rows -> sums of rows -> networks -> mean of their probabilities
                         codes -> rows of words and neighbours -> linear model -> probabilities

A model folder's config.json has, besides the settings of `TaggerConfig`:

    tags        the tags, in the order of the outputs
    words       the known words, in the order of their rows
    frequent    the index of the most frequent tag of each known word, before these that of all
    column      the column of the tags in the file that it was trained on, if it had a name

and weights.safetensors, for network k from 1: k.embedding.embeddings, (rows, dimension);
k.forward.kernel and so on as a classifier's; k.output.kernel and k.output.bias; and linear.table,
(rows, tags), and linear.bias, where there is a linear model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np

from textseq.compute.cold_start import compiled_loops
from textseq.compute.settings import shown
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.network.arrays import AnyArray, FloatArray, IntArray, NamedArrays, Rows
from textseq.network.heads import SOFTMAX
from textseq.network.inference.inputs import LOOPS
from textseq.network.inference.packed_network import PackedNetwork
from textseq.network.inference.packed_sequence import longest_first, pack
from textseq.network.inference.summed_embedding import sum_rows
from textseq.network.weight_shapes import check_shapes
from textseq.registry import counted
from textseq.sequences.sequences import Sequences
from textseq.tagger.config import TaggerConfig
from textseq.tagger.features import Codes, WordFeatures
from textseq.tagger.linear import LinearTagger, context_rows
from textseq.tasks.model_card import Metric, ModelCard, is_number, plain_card
from textseq.tasks.model_folder import ModelFormat, SavedModel
from textseq.tasks.network_weights import flatten_weights, split_weights

TABLE = "embedding.embeddings"

BATCH = 128
"""Sentences that are read together."""

LEAST = np.float32(1e-12)
"""What each tag has at least, so that two answers which exclude each other have a mean."""

Sentences = Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False, repr=False)
class TagPredictor:
    """A trained tagger; `load` reads one from a folder. Any number of threads may share one.

    Args:
        config: Its settings.
        features: The rows of words.
        tags: The tags, in the order of the columns of `predict_proba`.
        networks: Its networks.
        linear: The linear model that answers with them, if there is one.
        frequent: Indices of tags: the most frequent one; then of each known word the one that it
            has most often. By themselves they are the baseline.
        column: The column of the tags in the training file, where it had a name.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from textseq.tagger import SequenceTagger, TagPredictor
        >>> X, y = [["the", "cat"], ["a", "dog"]] * 8, [["D", "N"], ["D", "N"]] * 8
        >>> folder = Path(mkdtemp()) / "model"
        >>> SequenceTagger(units=8, epochs=3, validation_fraction=0).fit(X, y).save(folder)
        >>> predictor = TagPredictor.load(folder)
        >>> predictor
        TagPredictor(2 tags, 1 network and a linear model, 4 words)
        >>> predictor.predict([["the", "cog"]])
        [['D', 'N']]
    """

    config: TaggerConfig
    features: WordFeatures
    tags: tuple[str, ...]
    networks: tuple[PackedNetwork, ...]
    linear: LinearTagger | None
    frequent: tuple[int, ...]
    column: str | None = None

    @classmethod
    def load(cls, path: StrPath) -> TagPredictor:
        """Read a tagger from a folder.

        Raises:
            ArtifactError: The folder is not whole, was changed, or does not fit together.
        """
        saved = FORMAT.load(path)
        entries = saved.config
        with wrap_read_errors(f"The model '{path}'", "cannot be used"):
            config = TaggerConfig.from_config(entries)
            features = WordFeatures(tuple(entries["words"]), config.affixes, config.buckets)
            tags, frequent = tuple(entries["tags"]), tuple(entries["frequent"])
            weights, others = split_weights(saved.weights)
            networks = tuple(_network(config, features, len(tags), own) for own in weights)
            if len(networks) != config.networks:
                raise ArgumentError(f"it has {len(networks)} networks, not {config.networks}")
            linear = _linear(others, len(tags)) if config.linear else None
            if linear is None:
                check_shapes(others, {})
            if len(frequent) != 1 + len(features.words) or max(frequent) >= len(tags):
                raise ArgumentError("its `frequent` does not name a tag of each of its words")
        return cls(config, features, tags, networks, linear, frequent, entries.get("column"))

    def save(self, path: StrPath, metrics: Mapping[str, Any], *, force: bool = False) -> None:
        """Write the tagger, and how its training went, to a folder."""
        config = {
            **self.config.to_config(),
            "tags": list(self.tags),
            "words": list(self.features.words),
            "frequent": list(self.frequent),
            "column": self.column,
        }
        FORMAT.save(path, SavedModel(config, self.weights, dict(metrics)), force=force)

    @property
    def weights(self) -> dict[str, AnyArray]:
        """All weights by name; those of network k have the prefix `k.`."""
        weights = flatten_weights(network.weights for network in self.networks)
        if self.linear is not None:
            weights |= {"linear.table": self.linear.table, "linear.bias": self.linear.bias}
        return weights

    def predict_proba(self, sentences: Sentences) -> list[FloatArray]:
        """Return the probabilities of the tags of each sentence: float32, (tokens, tags) each.

        Args:
            sentences: The tokens of each.
        """
        tokens, offsets, codes = self._encode(sentences)
        rows = self.features.rows(tokens, codes)
        mean = np.zeros((len(rows), len(self.tags)), np.float32)
        for network in self.networks:
            mean += answer(network, rows, offsets) / np.float32(len(self.networks))
        if self.linear is not None:  # the geometric mean of the networks' answer and its own
            mean = np.sqrt(mean) * np.sqrt(self._answer_linearly(codes, offsets)) + LEAST
            mean /= mean.sum(axis=1, keepdims=True)
        return [mean[start:end] for start, end in pairwise(offsets.tolist())]

    def _encode(self, sentences: Sentences) -> tuple[list[str], IntArray, Codes]:
        """Return the tokens, where each sentence begins, and the tokens' codes."""
        tokens = check_sentences(sentences)
        offsets = np.cumsum([0, *map(len, sentences)], dtype=np.int64)
        return tokens, offsets, self.features.codes(tokens)

    def _answer_linearly(self, codes: Codes, offsets: IntArray) -> FloatArray:
        """Return the probabilities of the linear model: (tokens, tags)."""
        assert self.linear is not None  # noqa: S101  (asked only where there is one)
        rows = context_rows(self.features, codes, offsets, len(self.linear.table))
        return self.linear.probabilities(rows)

    def without_networks(self, sentences: Sentences) -> list[list[str]]:
        """Return the tags that the linear model predicts alone."""
        _, offsets, codes = self._encode(sentences)
        found = self._answer_linearly(codes, offsets)
        return [self.decode(found[start:end]) for start, end in pairwise(offsets.tolist())]

    def predict(self, sentences: Sentences) -> list[list[str]]:
        """Return the tags of each sentence.

        Args:
            sentences: The tokens of each.
        """
        return [self.decode(each) for each in self.predict_proba(sentences)]

    def decode(self, probabilities: FloatArray) -> list[str]:
        """Return the most probable tags of a sentence: (tokens, tags) to tokens."""
        return [self.tags[i] for i in SOFTMAX.decode(probabilities).tolist()]

    def most_frequent(self, sentences: Sentences) -> list[list[str]]:
        """Return what is most frequent: of each known word its own tag, of others that of all."""
        return [
            [self.tags[self.frequent[row]] for row in self.features.ids(sentence).tolist()]
            for sentence in sentences
        ]

    def __repr__(self) -> str:
        parts = counted(len(self.networks), "network") + " and a linear model" * bool(self.linear)
        return f"TagPredictor({len(self.tags)} tags, {parts}, {len(self.features.words):,} words)"


def check_sentences(sentences: Sentences) -> list[str]:
    """Return the tokens of all sentences, end to end.

    Raises:
        ArgumentError: A sentence is no list of strings.
    """
    tokens: list[str] = []
    for number, sentence in enumerate(sentences, start=1):
        if isinstance(sentence, str) or not all(isinstance(token, str) for token in sentence):
            raise ArgumentError(
                f"Sentence {number} must be a list of tokens, such as {['The', 'end']}; split it, "
                f"as `str.split` does. Received: {shown(sentence)}."
            )
        tokens.extend(sentence)
    return tokens


def accuracy(true: Sentences, predicted: Sentences) -> float:
    """Return the fraction of tokens whose tag is right."""
    pairs = zip(chain.from_iterable(true), chain.from_iterable(predicted), strict=True)
    right = [tag == found for tag, found in pairs]
    return sum(right) / max(1, len(right))


def answer(network: PackedNetwork, rows: Rows, offsets: IntArray) -> FloatArray:
    """Return the probabilities of the tags of each token: float32, (tokens, tags).

    Args:
        network: Its weights hold the embedding.
        rows: The rows that each token sums: (tokens, columns).
        offsets: Where each sentence begins, and the end.
    """
    out = np.empty((len(rows), len(network.weights["output.bias"])), np.float32)
    places = Sequences(np.arange(len(rows), dtype=np.int32), offsets)
    compiled_loops(LOOPS, len(places))  # loads them where the sentences are many
    for batch in longest_first(places, BATCH):
        packed = pack(places, batch)
        x = sum_rows(network.weights[TABLE], rows[packed.places])
        out[packed.places] = network.predict(x, packed.starts, len(batch))
    return out


def untrained(config: TaggerConfig) -> PackedNetwork:
    """Return a network of a tagger's parts without weights."""
    return PackedNetwork({}, config.cell_part, None, SOFTMAX, config.bidirectional)


def _network(
    config: TaggerConfig, features: WordFeatures, tags: int, weights: NamedArrays
) -> PackedNetwork:
    """Return a network of a saved model, after a look at its shapes."""
    network = untrained(config).with_weights(weights)
    sizes = {"dimension": config.dimension, "units": config.units, "outputs": tags}
    table = {TABLE: (features.size, config.dimension)}
    check_shapes(weights, {**network.shapes(**sizes), **table})
    return network


def _linear(weights: NamedArrays, tags: int) -> LinearTagger:
    """Return the linear model of a saved one, after a look at its shapes."""
    rows = len(weights.get("linear.table", ()))
    check_shapes(weights, {"linear.table": (rows, tags), "linear.bias": (tags,)})
    if rows < 2:
        raise ArgumentError("its linear model has no rows")
    return LinearTagger(weights["linear.table"], weights["linear.bias"])


def _check_entries(entries: Mapping[str, Any]) -> None:
    """Check each entry of a config.json that is there; see `ModelFormat`."""
    TaggerConfig.from_config(entries)
    for name in ("tags", "words"):
        value = entries.get(name, [])
        strings = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if not strings or len(set(value)) != len(value) or (name == "tags" and value == []):
            raise ArgumentError(f"its {name} must be different strings. Received: {shown(value)}.")
    frequent, column = entries.get("frequent", [0]), entries.get("column")
    if not isinstance(frequent, list) or not all(type(i) is int and i >= 0 for i in frequent):
        raise ArgumentError(f"its frequent must be indices. Received: {shown(frequent)}.")
    if not isinstance(column, str | None):
        raise ArgumentError(f"its column must be a name. Received: {shown(column)}.")


def _card_of(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> ModelCard:
    """Return the model card of a folder; see `ModelFormat`."""
    found = metrics.get("validation")
    accuracy: Any = found.get("accuracy") if isinstance(found, Mapping) else None
    return plain_card(
        "token-classification",
        f"A tagger of words: it gives each word one of {len(config.get('tags') or []):,} tags.",
        'textseq tag predict {model} "The old baker opened his shop."',
        "from textseq.tagger import TagPredictor\n\n"
        'print(TagPredictor.load({model}).predict([["The", "old", "baker"]]))',
        config,
        [Metric("accuracy", accuracy, "validation words")] if is_number(accuracy) else (),
    )


FORMAT = ModelFormat(
    "textseq-tagger", 1, "tagger", "textseq tag train", _check_entries, card=_card_of
)
