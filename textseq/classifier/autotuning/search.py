"""The search of `autotune`: which trial comes next, which is kept, and when it is over."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.classifier.autotuning.journal import Journal, Trial
from textseq.classifier.autotuning.rule import compare
from textseq.classifier.autotuning.space import (
    MOST_NETWORKS,
    of_networks,
    probes,
    search_space,
    smaller,
)
from textseq.classifier.autotuning.study import Study
from textseq.errors import ArgumentError
from textseq.files.paths import size_of

if TYPE_CHECKING:
    from textseq.classifier.autotuning.tune import Candidate, Trainer
    from textseq.classifier.config import ClassifierConfig
    from textseq.classifier.trained import TrainedClassifier


@dataclass(frozen=True)
class SearchLimits:
    """What ends a search, and what stays as it is.

    Args:
        seconds: The time; None for no limit.
        trials: The number of trials, the defaults included; None for no limit.
        size: Bytes of the model folder, at most; None for no limit.
        fixed: The names of settings that keep their values.

    Raises:
        ArgumentError: Nothing ends the search, or a limit is not above 0.
    """

    seconds: float | None = None
    trials: int | None = None
    size: int | None = None
    fixed: Collection[str] = ()

    def __post_init__(self) -> None:
        """Check the limits."""
        if self.seconds is None and self.trials is None:
            raise ArgumentError(
                "Autotuning needs a time in seconds (--autotune, seconds=), or a number of trials "
                "(--trials, trials=)."
            )
        for name, option in (
            ("seconds", "--autotune"),
            ("trials", "--trials"),
            ("size", "--autotune-size"),
        ):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise ArgumentError(f"`{name}` ({option}) must be above 0. Received: {value}.")


class Search:
    """The trials, one after the other, and the best of them.

    Args:
        config: The defaults, none of them left open.
        trainer: What trains.
        limits: What ends the search.
        on_trial: Called after each trial.
    """

    def __init__(
        self,
        config: ClassifierConfig,
        trainer: Trainer,
        limits: SearchLimits,
        on_trial: Callable[[Trial], None] | None = None,
    ) -> None:
        self.config, self.trainer, self.limits, self.on_trial = config, trainer, limits, on_trial
        small = limits.size is not None
        space = search_space(config, limits.fixed, small=small)
        self.probes = probes(config, space)
        self.smaller = smaller(config, space) if small else []
        self.study = Study(config, space)
        self.trials: list[Trial] = []
        self.skipped: list[dict[str, Any]] = []
        self.reference: Candidate | None = None  # what others are compared with
        self.best: Candidate | None = None
        self.journal: Journal | None = None
        self.over = False

    def resume(self, folder: Path, description: Mapping[str, Any]) -> None:
        """Read the trials of a folder, where there are some, and write those to come there.

        Args:
            folder: The folder.
            description: Settings and texts, which must be the same.
        """
        limits = {"fixed": sorted(self.limits.fixed), "size": self.limits.size}
        self.journal = Journal(folder, {**description, **limits})
        self.trials = [*self.journal.trials]
        chosen = [trial for trial in self.trials if trial.chosen]
        if chosen:
            self.reference = self._read(chosen[0])
            self.trainer.expect(chosen[0].seconds, chosen[0].settings)
            self.best = self.reference if len(chosen) == 1 else self._read(chosen[-1])

    def _read(self, trial: Trial) -> Candidate:
        """Return the model of a trial that was saved."""
        assert self.journal is not None  # noqa: S101
        return self.trainer.read(trial.settings, self.journal.model(trial.number))

    def close(self) -> None:
        """Let other processes use the folder of trials."""
        if self.journal is not None:
            self.journal.close()

    def run(self) -> TrainedClassifier:
        """Try until the time or the trials are over, and return the best."""
        interrupted = False
        try:
            while not self.over and (settings := self._next()) is not None:
                self._try(settings)
        except KeyboardInterrupt:
            if self.best is None:
                raise
            interrupted = True
        if self.best is None:
            raise self._none_fits()
        return self._result(self.best.trained, interrupted=interrupted)

    @property
    def _others(self) -> list[Candidate]:
        return [one for one in (self.reference, self.best) if one is not None]

    def _next(self) -> dict[str, Any] | None:
        """Return the settings to try next; None where the search is over."""
        if self.limits.trials is not None and len(self.trials) >= self.limits.trials:
            return None
        if not self.trials:
            return {}
        tried = [trial.settings for trial in self.trials]
        for settings in self._first_trials():
            if settings in tried or settings in self.skipped:
                continue
            if self.trainer.fits(settings, self._others):
                return settings
            self.skipped.append(settings)
        proposed = self.study.propose(self.trials, self.config.seed)
        fits = proposed is not None and self.trainer.fits(proposed, self._others)
        return proposed if fits else None

    def _first_trials(self) -> Iterator[dict[str, Any]]:
        """Yield what is tried before combinations that Optuna proposes.

        First smaller models, until one is as small as asked for; then the best settings with twice
        the networks, most of which are trained already, as the mean of more is hardly ever worse;
        then changes of one setting.
        """
        if self.reference is None:
            yield from self.smaller
            return
        usual = self.config.networks or 1
        if self.best is not None and "networks" not in self.limits.fixed:
            networks = 2 * int(self.best.settings.get("networks") or usual)
            if networks <= MOST_NETWORKS * usual and self.limits.size is None:
                yield {**self.best.settings, "networks": networks}
        for change in self.probes:
            yield {**self.reference.settings, **change}

    def _try(self, settings: dict[str, Any]) -> None:
        """Train with some settings, and keep the model if it is better."""
        started = time.monotonic()
        watch = self.study.watch(self._comparable(settings), self.trainer.logged)
        trial = Trial(len(self.trials), settings, metric=self.trainer.metric)
        try:
            candidate = self.trainer.train(settings, self._others, watch)
        except (ArgumentError, MemoryError):  # it diverged, or its networks are too large
            if not self.trials:
                raise
            self._record(replace(trial, result="failed"), started)
            return
        trial = replace(trial, curve=watch.curve if watch.trials is not None else [])
        if candidate is None:
            self.over = not watch.pruned
            self._record(replace(trial, result="pruned" if watch.pruned else "stopped"), started)
            return
        trial = replace(trial, settings=candidate.settings, complete=candidate.complete)
        trial = self._judge(trial, candidate)
        if trial.chosen:
            self._keep(trial, candidate)
        self.over = not candidate.complete
        self._record(trial, started)
        if candidate.trained.interrupted:
            raise KeyboardInterrupt

    def _comparable(self, settings: dict[str, Any]) -> list[Trial] | None:
        """Return the trials that show whether one loses early; None if its networks are not new.

        Those are trained again only where a search goes on and has lost them, which must not change
        what follows.
        """
        new = of_networks(settings)
        if any(of_networks(trial.settings) == new for trial in self.trials):
            return None
        return self.trials

    def _judge(self, trial: Trial, candidate: Candidate) -> Trial:
        """Return the trial with its score, and whether it is chosen."""
        trial = replace(trial, score=float(candidate.values.mean()))
        if self.limits.size is not None:
            trial = replace(trial, size=_size_of(candidate.trained))
            if trial.size is not None and trial.size > self.limits.size:
                return replace(trial, result="too large")
        if self.reference is None or self.best is None:
            return replace(trial, chosen=True)
        number = sum(one.result == "scored" for one in self.trials)
        found = compare(candidate.values, self.reference.values, number)
        chosen = found.is_better and candidate.values.mean() > self.best.values.mean()
        return replace(trial, **found._asdict(), chosen=bool(chosen))

    def _keep(self, trial: Trial, candidate: Candidate) -> None:
        """Let a candidate be the best, and write its model to the folder of trials."""
        self.best = candidate
        self.reference = self.reference or candidate
        if self.journal is not None and candidate.complete:
            candidate.trained.save(self.journal.model(trial.number), force=True)

    def _record(self, trial: Trial, started: float) -> None:
        """Add a trial; one that the clock ended is not written, so that it is tried again."""
        trial = replace(trial, seconds=round(time.monotonic() - started, 3))
        self.trials.append(trial)
        if self.journal is not None and trial.complete and trial.result != "stopped":
            self.journal.add(trial)
        if self.on_trial is not None:
            self.on_trial(trial)

    def _result(self, best: TrainedClassifier, *, interrupted: bool) -> TrainedClassifier:
        """Return the best classifier, with the trials, as far as these fit into its folder."""
        trials = [_entries(trial) for trial in self.trials]
        found = replace(best, trials=trials, interrupted=interrupted)
        if self.limits.size is not None and _size_of(found) > self.limits.size:
            found = replace(found, trials=None)
        return found

    def _none_fits(self) -> ArgumentError:
        smallest = min(trial.size or 0 for trial in self.trials)
        more = "more trials" if self.limits.seconds is None else "more time"
        return ArgumentError(
            f"None of {len(self.trials)} trials made a model of at most {self.limits.size:,} bytes "
            f"(--autotune-size, size=); the smallest has {smallest:,}; allow that, or {more}."
        )


def _entries(trial: Trial) -> dict[str, Any]:
    """Return a trial as metrics.json holds it."""
    return {name: value for name, value in asdict(trial).items() if name != "curve"}


def _size_of(trained: TrainedClassifier) -> int:
    """Return the bytes of the folder of a model."""
    with tempfile.TemporaryDirectory() as folder:
        trained.save(Path(folder) / "model")
        return size_of(Path(folder) / "model")
