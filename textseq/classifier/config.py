"""The settings of a classifier, each declared once.

From the fields of `ClassifierConfig` come the arguments of `SentenceClassifier` and their
documentation, the checks, the entries of config.json (`config_json`), and the options of
`classify train`. This module imports nothing heavy, so that the help of the command line does not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from numbers import Real
from typing import TYPE_CHECKING, Any

from textseq.classifier.presets import PRESETS, preset_settings
from textseq.compute.settings import check_settings, is_finite_number, setting, shown
from textseq.errors import ArgumentError
from textseq.tasks.settings import LARGEST

if TYPE_CHECKING:
    from textseq.network.model_spec import ModelSpec

Part = str | Callable[..., Any]


def is_part(value: Any) -> bool:
    """Return whether a value can be a part of a network, or an analyzer."""
    return isinstance(value, str) or callable(value)


def _are_vectors(value: Any) -> bool:
    return isinstance(value, str | os.PathLike) or hasattr(value, "vector_size")


def _is_tokenizer(value: Any) -> bool:
    # Not by its type, which would load the compiled part for each config.
    return callable(getattr(value, "fit_on_texts", None)) and hasattr(value, "word_index")


def _is_class_weight(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, str) and value == "balanced")


_PART = {"accepts": is_part, "expected": "a name, 'package.module:factory' or a callable"}


@dataclass(frozen=True)
class ClassifierConfig:
    """The settings of a classifier; None leaves one to the preset, see `presets`.

    Raises:
        ArgumentError: A setting is not of its type, out of its range, or names a part that there
            is not; the message names both.

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
        **_PART,
    )
    cell: Part = setting(
        "simple_rnn",
        "simple_rnn, gru, lstm, or your own package.module:factory.",
        option_type=str,
        **_PART,
    )
    pooling: Part | None = setting(
        None,
        "last (the textbook's: the state after the last token), mean, max, attention, or your own "
        "package.module:factory.",
        option_type=str | None,
        **_PART,
    )
    units: int | None = setting(
        None,
        "Size of the state, in each direction.",
        at_least=1,
        at_most=16_384,
    )
    bidirectional: bool | None = setting(
        None,
        "Whether a second cell reads each text from its end.",
        flags=("--bidirectional/--no-bidirectional",),
    )
    dimension: int | None = setting(
        None,
        "Length of a word vector; that of the starting vectors, where there are any.",
        at_least=1,
        at_most=65_536,
    )
    vectors: Any = setting(
        None,
        "Word vectors to start from, for the embeddings word2vec and ngrams: a file, or in Python "
        "gensim's KeyedVectors.",
        metavar="FILE",
        option_type=str | None,
        accepts=_are_vectors,
        expected="the name of a file, or gensim's KeyedVectors",
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
        at_most=100,
    )
    buckets: int | None = setting(
        None,
        "For the embedding ngrams: how many vectors all n-grams share; about the number of "
        "training tokens, 524,288 at most.",
        at_least=1,
        at_most=1 << 24,
    )
    tokenizer: Any = setting(
        None,
        "A `Tokenizer` to use; one that is not fitted yet is fitted on the training texts. None "
        "makes one from the next three.",
        option=False,
        accepts=_is_tokenizer,
        expected="a Tokenizer, such as Tokenizer.load(path) returns",
    )
    num_words: int | None = setting(
        20_000,
        "Use the NUM_WORDS - 1 most frequent words, as Keras does; None for all.",
        at_least=2,
        at_most=LARGEST,
    )
    min_count: int = setting(
        1,
        "Use words that occur at least this often.",
        at_least=1,
        at_most=LARGEST,
    )
    analyzer: Any = setting(
        None,
        "How texts become tokens: words (Keras's), words_and_marks, whitespace, characters, "
        "syllables, kiwi (Korean morphemes), bpe or unigram (sub-words), or your own "
        "package.module:function; if not given, syllables where most letters are Hangul, else "
        "words_and_marks.",
        option_type=str | None,
        **_PART,
    )
    vocab_size: int | None = setting(
        None,
        "How many sub-words bpe or unigram learns; 8,000 if not given.",
        at_least=10,
        at_most=LARGEST,
    )
    clean: Any = setting(
        None,
        "Steps that clean texts first, such as html,urls,unicode, or none; if not given, html "
        "where more than 1 % of the training texts hold tags.",
        option_type=str | None,
    )
    multilabel: bool | None = setting(
        None,
        "Whether a text may have several labels, or none, each of which is answered by itself; by "
        "default, whether the labels of any text are given as a list.",
        flags=("--multilabel/--one-label",),
    )
    maxlen: int | None = setting(
        400,
        "Texts longer than MAXLEN tokens are truncated for the networks; the last MAXLEN are kept.",
        at_least=1,
        option_type=int,
        at_most=LARGEST,
    )
    networks: int | None = setting(
        None,
        "How many networks are trained, whose probabilities are averaged.",
        at_least=1,
        at_most=1_000,
    )
    linear: int | None = setting(
        None,
        "The longest n-gram, in tokens, of the linear model that answers beside the networks; 0 "
        "for no such model.",
        at_least=0,
        at_most=100,
    )
    char_ngrams: int | None = setting(
        None,
        "The longest n-gram, in characters, by which the linear model recognizes words that no "
        "training text has; 0 for none.",
        at_least=0,
        at_most=100,
    )
    dropout: float = setting(0.5, "Dropout rate on the pooled state.", at_least=0, below=1)
    vector_dropout: float | None = setting(
        None, "Dropout rate on the word vectors.", at_least=0, below=1
    )
    word_dropout: float | None = setting(
        None, "Rate at which training leaves out whole tokens.", at_least=0, below=1
    )
    epochs: int | None = setting(
        None,
        "Passes over the training texts, at most.",
        at_least=1,
        at_most=1_000_000,
    )
    batch_size: int | None = setting(
        None,
        "Texts in a batch.",
        at_least=1,
        at_most=1_000_000,
    )
    learning_rate: float = setting(
        2e-3,
        "Adam's largest step size, from which it falls along a cosine.",
        above=1e-30,  # 32-bit floats know no smaller steps
    )
    warmup: float = setting(
        0.0,
        "Epochs over which the learning rate rises to its largest value.",
        at_least=0,
        at_most=1_000_000,
    )
    validation_fraction: float | None = setting(
        None,
        "Fraction of the training texts kept to decide when to stop; 0 trains for all epochs.",
        at_least=0,
        below=1,
    )
    patience: int = setting(
        3,
        "Stop after this many epochs without a better result on the validation texts.",
        at_least=0,
        at_most=LARGEST,
    )
    metric: str | None = setting(
        None,
        "What is a better result on the validation texts, of which the best epoch is kept: a "
        "higher accuracy; a higher macro-f1, the mean of the classes' F1, where rare classes count "
        "as much as frequent ones; or a lower loss.",
        choices=("accuracy", "macro-f1", "loss"),
    )
    class_weight: Any = setting(
        None,
        "None, 'balanced', or a weight for each label.",
        option=False,
        accepts=_is_class_weight,
        expected="None, 'balanced' or a weight for each label",
    )
    calibrated: bool = setting(
        True,
        "Whether a temperature is fitted on the validation texts, so that of answers given 90% "
        "about nine in ten are right; it changes no label.",
        flags=("--calibrated/--no-calibrated",),
    )
    compressed: bool = setting(
        True,
        "Whether the model is made small: word vectors have four bits a value, and the n-grams "
        "that count least are left out; see `classify compress`.",
        flags=("--compressed/--no-compressed",),
    )
    seed: int = setting(0, "Seed of the random numbers.", at_least=0, below=1 << 32)

    def __post_init__(self) -> None:
        """Check types, ranges, and names of parts."""
        check_settings(self)
        if self.clean is not None:  # one form of all that mean the same, for config.json
            from textseq.tokenizer.cleaning import as_steps

            object.__setattr__(self, "clean", as_steps(self.clean))
        _check_names(self)
        _check_weights(self.class_weight)

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
        decided = preset_settings(
            self.preset,
            documents,
            tokens=tokens,
            syllables=syllables,
            multilabel=bool(self.multilabel),
        )
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

    @property
    def needs_keras(self) -> bool:
        """Whether a part of the network is one that only Keras trains, such as the user's own."""
        resolved = self.resolve(1, tokens=1, syllables=False)  # of any sizes
        return not resolved.model_spec(2, 2).trains_without_keras

    def model_spec(self, vocabulary: int, classes: int) -> ModelSpec:
        """Return the parts and sizes of each network; the config must be resolved."""
        from textseq.network.model_spec import ModelSpec

        own = {field.name for field in fields(ModelSpec)} & set(self.settings)
        return ModelSpec(
            **{name: self.settings[name] for name in own},
            vocabulary=vocabulary,
            classes=classes,
            head="sigmoid" if self.multilabel else "softmax",
        )


