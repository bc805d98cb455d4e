"""Find better settings in a given time: train with several, and keep the best model.

    texts, labels -> prepare, once -> trial 0: the defaults
                                   -> trials 1, 2, ...: other settings -> the rule -> the best model

Trial 0 is what `train_classifier` makes. What is returned is a model that was tried, itself, and
not one that was trained again. Another takes the place of the defaults only if it is better on the
validation texts by more than luck explains: `autotune_rule` has the rule, and `autotune_space` what
is tried.

Which trials there are depends on the seed and on the results before, and not on the clock: it only
ends the search, and leaves out what would take longer than is left. So a number of trials repeats
exactly.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.classifier.autotune_journal import Journal, Trial
from textseq.classifier.autotune_rule import compare
from textseq.classifier.autotune_space import MOST_NETWORKS, probes, search_space
from textseq.classifier.autotune_study import Study
from textseq.classifier.autotune_trial import Candidate, Trainer
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.data import prepare
from textseq.classifier.model_folder import read_metrics
from textseq.classifier.predictor import Predictor
from textseq.classifier.training import describe_model
from textseq.compute.compiling import compile_whole
from textseq.errors import ArgumentError, naming_extras, require_extra
from textseq.network.training.checkpoint import data_digests

if TYPE_CHECKING:
    from textseq.classifier.data import TrainingData
    from textseq.classifier.texts import Texts
    from textseq.classifier.trained import TrainedClassifier
    from textseq.files.paths import StrPath


@dataclass(frozen=True)
class Limits:
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


def autotune(
    texts: Texts,
    labels: Iterable[Any],
    config: ClassifierConfig | None = None,
    *,
    limits: Limits,
    validation_data: tuple[Texts, Iterable[Any]] | None = None,
    checkpoint: StrPath | None = None,
    on_trial: Callable[[Trial], None] | None = None,
) -> TrainedClassifier:
    """Train with several settings in a given time, and return the best classifier.

    Ctrl-C ends it with the best so far, if there is any.

    Args:
        texts: See `SentenceClassifier.fit`; so are the others.
        labels: A label for each text.
        config: The settings to start from, those of trial 0; None for the defaults.
        limits: The time, the number of trials, and what must stay as it is.
        validation_data: Texts and labels that decide which settings are better; None keeps some of
            `texts`, as training does.
        checkpoint: A folder for the trials and the best model; if it holds trials of the same
            settings and texts, the search goes on from there.
        on_trial: Called after each trial.

    Raises:
        ArgumentError: See `train_classifier`; or there are no validation texts, or no model is as
            small as asked for.
        ArtifactError: The checkpoint is damaged, or of other settings or texts.
        MissingExtraError: Optuna is not installed.
        KeyboardInterrupt: Ctrl-C was pressed before there was a model.

    Example:
        >>> from textseq.classifier import ClassifierConfig
        >>> from textseq.classifier.autotune import Limits, autotune
        >>> config = ClassifierConfig(units=8, dimension=8, epochs=2, networks=1)
        >>> texts, labels = ["a joy to watch", "a bore to watch"] * 16, ["good", "bad"] * 16
        >>> held = ["what a joy", "what a bore"] * 8, ["good", "bad"] * 8
        >>> found = autotune(texts, labels, config, limits=Limits(trials=2), validation_data=held)
        >>> [(trial["number"], trial["settings"]) for trial in found.trials]
        [(0, {}), (1, {'networks': 2})]
    """
    started = time.monotonic()
    require_extra("optuna", "Autotuning")
    compile_whole()
    config = config or ClassifierConfig()
    if config.needs_keras:
        with naming_extras("Training with a part of your own"):
            importlib.import_module("keras")
    data = prepare(texts, labels, config, validation_data=validation_data)
    if data.validation is None or len(data.validation.targets) < 2:
        raise ArgumentError(
            f"Autotuning needs texts to validate on, and of {len(data.training.targets):,} texts "
            f"none are kept; name some with --validation FILE (validation_data=), or keep a fifth "
            f"with --validation-fraction 0.2 (validation_fraction=0.2)."
        )
    search = _Search(data, limits, started, on_trial)
    if checkpoint is not None:
        search.resume(Path(checkpoint))
    return search.run()


class _Search:
    """The trials, one after the other, and the best of them."""

    def __init__(
        self,
        data: TrainingData,
        limits: Limits,
        started: float,
        on_trial: Callable[[Trial], None] | None,
    ) -> None:
        self.data, self.limits, self.on_trial = data, limits, on_trial
        small = limits.size is not None
        self.space = search_space(data.config, limits.fixed, small=small)
        self.probes = probes(data.config, self.space, small=small)
        self.study = Study(data.config, self.space)
        self.trainer = Trainer(data, started, limits.seconds)
        self.trials: list[Trial] = []
        self.skipped: list[dict[str, Any]] = []
        self.reference: Candidate | None = None  # what others are compared with
        self.best: Candidate | None = None
        self.journal: Journal | None = None
        self.over = False

    def resume(self, folder: Path) -> None:
        """Read the trials of a folder, where there are some, and write those to come there."""
        limits, data = self.limits, self.data
        description = {
            **describe_model(data),
            "fixed": sorted(limits.fixed),
            "size": limits.size,
            **data_digests(data.training, data.validation),
        }
        self.journal = Journal(folder, description)
        self.trials = [*self.journal.trials]
        chosen = [trial for trial in self.trials if trial.chosen]
        if chosen:
            self.reference = self._read(chosen[0])
            self.best = self.reference if len(chosen) == 1 else self._read(chosen[-1])

    def _read(self, trial: Trial) -> Candidate:
        """Return the model of a trial that was saved."""
        assert self.journal is not None  # noqa: S101
        folder = self.journal.model(trial.number)
        return self.trainer.read(trial.settings, Predictor.load(folder), read_metrics(folder))

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
        for settings in self._more_networks(), *self.probes:
            if settings is None or settings in tried or settings in self.skipped:
                continue
            if self.trainer.fits(settings, self._others):
                return settings
            self.skipped.append(settings)
        settings = self.study.propose(self.trials, self.data.config.seed)
        fits = settings is not None and self.trainer.fits(settings, self._others)
        return settings if fits else None

    def _more_networks(self) -> dict[str, Any] | None:
        """Return the best settings with twice the networks, most of which are trained already.

        The mean of more networks is hardly ever worse, so this comes before all else.
        """
        if self.best is None or "networks" in self.limits.fixed or self.limits.size is not None:
            return None
        usual = self.data.config.networks or 1
        networks = 2 * int(self.best.settings.get("networks") or usual)
        if networks > MOST_NETWORKS * usual:
            return None
        return {**self.best.settings, "networks": networks}

    def _try(self, settings: dict[str, Any]) -> None:
        """Train with some settings, and keep the model if it is better."""
        started = time.monotonic()
        watch = self.study.watch(self.trials, self.trainer.logged)
        trial = Trial(len(self.trials), settings)
        try:
            candidate = self.trainer.train(settings, self._others, watch)
        except ArgumentError:
            if not self.trials:
                raise
            self._record(replace(trial, result="failed"), started)  # it diverged
            return
        trial = replace(trial, curve=watch.curve)
        if candidate is None:
            self.over = not watch.pruned
            self._record(replace(trial, result="pruned" if watch.pruned else "stopped"), started)
            return
        trial = self._judge(replace(trial, settings=candidate.settings), candidate)
        if trial.chosen:
            self._keep(trial, candidate)
        self.over = not candidate.complete
        self._record(trial, started, complete=candidate.complete)
        if candidate.trained.interrupted:
            raise KeyboardInterrupt

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
        before = [one.number for one in self.trials if one.chosen][1:]
        self.best = candidate
        self.reference = self.reference or candidate
        if self.journal is not None and candidate.complete:
            candidate.trained.save(self.journal.model(trial.number), force=True)
            for number in before:
                shutil.rmtree(self.journal.model(number), ignore_errors=True)

    def _record(self, trial: Trial, started: float, *, complete: bool = True) -> None:
        """Add a trial; one that the clock ended is not written, so that it is tried again."""
        trial = replace(trial, seconds=round(time.monotonic() - started, 3))
        self.trials.append(trial)
        if self.journal is not None and complete and trial.result != "stopped":
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
        return ArgumentError(
            f"None of {len(self.trials)} trials made a model of at most {self.limits.size:,} bytes "
            f"(--autotune-size, size=); the smallest has {smallest:,}; allow that, or more time."
        )


def _entries(trial: Trial) -> dict[str, Any]:
    """Return a trial as metrics.json holds it."""
    return {name: value for name, value in asdict(trial).items() if name != "curve"}


def _size_of(trained: TrainedClassifier) -> int:
    """Return the bytes of the folder of a model."""
    with tempfile.TemporaryDirectory() as folder:
        trained.save(Path(folder) / "model")
        return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
