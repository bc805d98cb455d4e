"""The second step of training: data to networks and a linear model."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textseq.classifier.compression import compress_linear, compress_weights
from textseq.classifier.config import describe
from textseq.classifier.config_json import to_config
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.network.arrays import AnyArray
from textseq.network.linear import Linear, char_ngrams_for, fit_linear, ngrams_for
from textseq.network.training.batches import Examples
from textseq.network.training.networks import builder, collect_networks, train_networks
from textseq.network.training.observers import Observer, split_callbacks
from textseq.network.training.options import TrainingOptions

if TYPE_CHECKING:
    import keras

    from textseq.classifier.data import TrainingData
    from textseq.network.model_spec import ModelSpec

_log = logging.getLogger(__name__)

FAR_ABOVE = 2.0
"""A loss of so many times that of guessing is said to have diverged."""

_EMBEDDING = "embedding.embeddings"

History = dict[str, list[float]]


class Known(NamedTuple):
    """Parts that need no training.

    Args:
        networks: The weights and the history of the first networks.
        linear: The linear model; None to fit one, where the config asks for it.
    """

    networks: Sequence[tuple[dict[str, AnyArray], History]] = ()
    linear: Linear | None = None


@dataclass(frozen=True)
class TrainedNetworks:
    """What training made.

    Args:
        networks: The weights of each network, by name.
        histories: Loss and accuracy of each epoch, of each network.
        linear: The linear model, not yet weighted; None where there is none.
        interrupted: Whether Ctrl-C ended the training; the networks are then the best so far.
    """

    networks: list[dict[str, AnyArray]]
    histories: list[History]
    linear: Linear | None
    interrupted: bool = False


class Parts(NamedTuple):
    """What was learned, before it is rounded and compressed; `train_parts` may go on from it.

    Args:
        networks: The weights of each network, by name.
        histories: Of each network.
        linear: The linear model; None where there is none.
        interrupted: Whether Ctrl-C ended the training.
    """

    networks: list[dict[str, AnyArray]]
    histories: list[History]
    linear: Linear | None
    interrupted: bool = False


def train(
    data: TrainingData,
    *,
    callbacks: Iterable[Observer | keras.callbacks.Callback] | None = (),
    checkpoint: StrPath | None = None,
) -> TrainedNetworks:
    """Train the networks and the linear model that the data's config asks for.

    Args:
        data: As `prepare` returns it.
        callbacks: See `SentenceClassifier.fit`.
        checkpoint: Likewise.

    Raises:
        ArgumentError: A callback cannot be used, or training diverged.
        ArtifactError: The checkpoint is damaged, or of other settings or texts.
        KeyboardInterrupt: Ctrl-C was pressed before there was a network to keep.
    """
    return finish(data, train_parts(data, callbacks=callbacks, checkpoint=checkpoint))


def train_parts(
    data: TrainingData,
    *,
    callbacks: Iterable[Observer | keras.callbacks.Callback] | None = (),
    checkpoint: StrPath | None = None,
    known: Known | None = None,
) -> Parts:
    """Train what `finish` makes small; see `train`.

    Args:
        data: As `prepare` returns it.
        callbacks: See `train`.
        checkpoint: Likewise.
        known: Parts that another training made of the same data, which are not trained again.
    """
    known = known or Known()
    config, spec = data.config, spec_of(data)
    observers, keras_callbacks = split_callbacks(callbacks)
    if keras_callbacks:
        from textseq.network.training.callbacks import check_callbacks

        check_callbacks(keras_callbacks)
    _log.info("Training %s%s", describe(config), _hint(config.preset))
    linear = _fit_linear(data) if known.linear is None else known.linear
    training, options, count = (
        truncate(data.training, config.maxlen),
        _options(data),
        config.networks,
    )
    build = builder(
        spec, training, options,
        count=count or 1, vectors=data.vectors, observers=observers, callbacks=keras_callbacks,
    )  # fmt: skip
    found: list[dict[str, AnyArray]]
    found, histories, interrupted = collect_networks(
        train_networks(
            build,
            count or 1,
            training,
            None if data.validation is None else truncate(data.validation, config.maxlen),
            options,
            checkpoint=checkpoint,
            description=describe_model(data),
            known=known.networks,
        )
    )
    return Parts(found, histories, linear, interrupted)


def finish(data: TrainingData, parts: Parts) -> TrainedNetworks:
    """Round and compress what was learned, as it is saved.

    The parts may be used again: word vectors are rounded in place, and rounding them twice changes
    nothing.

    Raises:
        ArgumentError: Training diverged.
    """
    config, (found, histories, linear, interrupted) = data.config, parts
    if config.embedding in ("learned", "ngrams"):
        _round_embeddings(found)
    if config.compressed:
        found, linear = _compress(found, linear, data)
    _warn_of_divergence(histories, data)
    return TrainedNetworks(found, histories, linear, interrupted)


def spec_of(data: TrainingData) -> ModelSpec:
    """Return the parts and sizes of each network."""
    return data.config.model_spec(data.vocabulary, len(data.classes))


def describe_model(data: TrainingData) -> dict[str, Any]:
    """Return what config.json says of a model, and what a checkpoint is checked against."""
    entries = to_config(data.config)
    return {"classes": data.classes.tolist(), "vocabulary": data.vocabulary, **entries}


def truncate(examples: Examples, maxlen: int | None) -> Examples:
    """Return examples as the networks read them: the last `maxlen` tokens of each."""
    if maxlen is None:
        return examples
    return examples._replace(sequences=examples.sequences.truncate(maxlen))


def _hint(preset: str) -> str:
    return "" if preset == "textbook" else "; --preset textbook for one plain SimpleRNN"


def _options(data: TrainingData) -> TrainingOptions:
    names = {field.name for field in fields(TrainingOptions)} & set(data.config.settings)
    return TrainingOptions(**{name: data.config.settings[name] for name in names})


def _fit_linear(data: TrainingData) -> Linear | None:
    longest, classes = data.config.linear, len(data.classes)
    if not longest:
        return None
    tokens = len(data.training.sequences.ids)
    ngrams = ngrams_for(data.vocabulary, longest, tokens, classes)
    characters, words = None, []
    if data.config.char_ngrams:
        characters = char_ngrams_for(data.config.char_ngrams, classes)
        words = [data.tokenizer.index_word.get(i, "") for i in range(data.vocabulary)]
    return fit_linear(
        *data.training, classes, ngrams, data.config.seed, characters=characters, words=words
    )


def _warn_of_divergence(histories: Sequence[History], data: TrainingData) -> None:
    """Say so where a network ended with a loss far above that of guessing."""
    # Of several labels, the loss is the mean over questions of two answers each.
    answers = 2 if data.config.multilabel else len(data.classes)
    guessing = math.log(answers) * float(data.training.weights.mean())
    for k, history in enumerate(histories, start=1):
        loss = history.get("loss", [0.0])[-1]
        if loss > FAR_ABOVE * guessing:
            _log.warning(
                "Training diverged: the loss of network %d ended at %s, where guessing has %.2f; "
                "use a smaller learning rate than %g (--learning-rate, learning_rate=)",
                *(k, f"{loss:,.2f}", guessing, data.config.learning_rate),
            )


def _round_embeddings(networks: Sequence[Mapping[str, npt.NDArray[np.float32]]]) -> None:
    """Round learned word vectors, finite ones, to half precision, in which they are saved.

    Rounded here and not when they are saved, they make the same network before and after.
    """
    for weights in networks:
        table = weights[_EMBEDDING]
        largest = float(np.abs(table).max())
        if largest > float(np.finfo(np.float16).max):
            raise ArgumentError(
                f"Training diverged: a word vector holds {largest:g}; use a smaller learning rate "
                f"(--learning-rate, learning_rate=)."
            )
        table[:] = table.astype(np.float16)


def _compress(
    networks: list[dict[str, AnyArray]], linear: Linear | None, data: TrainingData
) -> tuple[list[dict[str, AnyArray]], Linear | None]:
    """Compress what was learned; word vectors that were given, and of the user's own, stay."""
    learned = data.config.embedding in ("learned", "ngrams")
    small = [
        compress_weights(weights, data.vocabulary)
        | ({} if learned or _EMBEDDING not in weights else {_EMBEDDING: weights[_EMBEDDING]})
        for weights in networks
    ]
    if linear is not None:
        linear = replace(linear, table=compress_linear(linear.table))
    return small, linear
