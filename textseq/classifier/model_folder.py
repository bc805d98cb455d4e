"""A trained classifier on disk: a folder of four files, none of which can run code.

    config.json          the network's parts, the classes, a format version, and checksums
    tokenizer.json       the tokenizer, in Keras's layout, without the words it does not use
    weights.safetensors  the numbers, under the names of `model.named_weights`
    metrics.json         how training went: `history`, a list for each figure, a number an epoch

config.json is an object. Needed to predict:

    format, version      "textseq-classifier", and 4 where there are several networks or a linear
                         model, 3 where rows are left out (below), else 2; 1 is read too, and has
                         no float16
    sha256               the checksum of each file, by name
    embedding, cell, pooling   names of built-in parts, or of the user's own, which are not imported
    units, bidirectional, maxlen
    vocabulary           number of ids, the reserved 0 among them: rows of the embedding
    dimension            length of a word vector
    classes              the labels, strings, integers or booleans, in the order of the outputs
    temperature          what the logits are divided by, above 0; 1 where it is missing
    linear               the longest n-gram of the linear model; 0, or missing, for no such model

The rest are the other arguments of `SentenceClassifier`, with which the same texts give the same
network again; `class_weight` is null, "balanced" or pairs of label and weight, and
`tokenizer_given` tells whether the tokenizer was one of the user's. Entries that are missing have
their defaults.

weights.safetensors holds finite arrays only, float32, gates in Keras's order. Embeddings alone are
float16 where that loses nothing: those that a network learned by itself are rounded for it.

    embedding.embeddings          (vocabulary, dimension); missing for one-hot
    forward.kernel                (dimension, gates * units), or (vocabulary, ...) for one-hot
    forward.recurrent_kernel      (units, gates * units)
    forward.bias                  (gates * units,); (2, gates * units) for a GRU
    backward.*                    likewise, where the network reads in both directions
    pooling.kernel, .bias, .context   (summary, summary), (summary,), (summary,): attention only
    output.kernel, output.bias    (summary, classes), (classes,)

where gates is 1, 3 or 4 (`simple_rnn`, `gru`, `lstm`), and summary is units times directions. The
second network has all these under `2.embedding.embeddings` and so on, the third under `3.`; there
are as many as there are names. A linear model is float16 and float32, and has one column where
there are two classes:

    linear.table, linear.bias     (vocabulary + its buckets, classes), (classes,)

A table of many zero rows, such as that of n-grams of few texts, is saved without them, and with a
mask of which rows there are, uint8, (rows,), under its name and `.stored`: see `stored_rows`.

The configuration also carries its own SHA-256, over its JSON with sorted keys and without the
checksums, so that a change to any file is noticed. A checksum finds damage, not an attacker, who
would mend it: what protects against one is that these formats hold data only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.large_tables import tables_in
from textseq.classifier.sparse_rows import MASK, whole, with_zero_rows, without_zero_rows
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.files.atomic import atomic_folder
from textseq.files.paths import StrPath, sha256
from textseq.tokenizer.analyzers import Analyzer
from textseq.tokenizer.tokenizer import Tokenizer

FORMAT = "textseq-classifier"
WHOLE_TABLES, STORED_ROWS, TOGETHER = 2, 3, 4
"""Of the format: a later one is written only where an earlier one cannot hold the model."""

READS = (1, WHOLE_TABLES, STORED_ROWS, TOGETHER)

_EMBEDDING = "embedding.embeddings"
_HALVES = (_EMBEDDING, "linear.table")
"""What the names of arrays end in that may be float16."""

_AT_ONCE = 1 << 20
"""Numbers that are looked at together."""

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
        config: The parts' names and sizes, and the classes.
        tokenizer: The fitted tokenizer.
        weights: float32 arrays by name; the embedding as it is stored, see above.
        metrics: How training went.
    """

    config: dict[str, Any]
    tokenizer: Tokenizer
    weights: dict[str, npt.NDArray[Any]]
    metrics: dict[str, Any]


def save_artifact(path: StrPath, artifact: Artifact, *, force: bool = False) -> None:
    """Write a model folder, whole or not at all.

    Raises:
        OutputExistsError: The folder exists and `force` is false; or it is not a model folder,
            which `force` does not replace either.
    """
    from safetensors.numpy import save_file

    _refuse_other_folder(Path(path))
    with atomic_folder(path, force=force) as folder:
        artifact.tokenizer.save(folder / _TOKENIZER)
        saved = without_zero_rows({k: _stored(k, v) for k, v in artifact.weights.items()})
        save_file({k: np.ascontiguousarray(v) for k, v in saved.items()}, folder / _WEIGHTS)
        version = _version_for(saved)
        _write_json(folder / _METRICS, artifact.metrics)
        config = {"format": FORMAT, "version": version, **artifact.config}
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
        tokenizer=Tokenizer.load(folder / _TOKENIZER, analyzer=analyzer),
        weights=_read_weights(folder / _WEIGHTS, config["version"]),
        metrics=_read_json(folder / _METRICS),
    )


