"""A trained classifier on disk: a folder of four files, none of which can run code.

    config.json          the parts of the networks, the classes, a format version, and checksums
    tokenizer.json       the tokenizer, in Keras's layout, without the words it does not use
    weights.safetensors  the weights, by name
    metrics.json         how training went

config.json is an object. Needed to predict:

    format, version      "textseq-classifier" and 2
    sha256               the checksum of each file, by name
    classes              the labels, strings, integers or booleans, in the order of the outputs
    vocabulary           number of ids, the reserved 0 included: rows of the embedding
    temperature          what the logits are divided by, above 0
    embedding, cell, pooling   names of built-in parts, or of the user's own, which are not imported
    units, bidirectional, dimension, maxlen, ngrams, buckets   sizes, see `ClassifierConfig`
    linear               the longest n-gram of the linear model; 0 for no such model

The rest are the other settings of `ClassifierConfig`, with which the same texts give the same
networks again; `class_weight` is null, "balanced" or pairs of label and weight, and
`tokenizer_given` says whether the tokenizer was one of the user's.

weights.safetensors holds finite arrays only, gates in Keras's order, each in the least space that
loses nothing: float16 in place of float32; and tables, which are `embedding.embeddings` and
`linear.table`, without their zero rows, and in four bits a value where that is enough, see
`sparse_rows`. What training learned is rounded for it, see `compression`.
Network k, counted from 1, has

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

metrics.json has `histories`, for each network a list for each metric, a value an epoch; and
`validation`, the accuracy of each part and of the whole on the validation texts, if there were any.

The config also carries its own SHA-256, over its JSON with sorted keys and without the checksums,
so that a change to any file is noticed. A checksum finds damage, not an attacker, who would adjust
it: what protects against one is that these formats hold data only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.config import LARGEST, ClassifierConfig, is_label, settings_in
from textseq.classifier.sparse_rows import TABLES, check_numbers, pack_tables, read_weights
from textseq.compute.settings import is_finite_number, shown
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.files.atomic import atomic_folder
from textseq.files.paths import StrPath, check_output, sha256
from textseq.files.safe_load import wrap_read_errors
from textseq.tokenizer.analyzers import ANALYZERS, Analyzer
from textseq.tokenizer.tokenizer import Tokenizer

FORMAT, VERSION = "textseq-classifier", 2

_PARTS = ("embedding", "cell", "pooling", "analyzer")
"""The entries that name code."""

_CONFIG, _TOKENIZER, _WEIGHTS, _METRICS = (
    "config.json",
    "tokenizer.json",
    "weights.safetensors",
    "metrics.json",
)


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
    """Write a model folder, whole or not at all.

    Raises:
        ArgumentError: A weight holds numbers that are not finite float32, which no reader takes.
        OutputExistsError: The folder exists and `force` is false; or it is not a model folder,
            which `force` does not replace either.
    """
    from safetensors.numpy import save_file

    check_model_output(path, force=force)
    _check_weights(artifact.weights)
    with atomic_folder(path, force=force) as folder:
        artifact.tokenizer.save(folder / _TOKENIZER)
        saved = pack_tables({k: _in_half(v) for k, v in artifact.weights.items()})
        save_file({k: np.ascontiguousarray(v) for k, v in saved.items()}, folder / _WEIGHTS)
        _write_json(folder / _METRICS, artifact.metrics)
        config = {"format": FORMAT, "version": VERSION, **artifact.config}
        sums = {name: sha256(folder / name) for name in (_TOKENIZER, _WEIGHTS, _METRICS)}
        _write_json(folder / _CONFIG, {**config, "sha256": {_CONFIG: _config_sum(config), **sums}})


def load_artifact(path: StrPath, *, analyzer: str | Analyzer | None = None) -> Artifact:
    """Read a model folder and check it: format, version, checksums, dtypes, finite numbers.

    Args:
        path: The folder.
        analyzer: The tokenizer's analyzer, where that is code of the user's own.

    Raises:
        ArtifactError: A file is missing, was changed, or is not what it should be.
    """
    folder = Path(path)
    config = _read_config(folder)
    for name, expected in config["sha256"].items():
        if name != _CONFIG and sha256(_existing(folder, name)) != expected:
            raise ArtifactError(
                f"The model '{folder}' was changed or damaged after it was saved: '{name}' does "
                f"not have the checksum that config.json gives; save or copy the model again."
            )
    return Artifact(
        config=config,
        tokenizer=_load_tokenizer(folder, analyzer),
        weights=_read_weights(folder / _WEIGHTS),
        metrics=_read_json(folder / _METRICS),
    )


def _load_tokenizer(folder: Path, analyzer: str | Analyzer | None) -> Tokenizer:
    """Read the tokenizer; another analyzer than its own, where that is built in, is refused."""
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
    """Read a config.json for its settings alone: somebody may have edited it, or written it.

    Raises:
        ArtifactError: It is missing, or not the configuration of a classifier.
    """
    file = Path(path)
    if not file.is_file():
        raise ArtifactError(f"'{file}' does not exist; expected the config.json of a model.")
    config = _read_json(file)
    _check_format(file, config)
    _check_entries(f"The settings '{file}'", config)
    return config


def read_metrics(path: StrPath) -> dict[str, Any]:
    """Read how the training of a model folder went.

    Raises:
        ArtifactError: metrics.json is missing or damaged.
    """
    return _read_json(_existing(Path(path), _METRICS))


def read_histories(metrics: Mapping[str, Any]) -> list[dict[str, list[float]]]:
    """Return the history of each network that metrics.json holds.

    Raises:
        ArgumentError: They are not lists of numbers by name.
    """
    histories: list[dict[str, list[float]]] = metrics.get("histories", [])
    whole = isinstance(histories, list) and all(
        isinstance(history, dict) and all(map(_are_numbers, history.values()))
        for history in histories
    )
    if not whole or not histories:
        raise ArgumentError("its metrics.json should hold lists of numbers for each network")
    return histories


def read_validation(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the accuracies on validation texts that metrics.json holds, or None.

    Raises:
        ArgumentError: They are not numbers.
    """
    found = metrics.get("validation")
    if found is None:
        return None
    parts = found if isinstance(found, dict) else {}
    alone = [parts.get("together"), parts.get("linear", 0.0)]
    if not _are_numbers(alone) or not _are_numbers(parts.get("networks")):
        raise ArgumentError("its metrics.json should hold the accuracy of each part, as numbers")
    return parts


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, int | float) for value in values)


