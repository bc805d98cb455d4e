"""`autotune`, and the training of its trials, which use again what others have trained."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.classifier.autotuning.rule import text_values
from textseq.classifier.autotuning.search import Search, SearchLimits
from textseq.classifier.autotuning.space import of_networks
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.config_json import own_parts
from textseq.classifier.data import prepare
from textseq.classifier.label_calibration import answer_across
from textseq.classifier.model_folder import read_metrics
from textseq.classifier.predictor import Predictor, fit_predictor
from textseq.classifier.trained import TrainedClassifier, as_trained
from textseq.classifier.training import Known, Parts, describe_model, finish, train_parts
from textseq.compute.compiling import compile_whole
from textseq.errors import ArgumentError, naming_extras, require_extra
from textseq.network.heads import HEADS
from textseq.network.training.checkpoint import data_digests
from textseq.network.training.deadline import Deadline

if TYPE_CHECKING:
    from textseq.classifier.autotuning.journal import Trial
    from textseq.classifier.autotuning.study import Watch
    from textseq.classifier.data import TrainingData
    from textseq.classifier.texts import Texts
    from textseq.files.paths import StrPath
    from textseq.network.arrays import DoubleArray, FloatArray
    from textseq.network.training.batches import Examples

RESERVE, MOST_RESERVE, AS_PREPARING = 0.04, 0.2, 3
"""What is kept for the end of the first trial, whose length is not known yet: this fraction of the
time, or so many times what preparing the texts took, where that is more, as on a busy machine; at
most a fifth of the time."""


def autotune(
    texts: Texts,
    labels: Iterable[Any],
    config: ClassifierConfig | None = None,
    *,
    limits: SearchLimits,
    validation_data: tuple[Texts, Iterable[Any]] | None = None,
    checkpoint: StrPath | None = None,
    on_trial: Callable[[Trial], None] | None = None,
    on_resume: Callable[[list[Trial]], None] | None = None,
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
        on_resume: Called with the trials that the checkpoint holds, if it holds some.

    Raises:
        ArgumentError: See `train_classifier`; or there are no validation texts, or no model is as
            small as asked for.
        ArtifactError: The checkpoint is damaged, or of other settings or texts.
        MissingExtraError: Optuna is not installed.
        KeyboardInterrupt: Ctrl-C was pressed before there was a model.

    Example:
        >>> from textseq.classifier import ClassifierConfig, SearchLimits, autotune
        >>> config = ClassifierConfig(units=8, dimension=8, epochs=2, networks=1)
        >>> texts, labels = ["a joy to watch", "a bore to watch"] * 16, ["good", "bad"] * 16
        >>> held = ["what a joy", "what a bore"] * 8, ["good", "bad"] * 8
        >>> limits = SearchLimits(trials=2)
        >>> found = autotune(texts, labels, config, limits=limits, validation_data=held)
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
        raise _nothing_to_validate_on(data)
    search = Search(data.config, Trainer(data, started, limits.seconds), limits, on_trial)
    try:
        if checkpoint is not None:
            digests = data_digests(data.training, data.validation)
            search.resume(Path(checkpoint), {**describe_model(data), **digests})
            if search.trials and on_resume is not None:
                on_resume([*search.trials])
        return search.run()
    finally:
        search.close()


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model that was tried.

    Args:
        settings: Those that are not the defaults'.
        trained: The classifier.
        values: Of each validation text; see `text_values`.
        parts: What other trials may use of it; None where it was read from its folder.
        complete: Whether it is what its settings make, and was not ended before.
    """

    settings: dict[str, Any]
    trained: TrainedClassifier
    values: DoubleArray
    parts: Parts | None = None
    complete: bool = True


