"""A trained model on disk: a folder of a few files, none of which can run code.

    config.json          format, version and checksums, and what the task writes of its model
    ...                  files of the task's own, such as tokenizer.json, in Keras's layout
    weights.safetensors  the weights, by name
    metrics.json         how training went
    README.md            what the model is, for people; it may be edited, or missing

weights.safetensors holds finite arrays only, each in the least space that loses nothing: float16 in
place of float32; and tables, which are `embedding.embeddings` and `linear.table`, without their
zero rows, and in four bits a value where that is enough, see `sparse_rows`.

The config also carries its own SHA-256, over its JSON with sorted keys and without the checksums,
so that a change to any file is noticed. A checksum finds damage, not an attacker, who would adjust
it: what protects against one is that these formats hold data only.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from textseq.compute.settings import shown
from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import atomic_folder
from textseq.files.paths import StrPath, check_output, refuse_foreign_files, sha256
from textseq.files.safe_load import wrap_read_errors
from textseq.tasks.model_card import CARD, ModelCard
from textseq.tasks.sparse_rows import TABLES, check_numbers, pack_tables, read_weights

CONFIG, WEIGHTS, METRICS = "config.json", "weights.safetensors", "metrics.json"


@dataclass(frozen=True)
class SavedModel:
    """What a model folder holds.

    Args:
        config: The entries of config.json but for format, version and checksums.
        weights: Arrays by name, float32; tables float16 where that loses nothing.
        metrics: How training went.
    """

    config: dict[str, Any]
    weights: dict[str, npt.NDArray[Any]]
    metrics: dict[str, Any]


class SavesItself(Protocol):
    """A trained model, which writes itself to a folder."""

    def save(self, path: StrPath, metrics: Mapping[str, Any], *, force: bool = False) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class ModelFormat:
    """The model folder of a task.

    Args:
        name: What config.json calls it, such as `"textseq-tagger"`.
        version: The version that is written, and the only one that is read.
        noun: What a message calls such a model.
        command: The command that writes one.
        check_entries: Raises an `ArgumentError` where an entry of a config is not what it should
            be, and imports nothing that the config names.
        others: The names of the files of the task's own.
        card: From the entries of config.json and metrics.json to the model card; None for none.
    """

    name: str
    version: int
    noun: str
    command: str
    check_entries: Callable[[Mapping[str, Any]], None]
    others: tuple[str, ...] = ()
    card: Callable[[Mapping[str, Any], Mapping[str, Any]], ModelCard] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files of such a folder."""
        return (CONFIG, *self.others, WEIGHTS, METRICS)

    def files(self, path: StrPath) -> list[Path]:
        """Return the paths of the files of a model folder."""
        return [Path(path) / name for name in self.names]

    def save(
        self,
        path: StrPath,
        model: SavedModel,
        writers: Mapping[str, Callable[[Path], object]] | None = None,
        *,
        force: bool = False,
    ) -> None:
        """Write a model folder, whole or not at all.

        Args:
            path: The folder.
            model: What it holds.
            writers: What writes each file of `others`, given its path.
            force: Whether a model that is there is replaced.

        Raises:
            ArgumentError: A weight holds numbers that are not finite float32, which no reader
                takes.
            OutputExistsError: The folder exists and `force` is false; or it is not a model folder,
                which `force` does not replace either.
        """
        from safetensors.numpy import save_file

        self.check_output(path, force=force)
        _check_weights(model.weights)
        with atomic_folder(path, force=force) as folder:
            for name in self.others:
                (writers or {})[name](folder / name)
            saved = pack_tables({k: _in_half(v) for k, v in model.weights.items()})
            save_file({k: np.ascontiguousarray(v) for k, v in saved.items()}, folder / WEIGHTS)
            _write_json(folder / METRICS, model.metrics)
            config = {"format": self.name, "version": self.version, **model.config}
            sums = {name: sha256(folder / name) for name in self.names if name != CONFIG}
            sums = {CONFIG: _config_sum(config), **sums}
            _write_json(folder / CONFIG, {**config, "sha256": sums})
            if self.card is not None:
                name = Path(os.path.realpath(path)).name
                text = self.card(config, model.metrics).render(name)
                (folder / CARD).write_bytes(text.encode())

    def load(self, path: StrPath) -> SavedModel:
        """Read a model folder and check it: format, version, checksums, dtypes, finite numbers.

        The files of `others` have their checksums, and are the caller's to read.

        Raises:
            ArtifactError: A file is missing, was changed, or is not what it should be.
        """
        folder = Path(path)
        config = self._read_config(folder)
        for name, expected in config["sha256"].items():
            if name != CONFIG and sha256(_existing(folder, name)) != expected:
                raise _damaged(folder, name)
        weights, metrics = _read_weights(folder / WEIGHTS), read_json(folder / METRICS)
        return SavedModel(config, weights, metrics)

    def read_settings(self, path: StrPath) -> dict[str, Any]:
        """Read a config.json for its settings alone: somebody may have edited it, or written it.

        Raises:
            ArtifactError: It is missing, or not the configuration of such a model.
        """
        file = Path(path)
        if not file.is_file():
            raise ArtifactError(f"'{file}' does not exist; expected the {CONFIG} of a model.")
        config = read_json(file)
        self._check_format(file, config)
        self._check_entries(f"The settings '{file}'", config)
        return config

    def read_metrics(self, path: StrPath) -> dict[str, Any]:
        """Read how the training of a model folder went.

        Raises:
            ArtifactError: metrics.json is missing or damaged.
        """
        return read_json(_existing(Path(path), METRICS))

    def check_output(self, path: StrPath, *, force: bool = False) -> None:
        """Check before long work that a model can be written, and that no other file is lost.

        Raises:
            OutputExistsError: It exists and `force` is false; or it holds something other than a
                model, which `force` does not replace either.
        """
        refuse_foreign_files(path, "a model", (*self.names, CARD), CONFIG)
        check_output(path, force=force, folder=True)

    def _read_config(self, folder: Path) -> dict[str, Any]:
        if not folder.is_dir():
            raise ArtifactError(
                f"The model '{folder}' is not a folder; expected one that `{self.command}` wrote."
            )
        config = read_json(_existing(folder, CONFIG))
        self._check_format(folder / CONFIG, config)
        if config.get("version") != self.version:
            raise ArtifactError(
                f"The model '{folder}' has format version {config.get('version')!r}, and this "
                f"textseq reads version {self.version}; use the textseq that wrote it, or train "
                f"it again."
            )
        sums = config.get("sha256")
        if not isinstance(sums, dict) or set(sums) != set(self.names):
            raise ArtifactError(f"'{folder / CONFIG}' lacks the checksums of the model's files.")
        if sums[CONFIG] != _config_sum({k: v for k, v in config.items() if k != "sha256"}):
            raise _damaged(folder, CONFIG, "its own checksum")
        self._check_entries(f"The model '{folder}'", config)
        return config

    def _check_format(self, path: Path, config: Mapping[str, Any]) -> None:
        found = config.get("format")
        if found != self.name:
            other = f"; its format is {shown(found)}" if found else ""
            raise ArtifactError(f"'{path}' does not describe a textseq {self.noun}{other}.")

    def _check_entries(self, what: str, config: Mapping[str, Any]) -> None:
        try:
            self.check_entries(config)
        except ArgumentError as error:
            raise ArtifactError(f"{what} cannot be used: {error}") from error


