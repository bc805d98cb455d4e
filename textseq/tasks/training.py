"""Several networks of one task, trained one after the other, and what that makes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from textseq.files.paths import StrPath
from textseq.network.arrays import IntArray
from textseq.network.training.batches import Data
from textseq.network.training.checkpoint import History
from textseq.network.training.networks import (
    TrainedWeights,
    Watched,
    collect_networks,
    train_networks,
)
from textseq.network.training.observers import Observer
from textseq.network.training.trainable import Trainable
from textseq.tasks.model_folder import SavesItself
from textseq.tasks.settings import NetworkSettings

Model = TypeVar("Model", bound=SavesItself)
Answered = tuple[list[Any], list[Any]]
"""What is read, and the answer to each."""


@dataclass(frozen=True, eq=False)
class Trained(Generic[Model]):
    """What a training made.

    Args:
        model: What answers.
        histories: Loss and metric of each epoch, of each network.
        interrupted: Whether Ctrl-C ended it; the model is the best until then.
        validation: The scores on the validation examples; None where there were none.
    """

    model: Model
    histories: list[History]
    interrupted: bool = False
    validation: Any = None

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the model, and how its training went, to a folder."""
        self.model.save(path, self.metrics, force=force)

    @property
    def metrics(self) -> dict[str, Any]:
        """What metrics.json holds."""
        return {"histories": self.histories, "validation": self.validation}


def fit_networks(
    build: Callable[[int], Trainable],
    settings: NetworkSettings,
    training: Data,
    validation: Data | None,
    *,
    observers: Sequence[Observer] = (),
    checkpoint: StrPath | None = None,
) -> TrainedWeights:
    """Train as many networks as the settings say; Ctrl-C keeps those that there are.

    Args:
        build: From a seed to a network before training.
        settings: The settings, which a checkpoint must share.
        training: The training set.
        validation: The validation set, which decides when to stop; None trains for all epochs.
        observers: Who watches.
        checkpoint: A folder, in which the state is kept after each epoch.

    Raises:
        ArgumentError: Training diverged.
        ArtifactError: The checkpoint is damaged, or of other settings or data.
        KeyboardInterrupt: Ctrl-C was pressed before there was a network to keep.
    """

    @contextlib.contextmanager
    def watched(_: int, seed: int) -> Iterator[Watched]:
        yield build(seed), observers

    # A task drops words in its own batches.
    options = replace(settings.training_options, word_dropout=0.0)
    with np.errstate(over="ignore", invalid="ignore"):  # of what diverges, there is one error
        return collect_networks(
            train_networks(
                watched, settings.networks, training, validation, options,
                checkpoint=checkpoint, description=settings.to_config(),
            )
        )  # fmt: skip


def train_val_split(count: int, settings: NetworkSettings) -> tuple[IntArray, IntArray]:
    """Return which of some examples to train on, and which to validate on, drawn by the seed.

    Example:
        >>> from textseq.tasks.training import train_val_split
        >>> from textseq.tasks.settings import NetworkSettings
        >>> training, validation = train_val_split(10, NetworkSettings(validation_fraction=0.2))
        >>> len(training), len(validation)
        (8, 2)
    """
    held_out = int(count * settings.validation_fraction)
    order = np.random.default_rng([settings.seed, count]).permutation(count)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def hold_out(
    examples: Answered, settings: NetworkSettings, least: int
) -> tuple[Answered, Answered | None]:
    """Return examples to train on, and those to validate on; of fewer than `least`, none."""
    kept, held = (part.tolist() for part in train_val_split(len(examples[0]), settings))
    if not held or len(examples[0]) < least:
        return examples, None
    first, second = (
        ([examples[0][i] for i in part], [examples[1][i] for i in part]) for part in (kept, held)
    )
    return first, second