class Trainer:
    """Trains candidates of the same texts.

    Args:
        data: The texts, and the defaults.
        started: When the search began, as `time.monotonic` counts it.
        seconds: How long it may take; None for no limit.
    """

    def __init__(self, data: TrainingData, started: float, seconds: float | None) -> None:
        self.data = data
        self.ends = None if seconds is None else started + seconds
        # Seconds of a network, of the linear model, and of what follows training.
        self.network, self.linear, self.finish = 0.0, 0.0, 0.0
        if seconds is not None:
            prepared = AS_PREPARING * (time.monotonic() - started)
            self.finish = min(max(RESERVE * seconds, prepared), MOST_RESERVE * seconds)

    @property
    def metric(self) -> str:
        """The metric that decides."""
        return self.data.config.metric or "accuracy"

    @property
    def logged(self) -> str:
        """Its name in the logs of an epoch."""
        head = HEADS.resolve("sigmoid" if self.data.config.multilabel else "softmax")
        return f"val_{head.find_metric(self.metric).name}"

    def fits(self, settings: dict[str, Any], others: Sequence[Candidate]) -> bool:
        """Return whether there is time for a trial: for a network of it, by what one took before.

        Those that are done when the time is over are kept.
        """
        if self.ends is None:
            return True
        known, config = self.known(settings, others), self.data.config.replace(**settings)
        takes = self.finish + self.network * ((config.networks or 1) > len(known.networks))
        takes += self.linear if known.linear is None and config.linear else 0.0
        return time.monotonic() + takes < self.ends

    def expect(self, seconds: float, settings: dict[str, Any]) -> None:
        """Take it that a network takes as long as those of an earlier run did, all in all."""
        self.network = seconds / (self.data.config.replace(**settings).networks or 1)

    def known(self, settings: dict[str, Any], others: Sequence[Candidate]) -> Known:
        """Return what need not be trained, because another candidate has it."""
        networks: list[Any] = []
        linear = None
        for other in others:
            if other.parts is None or not other.complete:
                continue
            if of_networks(settings) == of_networks(other.settings):
                trained = zip(other.parts.networks, other.parts.histories, strict=True)
                networks = max(networks, [*trained], key=len)
            if settings.get("linear") == other.settings.get("linear"):
                linear = other.parts.linear
        wanted = self.data.config.replace(**settings).networks or 1
        return Known(networks[:wanted], linear)

    def train(
        self, settings: dict[str, Any], others: Sequence[Candidate], watch: Watch
    ) -> Candidate | None:
        """Train with some settings; return None where there is nothing new.

        Where the time is over, the networks that are done are kept, or if this is the first
        candidate, the one that is not.

        Raises:
            ArgumentError: Training diverged.
            KeyboardInterrupt: Ctrl-C was pressed, and this is not the first candidate.
        """
        known = self.known(settings, others)
        data = replace(self.data, config=self.data.config.replace(**settings))
        deadline = Deadline(None if self.ends is None else self.ends - self.finish)
        started = time.monotonic()
        parts = train_parts(data, callbacks=[deadline, watch], known=known)
        if watch.pruned:
            return None
        ended = time.monotonic()
        complete = not parts.interrupted
        if not complete:
            if others and not deadline.passed:
                raise KeyboardInterrupt
            done = len(parts.networks) - 1
            if others and done <= len(known.networks):
                return None
            parts = _first_networks(parts, max(1, done))
            settings = self._with_networks(settings, len(parts.networks))
            data = replace(data, config=data.config.replace(networks=len(parts.networks)))
            parts = parts._replace(interrupted=not deadline.passed)
            complete = bool(others)
        elif not others:
            self._note(started, deadline.began, ended, len(parts.networks))
        candidate = self._assemble(data, settings, parts, complete=complete)
        self.finish = max(time.monotonic() - ended, 0.0) * 1.2
        return candidate

    def read(self, settings: dict[str, Any], folder: Path) -> Candidate:
        """Return a candidate that was saved."""
        own = own_parts(self.data.config.replace(**settings))
        model, metrics = Predictor.load(folder, **own), read_metrics(folder)
        trained = TrainedClassifier(
            model,
            metrics["histories"],
            metrics.get("validation"),
            self.data.held_out,
            self.data.coverage,
            data=self.data.summary,
        )
        probabilities = model.ensemble.probabilities(self._validation.sequences)
        return Candidate(settings, trained, self._values(model, probabilities))

    @property
    def _validation(self) -> Examples:
        assert self.data.validation is not None  # noqa: S101  (`autotune` has checked it)
        return self.data.validation

    def _note(self, started: float, began: float | None, ended: float, networks: int) -> None:
        """Note how long the parts of the first candidate took."""
        began = ended if began is None else began
        self.linear, self.network = began - started, (ended - began) / networks

    def _with_networks(self, settings: dict[str, Any], networks: int) -> dict[str, Any]:
        others = {name: value for name, value in settings.items() if name != "networks"}
        return others if networks == self.data.config.networks else {**others, "networks": networks}

    def _assemble(
        self, data: TrainingData, settings: dict[str, Any], parts: Parts, *, complete: bool
    ) -> Candidate:
        trained = finish(data, parts)
        model, fitted = fit_predictor(data, trained)
        probabilities = fitted.probabilities
        assert probabilities is not None  # noqa: S101  (there are validation texts)
        return Candidate(
            settings,
            as_trained(data, trained, model, fitted.scores),
            self._values(model, probabilities),
            parts,
            complete,
        )

    def _values(self, model: Predictor, probabilities: FloatArray) -> DoubleArray:
        """Return the value of each validation text, by the answers of a model."""
        calibrated, targets = model.calibrate(probabilities), self._validation.targets
        if model.multilabel:  # with thresholds of other texts: their own suit them too well
            answers = answer_across(calibrated, targets)
        else:
            answers = calibrated.argmax(axis=1)
        return text_values(self.metric, targets, calibrated, answers)


def _first_networks(parts: Parts, count: int) -> Parts:
    return parts._replace(networks=parts.networks[:count], histories=parts.histories[:count])


def _nothing_to_validate_on(data: TrainingData) -> ArgumentError:
    """Return the error where no texts, or one, are kept for validation."""
    kept, remedy = "none are", "name some with --validation FILE (validation_data=)"
    if data.config.validation_fraction:
        kept = "fewer are"
    else:
        remedy += ", or keep a fifth with --validation-fraction 0.2 (validation_fraction=0.2)"
    return ArgumentError(
        f"Autotuning needs two texts or more to validate on, and of {len(data.training.targets):,} "
        f"texts {kept} kept; {remedy}."
    )
