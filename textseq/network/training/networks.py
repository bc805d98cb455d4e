"""Several networks of the same specification, trained one after the other from different seeds.

They differ in their weights only, which a compiled step takes as an argument: what the first one
compiles, the others use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from textseq.files.paths import StrPath
from textseq.network.arrays import FloatArray
from textseq.network.model_weights import weight_values
from textseq.network.training.batches import Examples
from textseq.network.training.callbacks import folders_of_network
from textseq.network.training.checkpoint import History
from textseq.network.training.loop import Predict, seeded, train
from textseq.network.training.options import TrainingOptions
from textseq.network.training.train_step import Programs


def train_networks(
    build: Callable[[], keras.Model],
    count: int,
    training: Examples,
    validation: Examples | None,
    options: TrainingOptions,
    *,
    predict: Predict | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint: StrPath | None = None,
    description: dict[str, Any] | None = None,
) -> Iterator[tuple[dict[str, FloatArray], History]]:
    """Train networks, and yield each one's weights by name and its history; see also `train`.

    Args:
        build: Builds an untrained network.
        count: Number of networks.
        training: The training set.
        validation: The validation set.
        options: How to train; the seed is that of the first network.
        predict: From the model and sequences to predictions.
        callbacks: Keras callbacks; their `params` hold `network`, counted from 1, and `networks`.
            Of several networks, each one's files go to a folder `network_1` and so on.
        checkpoint: A folder; the second network uses the folder `2` in it, and so on.
        description: What else must be the same for a checkpoint to be resumed.
    """
    programs: Programs = {}
    for k, seed in enumerate(seeds_of(options.seed, count), start=1):
        folder = checkpoint if checkpoint is None or k == 1 else Path(checkpoint) / str(k)
        with seeded(seed), folders_of_network(callbacks, k, count):
            model = build()
            history = train(
                model,
                training,
                validation,
                replace(options, seed=seed),
                predict=predict,
                callbacks=callbacks,
                checkpoint=folder,
                description=description,
                programs=programs,
                callback_params={"network": k, "networks": count},
            )
        yield weight_values(model), history


def seeds_of(seed: int, count: int) -> list[int]:
    """Return the seeds of networks: the first is `seed` itself.

    The others are unrelated to nearby seeds, so that two classifiers of seeds 0 and 1 have no
    network in common.
    """
    others = (np.random.SeedSequence([seed, k]).generate_state(1) for k in range(1, count))
    return [seed, *(int(state[0]) for state in others)]
