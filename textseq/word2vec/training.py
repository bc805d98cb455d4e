"""Training word vectors: the sentences, or documents of ids, in; gensim's vectors out."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gensim.models import KeyedVectors, Word2Vec

from textseq.errors import ArgumentError
from textseq.files.atomic import temporary_folder
from textseq.files.checkpoints import make_folder
from textseq.files.paths import StrPath
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.tokenizer import Tokenizer
from textseq.word2vec import checkpoint as checkpoints
from textseq.word2vec.epochs import Epochs, OnProgress
from textseq.word2vec.model import finished, new_model, weights
from textseq.word2vec.settings import Settings
from textseq.word2vec.token_files import LARGEST, TokenFiles
from textseq.word2vec.warm_start import check_init, digest, start_from, with_rest

FEW = 100_000
"""Words whose losses gensim's float32 sums up well."""


def train(
    sentences: Iterable[Sequence[str]],
    *,
    max_vocab_size: int | None = None,
    init: KeyedVectors | None = None,
    checkpoint: StrPath | None = None,
    on_progress: OnProgress | None = None,
    **settings: Any,
) -> KeyedVectors:
    """Train word vectors on sentences of words.

    Args:
        sentences: Lists of words, in something that can be passed over several times.
        max_vocab_size: While counting, drop the rarest words whenever there are more; see
            `Tokenizer`'s `max_words`. None keeps them all.
        init: Vectors to go on from; see `train_on_ids`.
        checkpoint: A folder for the state after each epoch; see `train_on_ids`.
        on_progress: Told several times in each epoch how far it is.
        **settings: The hyper-parameters, which are those of `Settings`.

    Returns:
        A vector for each word that occurs `min_count` times or more, the commonest first: float32,
        `vector_size` numbers. Under fasttext, `vectors[word]` has one for any word.

    Raises:
        ArgumentError: A setting is out of range, the sentences can be passed over only once or
            are strings, or no word is frequent enough.

    Example:
        >>> from textseq import word2vec
        >>> sentences = [["high", "mountain"], ["high", "hill"]] * 10
        >>> vectors = word2vec.train(sentences, vector_size=4, min_count=10)
        >>> vectors.index_to_key, vectors["high"].shape
        (['high', 'mountain', 'hill'], (4,))
    """
    chosen = Settings.of(settings)
    if iter(sentences) is sentences:
        raise ArgumentError(
            "`sentences` can be passed over only once, and training needs two passes; give a "
            "list, or an object whose __iter__ starts anew."
        )
    tokenizer = Tokenizer(lower=False, max_words=max_vocab_size)
    tokenizer.fit_on_texts(_lists(sentences))
    if not tokenizer.size:
        raise ArgumentError(
            "There are no words to train on; expected sentences with words in them."
        )
    return train_on_ids(
        tokenizer.encode_batches(_lists(sentences)),
        tokenizer.index_word,
        chosen,
        init=init,
        checkpoint=checkpoint,
        on_progress=on_progress,
    )


def train_on_ids(
    batches: Iterable[Sequences],
    words: Mapping[int, str],
    settings: Settings,
    *,
    without: Sequence[int] = (),
    init: KeyedVectors | None = None,
    checkpoint: StrPath | None = None,
    on_progress: OnProgress | None = None,
) -> KeyedVectors:
    """Train word vectors on documents of ids, such as a tokenizer's `encode_batches` gives.

    The tokens are written to temporary files once, and read from there at every pass: what memory
    is needed depends on the number of different words, and not on the length of the text.

    Args:
        batches: Documents, passed over once.
        words: The word of each id; a tokenizer's `index_word`.
        settings: The hyper-parameters.
        without: Ids to pass over, as if their words were rare.
        init: Vectors to begin with, in place of random ones, where they have the word. Words of
            theirs that are not trained on keep their vectors and come last.
        checkpoint: A folder that the state is written to after each epoch. If it holds one of the
            same text and settings, training goes on from there.
        on_progress: Told several times in each epoch how far it is.

    Returns:
        A vector for each word that occurs `min_count` times or more, in the order of the ids.

    Raises:
        ArgumentError: No word is frequent enough, or `init` does not fit.
        ArtifactError: The checkpoint is damaged, or of another training.

    Example:
        >>> from textseq import Tokenizer, word2vec
        >>> texts = ["the high mountain", "the high hill"] * 10
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(texts)
        >>> settings = word2vec.Settings(vector_size=4, deterministic=True)
        >>> vectors = word2vec.train_on_ids(
        ...     tokenizer.encode_batches(texts), tokenizer.index_word, settings
        ... )
        >>> vectors.index_to_key == list(tokenizer.word_index)
        True
    """
    if init is not None:
        check_init(init, settings)
    if checkpoint is not None:
        make_folder(checkpoint)
    with temporary_folder() as folder:
        largest = FEW if settings.compute_loss else LARGEST
        with TokenFiles(folder, _ids(words), largest) as tokens:
            for sequences in batches:
                tokens.write(sequences)
        tokens.counts[list(without)] = 0
        model = new_model(settings, words, tokens.counts)
        if init is not None:
            start_from(model.wv, init)
        epochs = Epochs(model, words, tokens, settings, on_progress)
        if checkpoint is None:
            epochs.run()
        else:
            _run_with_checkpoints(epochs, model, checkpoint, _origin(settings, model, tokens, init))
    vectors = finished(model)
    return vectors if init is None else with_rest(vectors, init)


def _run_with_checkpoints(
    epochs: Epochs, model: Word2Vec, folder: StrPath, origin: Mapping[str, Any]
) -> None:
    through = checkpoints.resume(folder, weights(model), origin)
    epochs.run(through + 1, lambda epoch: checkpoints.save(folder, weights(model), epoch, origin))


def _origin(
    settings: Settings, model: Word2Vec, tokens: TokenFiles, init: KeyedVectors | None
) -> dict[str, Any]:
    """Return what a checkpoint must be of to go on from it. The number of threads may differ."""
    names = "\n".join(model.wv.index_to_key).encode("utf-8", "surrogatepass")
    origin = dataclasses.asdict(settings) | {
        "text": tokens.sha256,
        "vocabulary": hashlib.sha256(names).hexdigest(),
        "init": digest(init),
    }
    del origin["workers"]
    return origin


def _ids(words: Mapping[int, str]) -> int:
    """Return the number that all ids are below.

    Raises:
        ArgumentError: There are gaps between the ids that no table is to be made for.
    """
    ids = max(words, default=0) + 1
    if ids > 2 * len(words) + 2:
        raise ArgumentError(
            f"The words' ids go up to {ids - 1:,} and there are only {len(words):,}; number them "
            f"from 1 on, as a tokenizer does."
        )
    return ids


def _lists(sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    for sentence in sentences:
        if isinstance(sentence, str):
            raise ArgumentError(
                f"A sentence must be a list of words. Received the string {sentence[:40]!r}, "
                f"whose characters would be taken for words."
            )
        yield list(sentence)
