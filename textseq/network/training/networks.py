"""Several networks of the same specification, trained one after the other from different seeds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from textseq.files.paths import StrPath
from textseq.network.arrays import FloatArray
from textseq.network.training.batches import Data, Examples
from textseq.network.training.checkpoint import History
from textseq.network.training.loop import TrainingInterrupted, train
from textseq.network.training.observers import Observer
from textseq.network.training.options import TrainingOptions
from textseq.network.training.packed import SentenceTrainable
from textseq.network.training.trainable import Trainable

if TYPE_CHECKING:
    import keras

    from textseq.network.model_spec import ModelSpec

Watched = tuple[Trainable, Sequence[Observer]]
Build = Callable[[int, int], AbstractContextManager[Watched]]
"""From a network's number, counted from 1, and its seed to an untrained network and who watches
it; what training needs is held meanwhile."""


class TrainedWeights(NamedTuple):
    """What training made.

    Args:
        weights: The weights of each network, by name.
        histories: Of each network, the loss and the metric of each epoch.
        interrupted: Whether Ctrl-C ended the training; the networks are then the best so far.
    """

    weights: list[dict[str, FloatArray]]
    histories: list[History]
    interrupted: bool = False


def train_networks(
    build: Build,
    count: int,
    training: Data,
    validation: Data | None,
    options: TrainingOptions,
    *,
    checkpoint: StrPath | None = None,
    description: dict[str, Any] | None = None,
    known: Sequence[tuple[dict[str, FloatArray], History]] = (),
) -> Iterator[tuple[dict[str, FloatArray], History]]:
    """Train networks, and yield each one's weights by name and its history; see also `train`.

    Args:
        build: Builds an untrained network; see `builder`.
        count: Number of networks.
        training: The training set.
        validation: The validation set.
        options: How to train; the seed is that of the first network.
        checkpoint: A folder; the second network uses the folder `2` in it, and so on.
        description: What else must be the same for a checkpoint to be resumed.
        known: The first networks, where those were trained before.
    """
    yield from known[:count]
    for k, seed in enumerate(seeds_of(options.seed, count), start=1):
        if k <= len(known):
            continue
        folder = checkpoint if checkpoint is None or k == 1 else Path(checkpoint) / str(k)
        with build(k, seed) as (network, observers):
            history = train(
                network,
                training,
                validation,
                replace(options, seed=seed),
                observers=observers,
                checkpoint=folder,
                description=description,
                params={"network": k, "networks": count},
            )
            weights = network.weights()
        yield weights, history


def collect_networks(trained: Iterable[tuple[dict[str, FloatArray], History]]) -> TrainedWeights:
    """Return all networks of `train_networks`, or where Ctrl-C is pressed those that there are.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed before there was a network to keep.
    """
    weights: list[dict[str, FloatArray]] = []
    histories: list[History] = []
    try:
        for each, history in trained:
            weights.append(each)
            histories.append(history)
    except KeyboardInterrupt as interrupt:
        if isinstance(interrupt, TrainingInterrupted):
            weights.append(interrupt.weights)
            histories.append(interrupt.history)
        if not weights:
            raise
        return TrainedWeights(weights, histories, interrupted=True)
    return TrainedWeights(weights, histories)


def builder(
    spec: ModelSpec,
    training: Examples,
    options: TrainingOptions,
    *,
    count: int,
    vectors: FloatArray | None = None,
    observers: Sequence[Observer] = (),
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Build:
    """Return what builds each network, in Keras where a part of it is one that only Keras trains.

    Args:
        spec: Its parts and sizes.
        training: The training set.
        options: How to train.
        count: Number of networks.
        vectors: Starting word vectors.
        observers: Who watches every network.
        callbacks: Keras callbacks, likewise; see `callbacks`. They get a Keras model, whichever
            way the network is trained.
    """
    programs: dict[Any, Any] = {}  # what the first network compiles, the others use

    @contextlib.contextmanager
    def build(k: int, seed: int) -> Iterator[Watched]:
        trainable: AbstractContextManager[Trainable]
        if spec.trains_without_keras:
            start = spec.starting_weights(np.random.default_rng(seed), vectors)
            packed = SentenceTrainable(spec, start, training, options.word_dropout, options.metric)
            trainable = contextlib.nullcontext(packed)
        else:
            trainable = _in_keras(spec, training, options, seed, vectors, programs)
        with trainable as network:
            if not callbacks:
                yield network, observers
                return
            from textseq.network.training.callbacks import KerasCallbacks

            model = _model_of(network, spec, seed, vectors)
            watching = KerasCallbacks(callbacks, model, network, options.learning_rate)
            with watching.of(k, count):
                yield network, [*observers, watching]

    return build


@contextlib.contextmanager
def _in_keras(
    spec: ModelSpec,
    training: Examples,
    options: TrainingOptions,
    seed: int,
    vectors: FloatArray | None,
    programs: dict[Any, Any],
) -> Iterator[Trainable]:
    """Build a network of which Keras computes the gradient; all is seeded while it is trained."""
    from textseq.network.training.keras_trainable import KerasTrainable, seeded

    with seeded(seed):
        model = spec.keras_model(vectors)
        rate, metric = options.word_dropout, options.metric
        yield KerasTrainable(model, training, options.batch_size, rate, metric, programs)


def _model_of(
    network: Trainable, spec: ModelSpec, seed: int, vectors: FloatArray | None
) -> keras.Model:
    """Return the Keras model that is in training, or one for the weights of another network."""
    from textseq.network.training.keras_trainable import KerasTrainable, seeded

    if isinstance(network, KerasTrainable):
        return network.model
    with seeded(seed):
        return spec.keras_model(vectors)


def seeds_of(seed: int, count: int) -> list[int]:
    """Return the seeds of networks: the first is `seed` itself.

    The others are unrelated to nearby seeds, so that two classifiers of seeds 0 and 1 have no
    network in common.
    """
    others = (np.random.SeedSequence([seed, k]).generate_state(1) for k in range(1, count))
    return [seed, *(int(state[0]) for state in others)]