def read_settings(path: StrPath) -> dict[str, Any]:
    """Read a config.json for its settings alone: somebody may have edited it, or written it.

    Raises:
        ArtifactError: It is missing, or not the configuration of a classifier.
    """
    file = Path(path)
    if not file.is_file():
        raise ArtifactError(f"The settings '{file}' are not there; expected a model's config.json.")
    config = _read_json(file)
    _check_format(file, config)
    return config


def _check_format(path: Path, config: Mapping[str, Any]) -> None:
    if config.get("format") != FORMAT:
        raise ArtifactError(f"'{path}' does not describe a textseq classifier.")


def _refuse_other_folder(path: Path) -> None:
    """Never replace a folder that holds something other than a model: it may be anything."""
    if path.is_dir() and any(path.iterdir()) and not (path / _CONFIG).is_file():
        raise OutputExistsError(
            f"The output '{path}' is a folder that holds something other than a model, and is "
            f"not replaced; choose another name."
        )


def _read_config(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise ArtifactError(
            f"The model '{folder}' is not a folder; expected one that `classify train` wrote."
        )
    config = _read_json(_existing(folder, _CONFIG))
    _check_format(folder / _CONFIG, config)
    if config.get("version") not in READS:
        raise ArtifactError(
            f"The model '{folder}' has format version {config.get('version')!r}, and this textseq "
            f"reads versions up to {READS[-1]}; use the textseq that wrote it, or train it again."
        )
    sums = config.get("sha256")
    if not isinstance(sums, dict) or set(sums) != {_CONFIG, _TOKENIZER, _WEIGHTS, _METRICS}:
        raise ArtifactError(f"'{folder / _CONFIG}' lacks the checksums of the model's files.")
    if sums[_CONFIG] != _config_sum({k: v for k, v in config.items() if k != "sha256"}):
        raise ArtifactError(
            f"The model '{folder}' was changed or damaged after it was saved: 'config.json' does "
            f"not have its own checksum; save or copy the model again."
        )
    return config


def _version_for(names: Collection[str]) -> int:
    """Return the earliest version of the format that holds weights of these names."""
    if any(name.startswith(("linear.", "2.")) for name in names):
        return TOGETHER
    return STORED_ROWS if any(name.endswith(MASK) for name in names) else WHOLE_TABLES


def _stored(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an embedding as float16 where that is the same numbers, and all else as it is."""
    if not name.endswith(_HALVES) or array.dtype != np.float32:
        return array
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.array_equal(half, array) else array


def _read_weights(path: Path, version: int) -> dict[str, npt.NDArray[Any]]:
    from safetensors import SafetensorError

    try:
        saved = tables_in(path)
        if version >= STORED_ROWS:
            weights = with_zero_rows(saved)
        else:
            weights = {name: whole(table) for name, table in saved.items()}
    except (OSError, SafetensorError) as error:
        raise ArtifactError(f"The weights '{path}' cannot be read: {error}.") from error
    except ArgumentError as error:
        raise ArtifactError(f"The weights '{path}' cannot be used: {error}.") from error
    for name, array in weights.items():
        right = array.dtype == np.float32 or (name.endswith(_HALVES) and array.dtype == np.float16)
        if not right or not _is_finite(array):
            raise ArtifactError(
                f"The weight {name!r} in '{path}' must hold finite float32 numbers; it holds "
                f"{array.dtype}, {np.count_nonzero(~np.isfinite(array))} of them not finite."
            )
    return weights


def _is_finite(array: npt.NDArray[Any]) -> bool:
    """Return whether all numbers are finite, in little memory."""
    flat = array.reshape(-1)
    parts = (flat[start : start + _AT_ONCE] for start in range(0, len(flat), _AT_ONCE))
    return all(bool(np.isfinite(part).all()) for part in parts)


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ArtifactError(f"The model '{folder}' is not whole: it has no '{name}'.")
    return path


def _config_sum(config: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactError(f"'{path}' is not whole JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ArtifactError(f"'{path}' must hold a JSON object.")
    return value
