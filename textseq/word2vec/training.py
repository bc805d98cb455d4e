"""Training word vectors: sentences, or documents of ids, in; gensim's `KeyedVectors` out."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from gensim.models import KeyedVectors, Word2Vec

from textseq.errors import ArgumentError
from textseq.files.checkpoints import make_folder
from textseq.files.partial import temporary_folder
from textseq.files.paths import StrPath
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.tokenizer import Tokenizer
from textseq.word2vec import checkpoint as checkpoints
from textseq.word2vec.config import Word2VecConfig
from textseq.word2vec.epochs import (
    NO_WORDS,
    EpochTrainer,
    OnProgress,
    build_model,
    finish,
    part_words,
    trained_weights,
)
from textseq.word2vec.lookup import warn_if_collapsed
from textseq.word2vec.token_file import TokenFiles
from textseq.word2vec.warm_start import check_init, start_from, with_rest

if TYPE_CHECKING:
    from textseq.word2vec.lookup import Vectors


def train(
    sentences: Iterable[Sequence[str]],
    *,
    max_vocab_size: int | None = None,
    init: Vectors | None = None,
    checkpoint: StrPath | None = None,
    on_progress: OnProgress | None = None,
    **settings: Any,
) -> KeyedVectors:
    """Train word vectors on sentences of words.

    Args:
        sentences: Lists of words, in an iterable that can be iterated over several times.
        max_vocab_size: While counting, drop the rarest words whenever there are more; see
            `Tokenizer`'s `max_words`. None keeps them all.
        init: Vectors to start from; see `train_on_ids`.
        checkpoint: A folder for the state after each epoch; see `train_on_ids`.
        on_progress: Called several times in each epoch of a long text.
        **settings: The hyper-parameters, which are those of `Word2VecConfig`.

    Returns:
        A vector for each word that occurs `min_count` times or more, the most frequent first:
        float32, of length `vector_size`. Under fasttext, `vectors[word]` has one for any word.

    Raises:
        ArgumentError: A setting or the sentences do not fit, or no word is frequent enough.

    Example:
        >>> from textseq import word2vec
        >>> sentences = [["high", "mountain"], ["high", "hill"]] * 10
        >>> vectors = word2vec.train(sentences, vector_size=4, min_count=10)
        >>> vectors.index_to_key, vectors["high"].shape
        (['high', 'mountain', 'hill'], (4,))
    """
    config = Word2VecConfig.from_names(settings)
    if iter(sentences) is sentences:
        raise ArgumentError(
            "`sentences` can be iterated over only once, and training needs two passes; give a "
            "list, or an object whose __iter__ starts again."
        )
    tokenizer = Tokenizer(lower=False, max_words=max_vocab_size)
    tokenizer.fit_on_texts(_lists(sentences))
    if not tokenizer.size:
        raise ArgumentError(NO_WORDS)
    return train_on_ids(
        tokenizer.encode_batches(_lists(sentences)),
        tokenizer.index_word,
        config,
        init=init,
        checkpoint=checkpoint,
        on_progress=on_progress,
    )


def train_on_ids(
    batches: Iterable[Sequences],
    words: Mapping[int, str],
    config: Word2VecConfig,
    *,
    without: Sequence[int] = (),
    init: Vectors | None = None,
    checkpoint: StrPath | None = None,
    on_progress: OnProgress | None = None,
) -> KeyedVectors:
    """Train word vectors on documents of ids, such as a tokenizer's `encode_batches` gives.

    The tokens go through temporary files: memory does not depend on the length of the text.

    Args:
        batches: Documents, iterated over once.
        words: The word of each id; a tokenizer's `index_word`.
        config: The hyper-parameters.
        without: Ids to ignore, as if their words were rare.
        init: Vectors to begin with, in place of random ones, where they have the word. Words of
            theirs that are not trained on keep their vectors and come last.
        checkpoint: A folder that the state is written to after each epoch. If it holds one of the
            same text and settings, training resumes from there.
        on_progress: Called several times in each epoch of a long text.

    Returns:
        A vector for each word that occurs `min_count` times or more, in the order of the ids.

    Raises:
        ArgumentError: No word is frequent enough, an id has no word, or `init` does not fit.
        ArtifactError: The checkpoint is damaged, or of another training.

    Example:
        >>> from textseq import Tokenizer, word2vec
        >>> texts = ["the high mountain", "the high hill"] * 10
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(texts)
        >>> config = word2vec.Word2VecConfig(vector_size=4, deterministic=True)
        >>> vectors = word2vec.train_on_ids(
        ...     tokenizer.encode_batches(texts), tokenizer.index_word, config
        ... )
        >>> vectors.index_to_key == list(tokenizer.word_index)
        True
    """
    if init is not None:
        check_init(init, config)
    if checkpoint is not None:
        make_folder(checkpoint)
    with temporary_folder() as folder:
        ids = _id_limit(words)
        tokens = TokenFiles(folder, ids, threads=config.threads, part_words=part_words(config, ids))
        tokens.write(batches)
        _check_known(tokens.counts, words)
        tokens.counts[list(without)] = 0
        model = build_model(config, words, tokens.counts)
        if init is not None:
            start_from(model.wv, init)
        trainer = EpochTrainer(model, words, tokens, config, on_progress)
        if checkpoint is None:
            trainer.run()
        else:
            state = checkpoint, trained_weights(model), _fingerprint(config, model, tokens, init)
            trainer.run(checkpoints.resume(*state) + 1, lambda e: checkpoints.save(*state, e))
    vectors = finish(model)
    warn_if_collapsed(vectors)
    return vectors if init is None else with_rest(vectors, init)


def _fingerprint(
    config: Word2VecConfig, model: Word2Vec, tokens: TokenFiles, init: Vectors | None
) -> dict[str, Any]:
    """Return what a checkpoint must be of to resume from it. The number of threads may differ."""
    fingerprint = dataclasses.asdict(config) | {
        "text": tokens.sha256(),
        "vocabulary": _sha256(model.wv.index_to_key),
        "init": None if init is None else _sha256(init.index_to_key, init.vectors),
    }
    del fingerprint["workers"]
    return fingerprint


def _sha256(words: Iterable[str], *arrays: npt.ArrayLike) -> str:
    digest = hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass"))
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _id_limit(words: Mapping[int, str]) -> int:
    """Return a limit that all ids are below; gaps between them would make tables too large."""
    ids = max(words, default=0) + 1
    if ids > 2 * len(words) + 2:
        raise ArgumentError(
            f"The words' ids go up to {ids - 1:,} and there are only {len(words):,}; give ids "
            f"from 1 on, as a tokenizer does."
        )
    return ids


def _check_known(counts: npt.NDArray[np.int64], words: Mapping[int, str]) -> None:
    """Raise an error where an id that occurs has no word, as 0 has none, which is padding."""
    unknown = counts > 0
    unknown[np.fromiter(words, np.int64, len(words))] = False
    if unknown.any():
        raise ArgumentError(
            f"The id {unknown.argmax():,} occurs and has no word; give the tokenizer that made the "
            f"ids, and no padding, which is 0."
        )


def _lists(sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    for sentence in sentences:
        if isinstance(sentence, str):
            raise ArgumentError(
                f"A sentence must be a list of words. Received: the string {sentence[:40]!r}."
            )
        yield list(sentence)
