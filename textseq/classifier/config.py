"""The settings of a classifier, each declared once, and their form in config.json.

From the fields of `ClassifierConfig` come the arguments of `SentenceClassifier` and their
documentation, the checks, the entries of config.json, and the options of `classify train`.

Parts of the user's own are saved by name alone. Reading never turns such a name into code: whoever
reads must hand the part over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from textseq.classifier.presets import PRESETS, preset_settings
from textseq.compute.settings import check_settings, setting
from textseq.errors import ArgumentError
from textseq.network.model_spec import BUILT_IN, ModelSpec
from textseq.tokenizer.analyzers import ANALYZERS

Part = str | Callable[..., Any]


@dataclass(frozen=True)
class ClassifierConfig:
    """The settings of a classifier; None leaves one to the preset, see `presets`.

    Raises:
        ArgumentError: A setting is out of its range; the message names both.

    Example:
        >>> from textseq.classifier.config import ClassifierConfig
        >>> ClassifierConfig(dropout=1.5)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `dropout` must be from 0 to below 1. Received: 1.5.
    """

    preset: str = setting(
        "accurate",
        "What decides the settings that are not given: "
        + "; ".join(f"{name}: {preset.about}" for name, preset in PRESETS.items())
        + ".",
        choices=tuple(PRESETS),
    )
    embedding: Part | None = setting(
        None,
        "learned, ngrams (words and hashed n-grams), onehot, word2vec (with vectors), or your own "
        "package.module:factory.",
        option_type=str | None,
    )
    cell: Part = setting(
        "simple_rnn", "simple_rnn, gru, lstm, or your own package.module:factory.", option_type=str
    )
    pooling: Part | None = setting(
        None,
        "last (the textbook's: the state after the last token), mean, max, attention, or your own "
        "package.module:factory.",
        option_type=str | None,
    )
    units: int | None = setting(None, "Size of the state, in each direction.", at_least=1)
    bidirectional: bool | None = setting(
        None,
        "Whether a second cell reads each text from its end.",
        flags=("--bidirectional/--no-bidirectional",),
    )
    dimension: int | None = setting(
        None,
        "Length of a word vector; that of the starting vectors, where there are any.",
        at_least=1,
    )
    vectors: Any = setting(
        None,
        "Word vectors to start from, for the embeddings word2vec and ngrams: a file, or in Python "
        "gensim's KeyedVectors.",
        metavar="FILE",
        option_type=str | None,
    )
    tuned: bool = setting(
        True,
        "Whether the starting vectors go on learning or stay frozen.",
        flags=("--tuned/--frozen",),
    )
    ngrams: int | None = setting(
        None,
        "For the embedding ngrams: the longest n-gram, in tokens; 4 for syllables, else 2.",
        at_least=2,
    )
    buckets: int | None = setting(
        None,
        "For the embedding ngrams: how many vectors all n-grams share; about the number of "
        "training tokens, 524,288 at most.",
        at_least=1,
    )
    tokenizer: Any = setting(
        None,
        "A `Tokenizer` to use; one that is not fitted yet is fitted on the training texts. None "
        "makes one from the next three.",
        option=False,
    )
    num_words: int | None = setting(
        20_000, "Use the NUM_WORDS - 1 most frequent words, as Keras does; None for all.", at_least=2
    )
    min_count: int = setting(1, "Use words that occur at least this often.", at_least=1)
    analyzer: Any = setting(
        None,
        "How texts become tokens: words (Keras's), words_and_marks, whitespace, characters, "
        "syllables, or your own package.module:function; if not given, syllables where most "
        "letters are Hangul, else words_and_marks.",
        option_type=str | None,
    )
    maxlen: int | None = setting(
        400,
        "Texts longer than MAXLEN tokens are truncated for the networks; the last MAXLEN are kept.",
        at_least=1,
        option_type=int,
    )
    networks: int | None = setting(
        None, "How many networks are trained, whose probabilities are averaged.", at_least=1
    )
    linear: int | None = setting(
        None,
        "The longest n-gram, in tokens, of the linear model that answers beside the networks; 0 "
        "for no such model.",
        at_least=0,
    )
    dropout: float = setting(0.5, "Dropout rate on the pooled state.", at_least=0, below=1)
    vector_dropout: float | None = setting(
        None, "Dropout rate on the word vectors.", at_least=0, below=1
    )
    word_dropout: float | None = setting(
        None, "Rate at which training leaves out whole tokens.", at_least=0, below=1
    )
    epochs: int | None = setting(None, "Passes over the training texts, at most.", at_least=1)
    batch_size: int | None = setting(None, "Texts in a batch.", at_least=1)
    learning_rate: float = setting(
        2e-3, "Adam's largest step size, from which it falls along a cosine.", above=0
    )
    warmup: float = setting(
        0.0, "Epochs over which the learning rate rises to its largest value.", at_least=0
    )
    validation_fraction: float | None = setting(
        None,
        "Fraction of the training texts kept to decide when to stop; 0 trains for all epochs.",
        at_least=0,
        below=1,
    )
    patience: int = setting(
        3, "Stop after this many epochs without a better validation accuracy.", at_least=0
    )
    class_weight: Any = setting(
        None, "None, 'balanced', or a weight for each label.", option=False
    )
    calibrated: bool = setting(
        True,
        "Whether a temperature is fitted on the validation texts, so that of answers given 90% "
        "about nine in ten are right; it changes no label.",
        flags=("--calibrated/--no-calibrated",),
    )
    seed: int = setting(0, "Seed of the random numbers.")

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_settings(self)

    def resolve(self, documents: int, *, tokens: int, syllables: bool) -> ClassifierConfig:
        """Return the config with the settings left open decided by the preset.

        Args:
            documents: Number of training texts.
            tokens: Number of their tokens.
            syllables: Whether tokens are syllables.

        Example:
            >>> from textseq.classifier.config import ClassifierConfig
            >>> config = ClassifierConfig(units=32)
            >>> resolved = config.resolve(20_000, tokens=5_000_000, syllables=False)
            >>> resolved.embedding, resolved.units, resolved.epochs
            ('ngrams', 32, 4)
        """
        decided = preset_settings(self.preset, documents, tokens=tokens, syllables=syllables)
        return self.replace(
            **{name: value for name, value in decided.items() if getattr(self, name) is None}
        )

    def replace(self, **settings: Any) -> ClassifierConfig:
        """Return the config with other values of some settings."""
        return type(self)(**{**self.settings, **settings})

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def model_spec(self, vocabulary: int, classes: int) -> ModelSpec:
        """Return the parts and sizes of each network; the config must be resolved."""
        own = {field.name for field in fields(ModelSpec)} & set(self.settings)
        return ModelSpec(
            **{name: self.settings[name] for name in own}, vocabulary=vocabulary, classes=classes
        )


def describe(config: ClassifierConfig) -> str:
    """Return in one line what a resolved config trains.

    Example:
        >>> from textseq.classifier.config import ClassifierConfig, describe
        >>> describe(ClassifierConfig(cell="gru").resolve(500, tokens=5_000, syllables=False))
        '3 GRUs, bidirectional, max pooling, and a linear n-gram model'
        >>> textbook = ClassifierConfig(preset="textbook")
        >>> describe(textbook.resolve(500, tokens=5_000, syllables=False))
        '1 SimpleRNN, last pooling'
    """
    kind = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}.get(
        str(config.cell), name_of(config.cell)
    )
    parts = [f"{config.networks} {kind}{'s' if config.networks != 1 else ''}"]
    parts += ["bidirectional"] if config.bidirectional else []
    parts += [f"{name_of(config.pooling or '')} pooling"]
    parts += ["and a linear n-gram model"] if config.linear else []
    return ", ".join(parts)


def to_config(config: ClassifierConfig) -> dict[str, Any]:
    """Return the settings as config.json holds them.

    Example:
        >>> from textseq.classifier.config import ClassifierConfig, to_config
        >>> entries = to_config(ClassifierConfig(cell="gru", class_weight={0: 2.0}))
        >>> entries["cell"], entries["class_weight"], entries["tokenizer_given"]
        ('gru', [(0, 2.0)], False)
    """
    entries = config.settings
    weight, vectors = config.class_weight, config.vectors
    entries["tokenizer_given"] = entries.pop("tokenizer") is not None
    # Pairs, since the keys of a JSON object are strings, and labels may be integers.
    entries["class_weight"] = [*weight.items()] if isinstance(weight, Mapping) else weight
    entries["vectors"] = os.fspath(vectors) if isinstance(vectors, str | os.PathLike) else None
    for kind in (*BUILT_IN, "analyzer"):
        entries[kind] = None if entries[kind] is None else name_of(entries[kind])
    return entries


def from_config(entries: Mapping[str, Any], own: Mapping[str, Any]) -> ClassifierConfig:
    """Return the config that entries of a config.json describe; those missing have their defaults.

    Args:
        entries: What `to_config` returns, or some of it.
        own: Settings of the caller's, which take the place of the entries; parts and the analyzer
            may be code. None leaves the entry.

    Raises:
        ArgumentError: A part is neither built in nor given, or a setting is out of its range.

    Example:
        >>> from textseq.classifier.config import from_config
        >>> from_config({"cell": "gru", "units": 8}, {}).cell
        'gru'
    """
    known = {field.name for field in fields(ClassifierConfig)} - {"tokenizer"}
    settings = {name: value for name, value in entries.items() if name in known}
    given = {name: value for name, value in own.items() if value is not None}
    for kind, names in {**BUILT_IN, "analyzer": ANALYZERS.names()}.items():
        if kind not in given and settings.get(kind) is not None:
            _refuse_code(kind, settings[kind], names)
    if isinstance(weight := settings.get("class_weight"), list):
        settings["class_weight"] = dict(weight)
    return ClassifierConfig(**{**settings, **given})


def _refuse_code(kind: str, name: Any, built_in: Collection[str]) -> None:
    if not isinstance(name, str) or name not in built_in:
        raise ArgumentError(
            f"its {kind} {name!r} is code outside textseq, and loading a file never runs code; "
            f"name it yourself with --{kind} ({kind}=)"
        )


def name_of(part: Part) -> str:
    """Return the name by which a part is saved.

    Example:
        >>> from textseq.classifier.config import name_of
        >>> name_of("gru"), name_of(name_of)
        ('gru', 'textseq.classifier.config:name_of')
    """
    if isinstance(part, str):
        return part
    return f"{part.__module__}:{getattr(part, '__qualname__', type(part).__qualname__)}"