def _check_format(path: Path, config: Mapping[str, Any]) -> None:
    if config.get("format") != FORMAT:
        raise ArtifactError(f"'{path}' does not describe a textseq classifier.")


def _check_entries(what: str, config: Mapping[str, Any]) -> None:
    try:
        check_entries(config)
    except ArgumentError as error:
        raise ArtifactError(f"{what} cannot be used: {error}") from error


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


def files_of(path: StrPath) -> list[Path]:
    """Return the paths of the files of a model folder."""
    return [Path(path) / name for name in (_CONFIG, _TOKENIZER, _WEIGHTS, _METRICS)]


def check_model_output(path: StrPath, *, force: bool = False) -> None:
    """Check before long work that a model folder can be written, and that no other file is lost.

    Raises:
        OutputExistsError: It exists and `force` is false; or it holds something other than a
            model, which `force` does not replace either.
    """
    folder = Path(path)
    found = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    own = {file.name for file in files_of(folder)} if _CONFIG in found else set()
    foreign = found - own
    if foreign:
        names = ", ".join(map(repr, sorted(foreign)[:3]))
        raise OutputExistsError(
            f"The output '{folder}' is a folder that holds something other than a model, {names}, "
            f"and is not replaced; move that elsewhere, or choose another name."
        )
    check_output(folder, force=force, folder=True)


def _read_config(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise ArtifactError(
            f"The model '{folder}' is not a folder; expected one that `classify train` wrote."
        )
    config = _read_json(_existing(folder, _CONFIG))
    _check_format(folder / _CONFIG, config)
    if config.get("version") != VERSION:
        raise ArtifactError(
            f"The model '{folder}' has format version {config.get('version')!r}, and this textseq "
            f"reads version {VERSION}; use the textseq that wrote it, or train it again."
        )
    sums = config.get("sha256")
    if not isinstance(sums, dict) or set(sums) != {_CONFIG, _TOKENIZER, _WEIGHTS, _METRICS}:
        raise ArtifactError(f"'{folder / _CONFIG}' lacks the checksums of the model's files.")
    if sums[_CONFIG] != _config_sum({k: v for k, v in config.items() if k != "sha256"}):
        raise ArtifactError(
            f"The model '{folder}' was changed or damaged after it was saved: 'config.json' does "
            f"not have its own checksum; save or copy the model again."
        )
    _check_entries(f"The model '{folder}'", config)
    return config


def _in_half(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array as float16 where that loses nothing, else as it is."""
    if array.dtype != np.float32:
        return array
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.array_equal(half, array) else array


def _read_weights(path: Path) -> dict[str, npt.NDArray[Any]]:
    with wrap_read_errors(f"The weights '{path}'"):
        weights = read_weights(path)
        for name, array in weights.items():
            if not name.endswith(TABLES):  # those were checked row by row
                check_numbers(name, array, (np.float32, np.float16))
                weights[name] = array.astype(np.float32, copy=False)
    return weights


def _check_weights(weights: Mapping[str, npt.NDArray[Any]]) -> None:
    for name, array in weights.items():
        table = name.endswith(TABLES)
        check_numbers(name, array, (np.float32, np.float16) if table else (np.float32,))


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ArtifactError(f"The model '{folder}' is not whole: it has no '{name}'.")
    return path


def _config_sum(config: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    try:
        data = json.dumps(value, ensure_ascii=False, indent=2).encode()
    except UnicodeEncodeError:  # half a surrogate pair, for which there are escapes only
        data = json.dumps(value, indent=2).encode()
    path.write_bytes(data + b"\n")


def _read_json(path: Path) -> dict[str, Any]:
    with wrap_read_errors(f"'{path}'", "is not whole JSON"):
        value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise ArtifactError(f"'{path}' must hold a JSON object.")
    return value


# The entries that are no settings: whether a value can be theirs, and what that is in words.
_OTHERS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "vocabulary": (
        lambda value: type(value) is int and 1 <= value <= LARGEST,
        f"an integer from 1 to {LARGEST:,}",
    ),
    "temperature": (
        lambda value: type(value) in (int, float) and is_finite_number(value) and value > 0,
        "a finite number above 0",
    ),
    "classes": (_are_classes, "a list of different labels"),
    "tokenizer_given": (lambda value: isinstance(value, bool), "true or false"),
}
