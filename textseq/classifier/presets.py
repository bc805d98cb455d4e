"""What a classifier's open settings become, by how much text it learns from and in which script.

Few texts can teach vectors of words; from ten thousand on they teach those of n-grams too, and then
a smaller state, more dropout and fewer passes are better. Chosen on validation texts: the README
has the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from textseq.network.ngrams import BUCKETS, NGRAMS

MANY_TEXTS = 10_000
"""From so many training texts on, n-grams are learned."""


@dataclass(frozen=True)
class Recipe:
    """Settings of `SentenceClassifier` that may be left open.

    Args:
        embedding: Its name, or the user's own.
        dimension: Length of a word vector.
        units: Size of the state, in each direction.
        vector_dropout: Share of the word vectors' numbers that training drops.
        word_dropout: Share of the words that training leaves out.
        epochs: At most so many passes over the training texts.
        ngrams: The longest n-gram.
        buckets: The number of vectors that all n-grams share.
        networks: How many networks answer together.
        linear: The longest n-gram of the linear model beside them; 0 for no such model.
    """

    embedding: str | Callable[..., Any] = "learned"
    dimension: int = 200
    units: int = 128
    vector_dropout: float = 0.2
    word_dropout: float = 0.0
    epochs: int = 10
    ngrams: int = NGRAMS
    buckets: int = BUCKETS
    networks: int = 3
    linear: int = 2


FEW = Recipe()
MANY = Recipe(
    embedding="ngrams",
    dimension=64,
    units=64,
    vector_dropout=0.3,
    word_dropout=0.1,
    epochs=4,
    networks=1,
    linear=3,
)

SYLLABLE_NGRAMS = 4
"""The longest n-gram of syllables: most words of Hangul are no longer."""

LINEAR_SYLLABLE_NGRAMS = 5
"""That of a linear model, which overfits less."""


def recipe_for(documents: int, tokens: int, *, syllables: bool, **given: Any) -> Recipe:
    """Return the recipe for a training set, with what the user has settled in place of its own.

    Args:
        documents: Training texts.
        tokens: Their tokens.
        syllables: Whether these are syllables.
        **given: Settings by name; None leaves one open.

    Example:
        >>> from textseq.classifier.presets import recipe_for
        >>> recipe = recipe_for(20_000, 5_000_000, syllables=False, units=128, epochs=None)
        >>> recipe.embedding, recipe.units, recipe.epochs
        ('ngrams', 128, 4)
    """
    recipe = replace(
        MANY if documents >= MANY_TEXTS else FEW,
        ngrams=SYLLABLE_NGRAMS if syllables else NGRAMS,
        buckets=min(BUCKETS, 1 << max(1, tokens).bit_length()),
    )
    if syllables:
        recipe = replace(recipe, linear=LINEAR_SYLLABLE_NGRAMS)
    return replace(recipe, **{name: value for name, value in given.items() if value is not None})
