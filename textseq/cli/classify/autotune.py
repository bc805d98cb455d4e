"""Searching for better settings: options of `classify train`, and what it says of the search."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from textseq.cli.console import format_bytes, say
from textseq.compute.settings import setting
from textseq.registry import counted

if TYPE_CHECKING:
    from textseq.classifier.autotuning.journal import Trial
    from textseq.classifier.autotuning.search import SearchLimits

RESERVE = 0.03
"""Of the time, what is kept for the start of the program, and for saving the model."""

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


@dataclass(frozen=True)
class AutotuneOptions:
    """The options of a search."""

    autotune: float | None = setting(
        None,
        "Search for better settings, for as many seconds as the whole command may take, and keep "
        "the best model. That of the defaults stays unless another is better on the "
        "validation texts by more than luck explains; settings that are given stay as they are, "
        "and --metric decides what is better. With --checkpoint, the same command goes on.",
        metavar="SECONDS",
    )
    trials: int | None = setting(
        None,
        "Try this many settings, the defaults included, which repeats exactly; with --autotune, "
        "whichever ends first.",
    )
    autotune_size: str | None = setting(
        None,
        "Keep only models whose folder is at most this large, such as 10MB.",
        metavar="SIZE",
    )

    @property
    def asked_for(self) -> bool:
        """Whether there is a search."""
        return self.autotune is not None or self.trials is not None

    def check(self, folds: int | None, tensorboard: Path | None) -> None:
        """Refuse before any work what does nothing in a search, or without one."""
        if not self.asked_for:
            if self.autotune_size is not None:
                raise typer.BadParameter(
                    "it does nothing without --autotune SECONDS or --trials N; give one of them",
                    param_hint="'--autotune-size'",
                )
            return
        from textseq.errors import require_extra

        for name, value in (("--folds", folds), ("--tensorboard", tensorboard)):
            if value is not None:
                raise typer.BadParameter(
                    "it is of one training, and --autotune and --trials are of many; leave out "
                    "one or the other",
                    param_hint=f"'{name}'",
                )
        require_extra("optuna", "Autotuning")
        self.limits(())

    def limits(self, fixed: Collection[str], taken: float = 0.0) -> SearchLimits:
        """Return what ends the search, and the settings that stay as they are.

        Args:
            fixed: Those settings.
            taken: The seconds that the command has taken so far.
        """
        from textseq.classifier.autotuning.search import SearchLimits

        size = None if self.autotune_size is None else parse_size(self.autotune_size)
        limits = SearchLimits(self.autotune, self.trials, size, fixed)
        if limits.seconds is None:
            return limits
        left = limits.seconds * (1 - RESERVE) - taken
        return replace(limits, seconds=max(left, limits.seconds / 100))


def parse_size(text: str) -> int:
    """Return the bytes of a size such as 10MB or 1.5 GB; units are powers of 1,000."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]?)b?", text.strip().lower())
    if found is None or not float(found[1]):
        raise typer.BadParameter(
            f"expected a size above 0, such as 500kB or 10MB. Received: {text!r}",
            param_hint="'--autotune-size'",
        )
    return int(float(found[1]) * _UNITS[found[2]])


class Lines:
    """A line for each trial, and what came of all of them."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []

    def resume(self, trials: list[Trial]) -> None:
        """Note the trials of an earlier run."""
        self.trials += trials
        say(f"Autotuning goes on after {counted(len(trials), 'trial')}")

    def say(self, trial: Trial) -> None:
        """Say how a trial went."""
        self.trials.append(trial)
        what = describe(trial)
        say(f"Trial {trial.number}, {what}: {self._outcome(trial)} ({trial.seconds:.1f} s)")

    def _outcome(self, trial: Trial) -> str:
        if trial.score is None:
            return {
                "pruned": "ended early, as it was clearly worse",
                "stopped": "the time was over before it was done",
                "failed": "training diverged, or did not fit into memory",
            }[trial.result]
        value = -trial.score if trial.metric == "loss" else trial.score
        score = f"{trial.metric} {_figure(trial, value)}"
        if trial.size is not None:
            score += f", {format_bytes(trial.size)}"
        if trial.result == "too large":
            return f"{score}, which is too large"
        if trial.difference is None or trial.needed is None:
            return score if trial.complete else f"{score}, ended early"
        which = "better" if trial.difference >= 0 else "worse"
        score += f", {_points(trial, abs(trial.difference))} {which}"
        if trial.chosen:
            return f"{score}, the best so far"
        return f"{score}, {_points(trial, trial.needed)} needed" if which == "better" else score

    def conclude(self, *, interrupted: bool = False) -> None:
        """Say which settings were chosen, and by how much they are better."""
        chosen = [trial for trial in self.trials if trial.chosen]
        if not chosen:
            return
        first, last = chosen[0], chosen[-1]
        if not last.complete and interrupted:
            say("The model of the defaults was not done; what there was of it is saved")
            return
        if not last.complete:
            say(
                "The time was over before the model of the defaults was; what there was of it is "
                "saved. Give more seconds (--autotune) for all of it"
            )
            return
        if last.number == first.number:
            say(f"Chosen: {describe(first)}; {self._why_no_other()}")
            return
        say(
            f"Chosen: trial {last.number}, {describe(last)}; "
            f"{_points(last, last.difference or 0.0)} better than trial {first.number} on the "
            f"validation texts, with a standard error of {_points(last, last.error or 0.0)}"
        )

    def _why_no_other(self) -> str:
        if len(self.trials) == 1:
            return "no other settings were tried"
        others = counted(len(self.trials) - 1, "other trial")
        small = "small enough and " if any(t.result == "too large" for t in self.trials) else ""
        return f"none of {others} was {small}better by more than luck explains"


def _figure(trial: Trial, value: float) -> str:
    return f"{value:.4f}" if trial.metric == "loss" else f"{value:.1%}"


def _points(trial: Trial, value: float) -> str:
    """Return a difference of two scores, in percentage points."""
    return f"{value:.4f}" if trial.metric == "loss" else f"{100 * value:.1f} points"


def describe(trial: Trial) -> str:
    """Return the settings of a trial that are not the defaults'."""
    settings = ", ".join(f"{name} {_short(value)}" for name, value in trial.settings.items())
    return settings or "the defaults"


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
