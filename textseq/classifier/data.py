"""What comes before training: the texts divided, a tokenizer fitted, the starting vectors found."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textseq.classifier.labels import Labels, Targets, Weights, check_labelled, class_numbers
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.analyzers import Analyzer, analyzer_for
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

Texts = Iterable[str] | Sequences

FEW_TEXTS = 1_000
"""Below so many, none are kept for validation unless asked for."""


class Labelled(NamedTuple):
    """Some documents before they are encoded.

    Args:
        texts: Texts, or ids.
        targets: Class numbers: int64, shape (documents,).
        weights: What each document counts for: float32, shape (documents,).
    """

    texts: list[str] | Sequences
    targets: Targets
    weights: Weights


def divided(
    documents: Labelled, fraction: float | None, seed: int
) -> tuple[Labelled, Labelled, npt.NDArray[np.int64]]:
    """Return which documents to train on, which to validate on, and the numbers of the latter.

    Args:
        documents: All there are.
        fraction: The share to validate on; None for a tenth, or none of few.
        seed: Of the choice.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.data import Labelled, divided
        >>> documents = Labelled([*"abcd"], np.array([0, 1, 0, 1]), np.ones(4, "float32"))
        >>> training, validation, held = divided(documents, 0.5, seed=0)
        >>> len(training.texts), validation.texts == [documents.texts[i] for i in held]
        (2, True)
    """
    if fraction is None:
        fraction = 0.1 if len(documents.texts) >= FEW_TEXTS else 0.0
    if not fraction:
        return documents, _chosen(documents, np.arange(0)), np.arange(0)
    from textseq.network.training.loop import split_validation

    training, held = split_validation(documents.targets, fraction, seed)
    return _chosen(documents, training), _chosen(documents, held), held


def given_validation(texts: Texts, labels: Iterable[Any], classes: Labels) -> Labelled:
    """Return validation documents of the user's, each of which counts the same.

    Raises:
        ArgumentError: Texts and labels do not match, or a label is not among the classes.
    """
    checked, answers = check_labelled(texts, labels)
    return Labelled(checked, class_numbers(answers, classes), np.ones(len(answers), np.float32))


def chosen_texts(
    texts: Sequence[str] | Sequences, which: npt.NDArray[np.int64]
) -> list[str] | Sequences:
    """Return some of the texts, or of their ids.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.data import chosen_texts
        >>> chosen_texts(["high", "higher", "enough"], np.array([2, 0]))
        ['enough', 'high']
    """
    return texts[which] if isinstance(texts, Sequences) else [texts[i] for i in which.tolist()]


def _chosen(documents: Labelled, which: npt.NDArray[np.int64]) -> Labelled:
    return Labelled(
        chosen_texts(documents.texts, which),
        documents.targets[which],
        documents.weights[which],
    )


def fitted_tokenizer(
    texts: list[str] | Sequences,
    tokenizer: Tokenizer | None,
    *,
    num_words: int | None,
    min_count: int,
    analyzer: str | Analyzer | None,
) -> Tokenizer:
    """Return a tokenizer that knows words: a copy of the user's, fitted if it knows none, or a new.

    Args:
        texts: The training texts, or their ids.
        tokenizer: The user's.
        num_words: For a new one; see `Tokenizer`.
        min_count: Likewise.
        analyzer: Likewise; None chooses by the script of the texts.

    Raises:
        ArgumentError: The texts are ids of an unknown tokenizer, or hold no words.

    Example:
        >>> from textseq.classifier.data import fitted_tokenizer
        >>> options = {"num_words": None, "min_count": 1, "analyzer": "words"}
        >>> fitted_tokenizer(["high enough"], None, **options).word_index
        {'high': 1, 'enough': 2}
    """
    if analyzer is None and not isinstance(texts, Sequences):
        analyzer = analyzer_for(texts)
    fitted = copy.deepcopy(tokenizer) or Tokenizer(
        num_words=num_words, min_count=min_count, analyzer=analyzer
    )
    if not fitted.word_index:
        if isinstance(texts, Sequences):
            raise ArgumentError(
                "`X` holds ids, which mean nothing without the tokenizer that made them; give "
                "it, fitted, as `tokenizer`."
            )
        fitted.fit_on_texts(texts)
    if not fitted.word_index:
        raise ArgumentError(
            f"The {len(texts)} training texts hold no words that could be numbered; "
            f"expected text, or a lower `min_count`, or another `analyzer`."
        )
    return fitted


def vocabulary_of(tokenizer: Tokenizer) -> int:
    """Return how many ids a fitted tokenizer gives, the reserved 0 among them."""
    known = len(tokenizer.word_index) + 1
    return min(known, tokenizer.num_words or known)


def starting_vectors(
    vectors: KeyedVectors | StrPath,
    tokenizer: Tokenizer,
    vocabulary: int,
    dimension: int | None,
) -> tuple[npt.NDArray[np.float32], Any]:
    """Return the word vectors by id, shape (vocabulary, dimension), and how many words have one.

    Raises:
        ArgumentError: They are not of the dimension that was asked for.
    """
    from textseq import word2vec

    if isinstance(vectors, str | os.PathLike):
        vectors = word2vec.load(vectors)
    if dimension not in (None, vectors.vector_size):
        raise ArgumentError(
            f"The word vectors have {vectors.vector_size} numbers each, where `dimension` "
            f"asks for {dimension}; leave --dimension out, or give vectors of that size."
        )
    return word2vec.embedding_matrix(vectors, tokenizer.word_index, num_words=vocabulary)
