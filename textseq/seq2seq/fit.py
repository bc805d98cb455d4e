"""Pairs of texts to a trained `Translator`. It needs no scikit-learn."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.network.inference.decoding import EncoderDecoder
from textseq.network.training.encoder_decoder import EncoderDecoderTrainable, Pairs
from textseq.seq2seq.config import Seq2SeqConfig
from textseq.seq2seq.translator import UNKNOWN, Translator, count_ids
from textseq.tasks.network_weights import to_half
from textseq.tasks.training import Trained, fit_networks, hold_out
from textseq.tokenizer.analyzers import name_of_analyzer
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    from textseq.network.training.observers import Observer

_log = logging.getLogger(__name__)

FEW_PAIRS = 200
"""Below this number of pairs, none is kept for validation: it would be too few to decide by."""


def train_translator(
    sources: Iterable[str],
    targets: Iterable[str],
    config: Seq2SeqConfig,
    *,
    validation_data: tuple[Iterable[str], Iterable[str]] | None = None,
    observers: Sequence[Observer] = (),
    checkpoint: StrPath | None = None,
) -> Trained[Translator]:
    """Train an encoder-decoder; Ctrl-C ends it with the best weights so far, if there are any.

    Args:
        sources: Texts: strings, or Arrow strings.
        targets: What goes with each of them.
        config: The settings.
        validation_data: Sources and targets that decide when to stop; None keeps
            `validation_fraction` of the pairs for that.
        observers: Who watches the training.
        checkpoint: A folder for the state of the training.

    Raises:
        ArgumentError: Sources and targets are not of the same number, or no pair is left.
        ArtifactError: The checkpoint is damaged, or of other settings or texts.
        KeyboardInterrupt: Ctrl-C was pressed before there was a network to keep.

    Example:
        >>> from textseq.seq2seq.config import Seq2SeqConfig
        >>> from textseq.seq2seq.fit import train_translator
        >>> config = Seq2SeqConfig(units=16, dimension=16, epochs=25, learning_rate=0.02)
        >>> pairs = ["a dog", "a cat"] * 8, ["ein hund", "eine katze"] * 8
        >>> trained = train_translator(*pairs, config)
        >>> trained.model.predict(["a cat"])
        ['eine katze']
    """
    from textseq.compute.compiling import compile_whole

    compile_whole()
    given = check_pairs(sources, targets)
    held_out = None if validation_data is None else check_pairs(*validation_data)
    if held_out is None:
        given, held_out = hold_out(given, config, FEW_PAIRS)
    source, target = (
        _fit_tokenizer(texts, side, config)
        for texts, side in zip(given, ("sources", "targets"), strict=True)
    )
    training = _encode((source, target), given, config.maxlen)
    _check_left(training, given, config.maxlen)
    validation = None if held_out is None else _encode((source, target), held_out, config.maxlen)
    spec = config.spec(count_ids(source), count_ids(target))
    names = ("dropout", "vector_dropout", "smoothing", "word_dropout")
    rates = {name: getattr(config, name) for name in names}

    def build(seed: int) -> EncoderDecoderTrainable:
        start = spec.starting_weights(np.random.default_rng(seed))
        return EncoderDecoderTrainable(spec, start, training, **rates)

    trained = fit_networks(
        build,
        config.replace(analyzer=name_of_analyzer(config.analyzer)),
        training,
        validation if validation is not None and len(validation) else None,
        observers=observers,
        checkpoint=checkpoint,
    )
    # In half precision, in which they are saved, so that the model is the same before and after.
    halves = (
        {name: to_half(w).astype(np.float32) for name, w in weights.items()}
        for weights in trained.weights
    )
    networks = [EncoderDecoder(spec, weights) for weights in halves]
    longest = int(training.inputs.lengths.max())
    model = Translator(config.replace(networks=len(networks)), source, target, networks, longest)
    return Trained(model, trained.histories, trained.interrupted)


Given = tuple[list[str], list[str]]


def check_pairs(sources: Iterable[str], targets: Iterable[str]) -> Given:
    """Return sources and targets as lists of strings.

    Raises:
        ArgumentError: They are not of the same number, or hold something else; or there are none.
    """
    both = []
    for name, texts in (("X", sources), ("y", targets)):
        if isinstance(texts, str | bytes) or not hasattr(texts, "__iter__"):
            raise ArgumentError(
                f"`{name}` must be a list of texts. Received: {type(texts).__name__}."
            )
        to_list = getattr(texts, "to_pylist", None) or getattr(texts, "tolist", None)
        strings = to_list() if to_list else list(texts)
        for place, text in enumerate(strings):
            if not isinstance(text, str):
                raise ArgumentError(
                    f"`{name}` must be a list of texts. Received: {type(text).__name__} at "
                    f"position {place}."
                )
        both.append(strings)
    if len(both[0]) != len(both[1]) or not both[0]:
        raise ArgumentError(
            f"Expected a target for each source, and a pair or more. Received {len(both[0]):,} "
            f"sources and {len(both[1]):,} targets."
        )
    return both[0], both[1]


def _check_left(training: Pairs, given: Given, maxlen: int) -> None:
    """Say how many pairs are left out; raise an error where none is left."""
    if not len(training):
        raise ArgumentError(
            f"No pair is left to train on: all have a text without tokens, or with more than "
            f"{maxlen}; use a larger --maxlen (maxlen=)."
        )
    if left_out := len(given[0]) - len(training):
        _log.info(
            "%s of %s pairs are not trained on: they have a text without tokens, or with more than "
            "%s (--maxlen, maxlen=)",
            *(f"{left_out:,}", f"{len(given[0]):,}", maxlen),
        )


def _fit_tokenizer(texts: list[str], side: str, config: Seq2SeqConfig) -> Tokenizer:
    tokenizer = Tokenizer(
        num_words=config.num_words,
        oov_token=UNKNOWN,
        analyzer=config.analyzer,
        min_count=config.min_count,
        vocab_size=config.vocab_size,
    )
    tokenizer.fit_on_texts(texts)
    if tokenizer.word_counts and len(tokenizer.without_unused_words().word_index) == 1:
        _log.warning(
            "No word of the %s occurs %s times or more, so that all are unknown; use a smaller "
            "--min-count (min_count=)",
            side, config.min_count,
        )  # fmt: skip
    return tokenizer.without_unused_words().without_counts()


def _encode(tokenizers: Sequence[Tokenizer], given: Given, maxlen: int) -> Pairs:
    """Return pairs as ids, those alone of which both sides have tokens, and not too many."""
    sides: list[Any] = [
        tokenizer.encode(texts) for tokenizer, texts in zip(tokenizers, given, strict=True)
    ]
    fits = [(side.lengths > 0) & (side.lengths <= maxlen) for side in sides]
    kept = np.nonzero(fits[0] & fits[1])[0]
    return Pairs.of(sides[0][kept], sides[1][kept])
