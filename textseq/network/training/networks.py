"""Several networks of one plan, trained one after the other from other random numbers.

They are alike but for their weights, and a compiled step takes the weights as an argument: what the
first one compiles, the others use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from textseq.files.paths import StrPath
from textseq.network.model import weight_values
from textseq.network.training.batches import Examples
from textseq.network.training.gradients import Programs
from textseq.network.training.loop import Array, History, Predict, Settings, seeded, train


def train_networks(
    build: Callable[[], keras.Model],
    number: int,
    training: Examples,
    validation: Examples | None,
    settings: Settings,
    *,
    predict: Predict | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint: StrPath | None = None,
    description: dict[str, Any] | None = None,
) -> Iterator[tuple[dict[str, Array], History]]:
    """Train networks, and yield each one's weights by name and its history.

    Args:
        build: Makes a network that is not trained.
        number: How many to train.
        training: See `train`; so are the others. Callbacks find `network`, counted from 1, and
            `networks` in their `params`.
        validation: See there.
        settings: See there; the seed is that of the first network.
        predict: See there.
        callbacks: See there.
        checkpoint: A folder; the second network has a folder `2` in it, and so on.
        description: See there.

    Raises:
        ArtifactError: See `train`.
        TrainingInterrupted: Ctrl-C was pressed, and the network in training has weights to keep.
    """
    programs: Programs = {}
    for k, seed in enumerate(seeds_of(settings.seed, number), start=1):
        folder = checkpoint if checkpoint is None or k == 1 else Path(checkpoint) / str(k)
        with seeded(seed):
            model = build()
            history = train(
                model,
                training,
                validation,
                replace(settings, seed=seed),
                predict=predict,
                callbacks=callbacks,
                checkpoint=folder,
                description=description,
                programs=programs,
                told={"network": k, "networks": number},
            )
        yield weight_values(model), history


def seeds_of(seed: int, number: int) -> list[int]:
    """Return the seeds of so many networks: the first one's is the seed itself.

    Those of the others share nothing with the seeds beside it, so that two classifiers of seeds 0
    and 1 have no network in common.

    Example:
        >>> from textseq.network.training.networks import seeds_of
        >>> seeds_of(7, 1), len({*seeds_of(0, 3), *seeds_of(1, 3)})
        ([7], 6)
    """
    others = (np.random.SeedSequence([seed, k]).generate_state(1) for k in range(1, number))
    return [seed, *(int(state[0]) for state in others)]
