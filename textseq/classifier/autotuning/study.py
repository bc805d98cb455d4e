"""Optuna, which proposes settings by those that did well, and ends trials that lose early.

A study in memory is made for each question from the trials so far, and the sampler is seeded by the
seed and the number of the trial. So a search that was stopped goes on as if it had not been, which
the state of a sampler that lasts would not allow, and nothing of Optuna's is on the disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.classifier.autotuning.space import NAMED, Space
from textseq.network.training.observers import Logs, Observer

if TYPE_CHECKING:
    from textseq.classifier.autotuning.journal import Trial
    from textseq.classifier.config import ClassifierConfig

ATTEMPTS = 20
"""How often another proposal is asked for, where one was tried before."""

FIRST_TRIALS = 5
"""Trials before which none is ended early."""

KEPT = 75.0
"""Percentage of the trials that are not ended early: only those that are clearly worse are."""


class Study:
    """What Optuna knows.

    Args:
        config: The defaults.
        space: The values of each setting.
    """

    def __init__(self, config: ClassifierConfig, space: Space) -> None:
        self.config, self.space = config, {k: v for k, v in space.items() if len(v) > 1}

    def propose(self, trials: Sequence[Trial], seed: int) -> dict[str, Any] | None:
        """Return settings that were not tried yet; None where there seem to be none.

        Args:
            trials: What was tried.
            seed: The seed of the search.
        """
        if not self.space:
            return None
        for attempt in range(ATTEMPTS):
            key = [seed, len(trials), attempt]
            study = self._study(trials, int(np.random.SeedSequence(key).generate_state(1)[0]))
            asked = study.ask(self._distributions()).params
            settings = self._settings(asked)
            if not any(trial.settings == settings for trial in trials):
                return settings
        return None

    def watch(self, trials: Sequence[Trial] | None, name: str) -> Watch:
        """Return the observer that ends a trial which loses early.

        Args:
            trials: What was tried before; None to end nothing.
            name: Of the validation metric in the logs of an epoch.
        """
        return Watch(self, trials, name)

    def loses(self, trials: Sequence[Trial], curve: Sequence[float]) -> bool:
        """Return whether a trial with these values of its first epochs is to be ended."""
        import optuna

        scored = [trial for trial in trials if trial.curve]
        if len(scored) < FIRST_TRIALS:
            return False
        with _quietly():
            study = optuna.create_study(
                direction="maximize",
                pruner=optuna.pruners.PercentilePruner(KEPT, n_startup_trials=0, n_warmup_steps=1),
            )
            for trial in scored:
                values = dict(enumerate(trial.curve))
                study.add_trial(optuna.trial.create_trial(value=0.0, intermediate_values=values))
            asked = study.ask()
            for epoch, value in enumerate(curve):
                asked.report(value, epoch)
            return bool(asked.should_prune())

    def _study(self, trials: Sequence[Trial], seed: int) -> Any:
        import optuna

        with _quietly():
            study = optuna.create_study(
                direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed)
            )
            for trial in trials:
                if trial.score is None or not self._holds(trial.settings):
                    continue
                study.add_trial(
                    optuna.trial.create_trial(
                        params=self._params(trial.settings),
                        distributions=self._distributions(),
                        # One that is too large is worse than any that is not.
                        value=trial.score - (trial.result == "too large"),
                    )
                )
            return study

    def _holds(self, settings: dict[str, Any]) -> bool:
        """Return whether settings are of the space.

        More networks are not, which says nothing of the other settings; nor are those that a trial
        had when the time was over.
        """
        return all(value in self.space.get(name, ()) for name, value in settings.items())

    def _distributions(self) -> dict[str, Any]:
        """Return Optuna's distributions: of the position of a value, so that order counts."""
        from optuna.distributions import CategoricalDistribution, IntDistribution

        return {
            name: CategoricalDistribution([*range(len(values))])
            if name in NAMED
            else IntDistribution(0, len(values) - 1)
            for name, values in self.space.items()
        }

    def _params(self, settings: dict[str, Any]) -> dict[str, int]:
        return {
            name: values.index(settings.get(name, getattr(self.config, name)))
            for name, values in self.space.items()
        }

    def _settings(self, params: dict[str, int]) -> dict[str, Any]:
        values = {name: self.space[name][at] for name, at in params.items()}
        return {name: v for name, v in values.items() if v != getattr(self.config, name)}


class Watch(Observer):
    """Ends a trial that loses early, as Ctrl-C does; the first network decides.

    Args:
        study: What decides.
        trials: What was tried before; None to end nothing.
        name: Of the validation metric in the logs of an epoch; of a loss, lower is better.

    Attributes:
        curve: The metric of each epoch of the first network; higher is better.
        pruned: Whether it ended the trial.
    """

    def __init__(self, study: Study, trials: Sequence[Trial] | None, name: str) -> None:
        self.study, self.trials, self.name = study, trials, name
        self.curve: list[float] = []
        self.pruned = False

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:  # noqa: ARG002
        """End the trial if it loses.

        Raises:
            KeyboardInterrupt: It does.
        """
        if self.trials is None or self.params.get("network") != 1:
            return
        value = float(logs[self.name])
        self.curve.append(-value if self.name == "val_loss" else value)
        if self.study.loses(self.trials, self.curve):
            self.pruned = True
            raise KeyboardInterrupt


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Let Optuna say nothing of studies in memory."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