def settings_in(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a config.json that are settings, as `ClassifierConfig` has them.

    Raises:
        ArgumentError: `class_weight`, a list there, is not one of pairs.
    """
    known = {field.name for field in fields(ClassifierConfig)} - {"tokenizer"}
    settings = {name: value for name, value in entries.items() if name in known}
    if isinstance(pairs := settings.get("class_weight"), list):
        if not all(
            isinstance(pair, list) and len(pair) == 2 and is_label(pair[0]) for pair in pairs
        ):
            raise ArgumentError("its class_weight must be pairs of a label and a weight")
        settings["class_weight"] = dict(pairs)
    return settings


def is_label(value: Any) -> bool:
    """Return whether a value of JSON can be a label."""
    return isinstance(value, str | int | float)


def _check_names(config: ClassifierConfig) -> None:
    """Refuse the name of a part, or of a module, that there is not; nothing is imported yet."""
    from textseq.network.model_spec import BUILT_IN
    from textseq.tokenizer.analyzers import ANALYZERS

    for kind, registry in {**BUILT_IN, "analyzer": ANALYZERS}.items():
        registry.check(getattr(config, kind))


def _check_weights(class_weight: Any) -> None:
    """Refuse a weight of a label that is negative or no finite number."""
    for label, weight in class_weight.items() if isinstance(class_weight, Mapping) else ():
        if not (isinstance(weight, Real) and is_finite_number(weight) and float(weight) >= 0):
            raise ArgumentError(
                f"`class_weight` must hold finite weights of 0 or more. Received: {shown(weight)} "
                f"for the label {shown(label)}."
            )


def describe(config: ClassifierConfig) -> str:
    """Return in one line what a resolved config trains."""
    kind = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}.get(
        str(config.cell), name_of(config.cell)
    )
    parts = [f"{config.networks} {kind}{'s' if config.networks != 1 else ''}"]
    parts += ["bidirectional"] if config.bidirectional else []
    parts += [f"{name_of(config.pooling or '')} pooling"]
    parts += ["and a linear n-gram model"] if config.linear else []
    return ", ".join(parts)


def name_of(part: Part) -> str:
    """Return the name by which a part is saved."""
    if isinstance(part, str):
        return part
    from textseq.network.model_spec import registered_name

    if name := registered_name(part):
        return name
    # A partial or a method of a built-in type has no module or no name of its own.
    module = getattr(part, "__module__", None) or type(part).__module__
    return f"{module}:{getattr(part, '__qualname__', type(part).__qualname__)}"
