"""Keras's `skipgrams` and `make_sampling_table`: pairs of words that are near each other.

The results are Keras's, draw for draw: those of a `seed` are what Keras returns after
`random.seed(seed)`. Keras itself uses `seed` for the order only, so that its pairs differ from call
to call, and leaves the interpreter's random numbers seeded.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError
from textseq.sequences.arguments import as_class_indices

_GAMMA = 0.577  # Euler and Mascheroni's constant, with Keras's digits


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> npt.NDArray[np.float64]:
    """Return the probability to keep a word of each rank, so that frequent words count less.

    The frequencies are those of Zipf's law: that of rank r is about 1 / (r (log r + 0.577) + 1/2).

    Args:
        size: The number of ranks: the vocabulary, with the reserved 0.
        sampling_factor: That of Word2Vec; a smaller one drops more.

    Returns:
        float64, shape (size,).

    Example:
        >>> from textseq.sequences import make_sampling_table
        >>> make_sampling_table(4).round(5)
        array([0.00315, 0.00315, 0.00548, 0.00742])
    """
    if not sampling_factor > 0:
        raise ArgumentError(f"`sampling_factor` must be above 0. Received: {sampling_factor!r}.")
    rank = np.arange(as_integer(size, "size", at_least=1))
    rank[0] = 1
    rarity = sampling_factor * (rank * (np.log(rank) + _GAMMA) + 0.5 - 1.0 / (12.0 * rank))
    return np.minimum(1.0, rarity / np.sqrt(rarity))


def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Return pairs of a word and a word near it, label 1, or a word at random, label 0.

    Args:
        sequence: The ids of one document; 0 is no word.
        vocabulary_size: The largest id + 1; words at random are below it.
        window_size: The largest distance between the words of a pair.
        negative_samples: The number of pairs with label 0 for each one with label 1.
        shuffle: Whether to shuffle the pairs.
        categorical: Whether labels are [0, 1] and [1, 0] in place of 1 and 0.
        sampling_table: The probability to keep the pairs of each id; see `make_sampling_table`.
        seed: Seed of everything random; None for the random numbers of Python's `random`.

    Returns:
        The pairs, and their labels.

    Raises:
        ArgumentError: `sequence` is not one document of ids that the vocabulary has.

    Example:
        >>> from textseq.sequences import skipgrams
        >>> skipgrams([5, 8, 6], vocabulary_size=9, window_size=1, negative_samples=0, seed=1)
        ([[6, 8], [5, 8], [8, 6], [8, 5]], [1, 1, 1, 1])
    """
    ids = _one_document(sequence, as_integer(vocabulary_size, "vocabulary_size", at_least=2))
    window = min(as_integer(window_size, "window_size", at_least=1), max(1, len(ids) - 1))
    if not 0 <= negative_samples < np.inf:
        raise ArgumentError(f"`negative_samples` must be 0 or more. Received: {negative_samples}.")
    draw = random if seed is None else random.Random(seed)  # noqa: S311  (no secret)
    centres = np.flatnonzero(ids)
    if sampling_table is not None:
        table = np.asarray(sampling_table)
        if table.ndim != 1 or len(table) <= ids.max(initial=0):
            raise ArgumentError(
                f"`sampling_table` must have a probability for each id up to "
                f"{ids.max(initial=0)}; make_sampling_table({vocabulary_size}) has. Received: "
                f"an array of shape {table.shape}."
            )
        drawn = np.array([draw.random() for _ in centres])
        centres = centres[table[ids[centres]] >= drawn]
    distances = np.r_[-window:0, 1 : window + 1]
    near = centres[:, None] + distances
    word, other = np.nonzero((near >= 0) & (near < len(ids)))
    word, other = centres[word], near[word, other]
    pairs = np.stack([ids[word], ids[other]], axis=1)[ids[other] != 0]
    couples = pairs.tolist()
    positive = len(couples)
    negative = int(positive * negative_samples)
    if negative_samples > 0:
        words = pairs[:, 0].tolist()
        draw.shuffle(words)
        couples += [
            [words[i % positive], draw.randint(1, vocabulary_size - 1)] for i in range(negative)
        ]
    labels: list[Any] = [[0, 1] if categorical else 1] * positive
    labels += [[1, 0] if categorical else 0] * negative
    if shuffle:
        order = list(range(len(couples)))
        shuffler = random.Random(draw.randint(0, 10**7) if seed is None else seed)  # noqa: S311
        shuffler.shuffle(order)
        couples, labels = [couples[i] for i in order], [labels[i] for i in order]
    return couples, labels


def _one_document(sequence: Any, vocabulary: int) -> npt.NDArray[np.int64]:
    """Return the ids of a document, which the vocabulary has."""
    if not hasattr(sequence, "__len__") or isinstance(sequence, str | bytes):
        raise ArgumentError(f"`sequence` must be a list of ids. Received: {sequence!r}.")
    if any(hasattr(each, "__len__") for each in sequence):
        raise ArgumentError(
            "`sequence` must be the ids of one document. Received a list of sequences or words; "
            "texts become ids with `Tokenizer`, and each document has its own pairs: "
            "[skipgrams(ids, vocabulary_size) for ids in sequences]."
        )
    ids = as_class_indices(sequence, "sequence")
    if len(ids) and not 0 <= ids.min() <= ids.max() < vocabulary:
        wrong = ids[(ids < 0) | (ids >= vocabulary)][0]
        raise ArgumentError(
            f"`sequence` must hold ids from 0 to {vocabulary - 1}, below `vocabulary_size`; "
            f"give the largest id + 1. Received: {wrong}."
        )
    return ids