def _damaged(
    folder: Path, name: str, sum_: str = f"the checksum that {CONFIG} gives"
) -> ArtifactError:
    return ArtifactError(
        f"The model '{folder}' was changed or damaged after it was saved: '{name}' does not have "
        f"{sum_}; save or copy the model again."
    )


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


def read_json(path: Path) -> dict[str, Any]:
    """Read a file that holds a JSON object.

    Raises:
        ArtifactError: It does not.
    """
    with wrap_read_errors(f"'{path}'", "is not whole JSON"):
        value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise ArtifactError(f"'{path}' must hold a JSON object.")
    return value


def read_histories(metrics: Mapping[str, Any]) -> list[dict[str, list[float]]]:
    """Return the history of each network that metrics.json holds.

    Raises:
        ArgumentError: They are not lists of numbers by name.
    """
    histories: list[dict[str, list[float]]] = metrics.get("histories", [])
    whole = isinstance(histories, list) and all(
        isinstance(history, dict) and all(map(are_numbers, history.values()))
        for history in histories
    )
    if not whole or not histories:
        raise ArgumentError("its metrics.json should hold lists of numbers for each network")
    return histories


def are_numbers(values: Any) -> bool:
    """Return whether a value of JSON is a list of numbers."""
    return isinstance(values, list) and all(isinstance(value, int | float) for value in values)
