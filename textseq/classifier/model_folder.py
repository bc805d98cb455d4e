"""A trained classifier on disk: a folder of five files, none of which can run code.

    config.json          the parts of the networks, the classes, a format version, and checksums
    tokenizer.json       the tokenizer, in Keras's layout, without the words it does not use
    weights.safetensors  the weights, by name
    metrics.json         how training went
    README.md            the model card, for people; see `tasks.model_card`

config.json is an object. Needed to predict:

    format, version      "textseq-classifier" and 2
    sha256               the checksum of each file, by name
    classes              the labels, strings, integers or booleans, in the order of the outputs
    vocabulary           number of ids, the reserved 0 included: rows of the embedding
    multilabel           whether a text may have several labels, each answered by itself
    temperature          what the logits are divided by, above 0; of several labels, a list
    thresholds           of several labels only: the probability above which each is given
    embedding, cell, pooling   names of built-in parts, or of the user's own, which are not imported
    units, bidirectional, dimension, maxlen, ngrams, buckets   sizes, see `ClassifierConfig`
    linear, char_ngrams  the longest n-gram of the linear model, in tokens, and in characters; 0 for
                         none, or no such model

The rest are the other settings of `ClassifierConfig`, with which the same texts give the same
networks again; `class_weight` is null, "balanced" or pairs of label and weight, and
`tokenizer_given` says whether the tokenizer was one of the user's.

`tasks.model_folder` describes what all models have in common. What training learned is rounded for
weights.safetensors, see `compression`. Network k, counted from 1, has

    k.embedding.embeddings        (vocabulary, dimension); missing for one-hot
    k.forward.kernel              (dimension, gates * units), or (vocabulary, ...) for one-hot
    k.forward.recurrent_kernel    (units, gates * units)
    k.forward.bias                (gates * units,); (2, gates * units) for a GRU
    k.backward.*                  likewise, where the network reads in both directions
    k.pooling.kernel, .bias, .context   (pooled, pooled), (pooled,), (pooled,): attention only
    k.output.kernel, .bias        (pooled, classes), (classes,)

where gates is 1, 3 or 4 (`simple_rnn`, `gru`, `lstm`), and pooled is units times directions. The
linear model has one column where there are two classes:

    linear.table, linear.bias     (vocabulary + its buckets, classes), (classes,)
    linear.characters             (buckets, classes): of n-grams of characters, if there are any

metrics.json has `histories`, for each network a list for each metric, a value an epoch;
`validation`, the accuracy of each part and of the whole on the validation texts, if there were any,
with the number of these and the whole's 95 % interval, or of several labels an estimate of the
macro F1; `cross_validation`, see `CrossValidation.to_dict`, if that was asked for; `trials` of
`autotune`, a list, see `autotuning.journal.Trial`; and `data`, see `data_summary`, with how many
texts were `held_out` for validation, and the names of the `files` where a command trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy.typing as npt

from textseq.classifier.config import ClassifierConfig, is_label, settings_in
from textseq.classifier.model_card import card_of
from textseq.compute.settings import is_finite_number, shown
from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.tasks.model_card import ModelCard
from textseq.tasks.model_folder import ModelFormat, SavedModel, are_numbers, read_histories
from textseq.tasks.settings import LARGEST
from textseq.tokenizer.analyzers import ANALYZERS, Analyzer
from textseq.tokenizer.tokenizer import Tokenizer

__all__ = ["Artifact", "load_artifact", "read_histories", "save_artifact"]

_PARTS = ("embedding", "cell", "pooling", "analyzer")
"""The entries that name code."""

_TOKENIZER = "tokenizer.json"


@dataclass(frozen=True)
class Artifact:
    """What a model folder holds.

    Args:
        config: The entries of config.json but for format, version and checksums.
        tokenizer: The fitted tokenizer.
        weights: Arrays by name, float32; tables float16 where that loses nothing.
        metrics: How training went.
    """

    config: dict[str, Any]
    tokenizer: Tokenizer
    weights: dict[str, npt.NDArray[Any]]
    metrics: dict[str, Any]


def save_artifact(path: StrPath, artifact: Artifact, *, force: bool = False) -> None:
    """Write a model folder, whole or not at all; see `ModelFormat.save`."""
    saved = SavedModel(artifact.config, artifact.weights, artifact.metrics)
    FORMAT.save(path, saved, {_TOKENIZER: artifact.tokenizer.save}, force=force)


def load_artifact(path: StrPath, *, analyzer: str | Analyzer | None = None) -> Artifact:
    """Read a model folder and check it; see `ModelFormat.load`.

    Args:
        path: The folder.
        analyzer: The tokenizer's analyzer, where that is code of the user's own.
    """
    saved = FORMAT.load(path)
    tokenizer = _load_tokenizer(Path(path), analyzer)
    return Artifact(saved.config, tokenizer, saved.weights, saved.metrics)


def _load_tokenizer(folder: Path, analyzer: str | Analyzer | None) -> Tokenizer:
    """Read a tokenizer; another analyzer than its own, where that is built in, is refused."""
    if analyzer is not None:
        try:
            saved = Tokenizer.load(folder / _TOKENIZER)
        except ArtifactError:  # its analyzer is code of the user's own
            return Tokenizer.load(folder / _TOKENIZER, analyzer=analyzer)
        trained = saved.analyzer or "words"
        if analyzer not in (trained, ANALYZERS.resolve(trained)):
            raise ArtifactError(
                f"The model '{folder}' was trained with the analyzer {trained!r}, and would "
                f"answer wrongly with another; leave out --analyzer (analyzer=)."
            )
    return Tokenizer.load(folder / _TOKENIZER)


def read_settings(path: StrPath) -> dict[str, Any]:
    """Read a config.json for its settings alone; see `ModelFormat.read_settings`."""
    return FORMAT.read_settings(path)


def read_metrics(path: StrPath) -> dict[str, Any]:
    """Read how the training of a model folder went; see `ModelFormat.read_metrics`."""
    return FORMAT.read_metrics(path)


def read_validation(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the accuracies on validation texts that metrics.json holds, or None.

    Raises:
        ArgumentError: They are not numbers.
    """
    found = metrics.get("validation")
    if found is None:
        return None
    parts = found if isinstance(found, dict) else {}
    alone = [parts.get("together"), parts.get("linear", 0.0), *parts.get("interval", [])]
    if not are_numbers(alone) or not are_numbers(parts.get("networks")):
        raise ArgumentError("its metrics.json should hold the accuracy of each part, as numbers")
    return parts


