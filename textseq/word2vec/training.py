"""Training word vectors: skip-gram and CBOW with negative sampling, Mikolov et al. 2013."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from gensim.models import KeyedVectors, Word2Vec
from gensim.models.callbacks import CallbackAny2Vec
from gensim.models.word2vec import MAX_WORDS_IN_BATCH

from textseq.errors import ArgumentError

ALGORITHMS = ("skipgram", "cbow")


def train(
    sentences: Iterable[Sequence[str]],
    *,
    algorithm: str = "skipgram",
    size: int = 100,
    window: int = 5,
    min_count: int = 5,
    negative: int = 5,
    epochs: int = 5,
    workers: int = 2,
    seed: int = 1,
    on_epoch: Callable[[int, int], None] | None = None,
) -> KeyedVectors:
    """Train word vectors.

    Args:
        sentences: Lists of words, in something that can be passed over several times.
        algorithm: `"skipgram"` predicts the context from the word, `"cbow"` the word from it.
        size: Numbers in a vector.
        window: Words of context on each side, at most.
        min_count: Leave out words that occur less often.
        negative: Noise words drawn for each true one.
        epochs: Passes over the sentences.
        workers: Threads. Only 1 repeats to the byte: with more, chance decides their order.
        seed: Of the starting vectors and of all that is drawn.
        on_epoch: Called after each epoch with its number, from 1, and that of all.

    Returns:
        A vector for each word that occurs `min_count` times or more: float32, `size` numbers.

    Raises:
        ArgumentError: A setting is out of range, the sentences can be passed over only once or
            are strings, or no word is frequent enough.

    Example:
        >>> from textseq import word2vec
        >>> sentences = [["high", "mountain"], ["high", "hill"]] * 10
        >>> vectors = word2vec.train(sentences, size=4, min_count=10, workers=1)
        >>> sorted(vectors.index_to_key), vectors["high"].shape
        (['high', 'hill', 'mountain'], (4,))
    """
    _check_settings(
        algorithm,
        size=size,
        window=window,
        min_count=min_count,
        negative=negative,
        epochs=epochs,
        workers=workers,
    )
    if iter(sentences) is sentences:
        raise ArgumentError(
            "`sentences` can be passed over only once, and training needs several passes; give a "
            "list, or an object whose __iter__ starts anew."
        )
    pieces = _Pieces(sentences)
    model = Word2Vec(
        vector_size=size,
        window=window,
        min_count=min_count,
        negative=negative,
        sg=int(algorithm == "skipgram"),
        workers=workers,
        seed=seed,
        hashfxn=_stable_hash,  # Python's own hash differs from process to process
    )
    model.build_vocab(pieces)
    if not len(model.wv):
        raise ArgumentError(_no_words(pieces, min_count))
    callbacks = [_AfterEpoch(on_epoch, epochs)] if on_epoch else []
    model.train(
        pieces,
        total_examples=model.corpus_count,
        epochs=epochs,
        callbacks=callbacks,
    )
    vectors: KeyedVectors = model.wv
    return vectors


class _Pieces:
    """The sentences, cut where they pass the length beyond which gensim drops words silently."""

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        self.sentences = sentences

    def __iter__(self) -> Iterator[Sequence[str]]:
        for sentence in self.sentences:
            if isinstance(sentence, str):
                raise ArgumentError(
                    f"A sentence must be a list of words. Received the string {sentence[:40]!r}, "
                    f"whose characters would be taken for words."
                )
            for start in range(0, len(sentence), MAX_WORDS_IN_BATCH):
                yield sentence[start : start + MAX_WORDS_IN_BATCH]


class _AfterEpoch(CallbackAny2Vec):  # type: ignore[misc]  # gensim is untyped
    def __init__(self, tell: Callable[[int, int], None], epochs: int) -> None:
        self.tell = tell
        self.epochs = epochs
        self.done = 0

    def on_epoch_end(self, model: Word2Vec) -> None:  # noqa: ARG002  (gensim's signature)
        self.done += 1
        self.tell(self.done, self.epochs)


def _stable_hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _check_settings(algorithm: str, *, negative: int, **at_least_one: int) -> None:
    if algorithm not in ALGORITHMS:
        raise ArgumentError(
            f"`algorithm` must be one of {', '.join(ALGORITHMS)}. Received: {algorithm!r}."
        )
    for name, value in at_least_one.items():
        if value < 1:
            raise ArgumentError(f"`{name}` must be 1 or more. Received: {value}.")
    if negative < 1:
        raise ArgumentError(
            f"`negative` must be 1 or more: without noise words nothing is learned. "
            f"Received: {negative}."
        )


def _no_words(pieces: Iterable[Sequence[str]], min_count: int) -> str:
    counts: Counter[str] = Counter()
    for piece in pieces:
        counts.update(piece)
    if not counts:
        return "There are no words to train on; expected sentences with words in them."
    word, count = counts.most_common(1)[0]
    return (
        f"None of {len(counts):,} different words occurs {min_count} times or more, as --min-count "
        f"(min_count=) asks; the commonest, {word!r}, occurs {count} times."
    )
