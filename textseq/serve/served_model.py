"""A model that is served: its answers, and its reload when its folder is replaced."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.classifier.model_folder import files_of, read_metrics
from textseq.classifier.predictions import PredictionColumns, Predictions, thresholds_of
from textseq.errors import TextseqError
from textseq.files.paths import sha256
from textseq.serve.batching import Batcher, Job, Records
from textseq.serve.limits import Limits
from textseq.serve.metrics import Metrics
from textseq.serve.prediction import Columns
from textseq.tokenizer.text_splitter import worth_kernels

if TYPE_CHECKING:
    from textseq.classifier.calibration import Probabilities
    from textseq.classifier.predictor import Predictor

_log = logging.getLogger(__name__)

Identity = tuple[tuple[int, ...], ...]
"""Of the files of a folder: what changes when one is replaced."""


class ServedModel:
    """A classifier with a name, a queue, and the folder that it was loaded from, if any.

    Args:
        name: What requests and metrics call it.
        source: The folder, or the predictor itself.
        load: Reads a predictor from a folder.
        limits: The limits.
        metrics: What is counted.

    Raises:
        ArtifactError: The folder holds no classifier.
    """

    def __init__(
        self,
        name: str,
        source: Path | Predictor,
        load: Callable[[Path], Predictor],
        limits: Limits,
        metrics: Metrics,
    ) -> None:
        self.name, self._load, self._metrics = name, load, metrics
        self.folder = source if isinstance(source, Path) else None
        self._identity: Identity | None = None
        self._looks_missing = 0  # how often in a row files were missing
        if isinstance(source, Path):
            self._identity = _identity(source)
            self._use(*self._read(source))
        else:
            _warm_up(source)
            self._use(source, {})
        self.batcher = Batcher(self._predict, limits.max_batch, limits.max_queue)
        metrics.waiting.labels(name).set_function(lambda: self.batcher.waiting)

    @property
    def multilabel(self) -> bool:
        """Whether a text may have several labels."""
        return self.predictor.multilabel

    def answer_once(self) -> None:
        """Have in memory what most requests need, after `release_memory`."""
        _answer_few(self.predictor)

    def describe(self) -> dict[str, Any]:
        """Return what is loaded, for GET /model."""
        return {
            "name": self.name,
            "classes": self._classes,
            "multilabel": self.multilabel,
            "networks": len(self.predictor.networks),
            "linear": self.predictor.linear is not None,
            "vocabulary": self.predictor.vocabulary,
            "loaded": self._loaded,
            **self._about,
        }

    def reload(self) -> bool:
        """Load the folder again if a file of it was replaced; keep the model if that fails.

        Returns whether the model is another now.

        All files count and not config.json alone, since a folder may be copied file by file: what
        failed halfway is tried again when the next file has come.
        """
        if self.folder is None:
            return False
        identity = _identity(self.folder)
        if identity is None:
            self._say_once_that_files_are_missing(self.folder)
            return False
        self._looks_missing = 0
        if identity == self._identity:
            return False
        self._identity = identity
        try:
            predictor, about = self._read(self.folder)
        except Exception as error:  # noqa: BLE001  (a part of the user's own may raise anything)
            known = isinstance(error, TextseqError | OSError)
            why = error if known else f"{type(error).__name__}: {error}"
            self._metrics.reloads.labels(self.name, "failed").inc()
            _log.warning("The model '%s' stays as it was loaded: %s", self.name, why)
            return False
        self._use(predictor, about)
        self._metrics.reloads.labels(self.name, "loaded").inc()
        _log.info("The model '%s' was replaced, and is loaded again.", self.name)
        return True

    def _say_once_that_files_are_missing(self, folder: Path) -> None:
        """Say it on the second look: files are missing for a moment while they are replaced."""
        self._looks_missing += 1
        if self._looks_missing == 2:
            missing = next((path for path in files_of(folder) if not path.exists()), folder)
            _log.warning(
                "The model '%s' stays as it was loaded: '%s' does not exist.", self.name, missing
            )

    def _read(self, folder: Path) -> tuple[Predictor, dict[str, Any]]:
        """Return the predictor of a folder, warm, and what GET /model says about the folder."""
        predictor = self._load(folder)
        about = {
            "sha256": sha256(folder / "config.json"),
            "validation": read_metrics(folder).get("validation"),
        }
        _warm_up(predictor)
        return predictor, about

    def _use(self, predictor: Predictor, about: dict[str, Any]) -> None:
        self._classes = [str(label) for label in predictor.classes.tolist()]
        self._about = about
        self._loaded = datetime.now(UTC).isoformat(timespec="seconds")
        self.predictor = predictor

    def _predict(self, jobs: Sequence[Job]) -> list[Records]:
        """Return the records of each job, all predicted together."""
        started, predictor = time.perf_counter(), self.predictor
        probabilities = predictor.predict_proba([text for job in jobs for text in job.texts])
        found: list[Records] = []
        start = 0
        # Neighbours nearly always ask for the same columns, and are one group then.
        for columns, group in itertools.groupby(jobs, lambda job: job.columns):
            sizes = [len(job.texts) for job in group]
            end = start + sum(sizes)
            records = self._records(predictor, probabilities[start:end], columns)
            found += [[*itertools.islice(records, size)] for size in sizes]
            start = end
        self._count(len(probabilities), time.perf_counter() - started)
        return found

    def _records(
        self, predictor: Predictor, probabilities: Probabilities, columns: Columns
    ) -> Iterator[dict[str, Any]]:
        """Return the records of some texts."""
        top, proba, threshold = columns
        asked = PredictionColumns(top, proba, thresholds_of(predictor, threshold))
        classes = [str(label) for label in predictor.classes.tolist()]
        return Predictions(probabilities, classes, asked).records()

    def _count(self, texts: int, seconds: float) -> None:
        self._metrics.texts.labels(self.name).inc(texts)
        self._metrics.batches.labels(self.name).observe(texts)
        self._metrics.predicting.labels(self.name).inc(seconds)


def _warm_up(predictor: Predictor) -> None:
    """Load, or once after installing compile, whatever some request needs, the largest too."""
    predictor.warm_up()
    predictor.predict_proba(["a text" + " " * worth_kernels()])
    _answer_few(predictor)


def _answer_few(predictor: Predictor) -> None:
    """Label one text and two, which are read in two ways."""
    for count in (1, 2):
        predictor.predict_proba(["a text"] * count)


def _identity(folder: Path) -> Identity | None:
    """Return what changes when a file of a folder is replaced; None while one is missing."""
    try:
        found = [path.stat() for path in files_of(folder)]
    except OSError:
        return None
    return tuple((s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns) for s in found)