def check_entries(entries: Mapping[str, Any]) -> None:
    """Check the type and the range of each entry of a config.json that is there, before any use.

    Parts may be names of code outside textseq, which is not imported.

    Raises:
        ArgumentError: An entry is not what it should be; the message names it.
    """
    settings = settings_in(entries)
    for kind in _PARTS:
        if not isinstance(settings.pop(kind, None), str | None):
            raise ArgumentError(f"its {kind} must be a name. Received: {shown(entries[kind])}.")
    ClassifierConfig(**settings)
    for name, (accepts, expected) in _OTHERS.items():
        if name in entries and not accepts(entries[name]):
            raise ArgumentError(f"its {name} must be {expected}. Received: {shown(entries[name])}.")


def _are_classes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(map(is_label, value))
        and len(set(value)) == len(value)
    )


def _are_positive(values: list[Any]) -> bool:
    return all(
        type(value) in (int, float) and is_finite_number(value) and value > 0 for value in values
    )


def _are_probabilities(values: Any) -> bool:
    return isinstance(values, list) and all(
        type(value) in (int, float) and 0 <= value <= 1 for value in values
    )


def files_of(path: StrPath) -> list[Path]:
    """Return the paths of the files of a model folder."""
    return FORMAT.files(path)


def check_model_output(path: StrPath, *, force: bool = False) -> None:
    """Check before long work that a model folder can be written; see `ModelFormat.check_output`."""
    FORMAT.check_output(path, force=force)


def _card_of(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> ModelCard:
    """Return the model card of a folder."""
    return card_of(
        config, metrics, {field.name: field.default for field in fields(ClassifierConfig)}
    )


# The entries that are no settings: whether a value can be theirs, and what that is in words.
_OTHERS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "vocabulary": (
        lambda value: type(value) is int and 1 <= value <= LARGEST,
        f"an integer from 1 to {LARGEST:,}",
    ),
    "temperature": (
        lambda value: _are_positive(value if isinstance(value, list) else [value]),
        "a finite number above 0, or several",
    ),
    "thresholds": (
        _are_probabilities,
        "a list of probabilities",
    ),
    "classes": (_are_classes, "a list of different labels"),
    "tokenizer_given": (lambda value: isinstance(value, bool), "true or false"),
}


FORMAT = ModelFormat(
    "textseq-classifier", 2, "classifier", "classify train", check_entries, (_TOKENIZER,), _card_of
)
