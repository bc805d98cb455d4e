"""Agreement of vectors with people on the similarity of words: WordSim-353, SimLex-999."""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass

from gensim.models import KeyedVectors

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.word2vec.benchmarks import benchmark_lines
from textseq.word2vec.lookup import cased_key


@dataclass(frozen=True)
class Similarity:
    """Agreement of vectors with people on the similarity of words.

    Args:
        spearman: Rank correlation of cosine and judgement, -1 to 1.
        pairs: Pairs of words that were compared.
        skipped: Pairs with a word that has no vector.
    """

    spearman: float
    pairs: int
    skipped: int

    @property
    def coverage(self) -> float:
        """The proportion of the pairs that were compared, 0 to 1."""
        return self.pairs / (self.pairs + self.skipped)


def evaluate(vectors: KeyedVectors, pairs: StrPath) -> Similarity:
    """Compare cosines with people's judgements of the similarity of two words.

    Args:
        vectors: The vectors.
        pairs: `"wordsim353"` or `"simlex999"`, which come with gensim; or a file of lines of two
            words and a judgement, between tabs or commas. The judgement is the first number after
            the words; lines that begin with # and a first line of names are skipped.

    Returns:
        Spearman's rank correlation, over the pairs of which both words have a vector; a word
        that has none is looked up in lower case.

    Raises:
        ArtifactError: The file cannot be read, or a line is something else.
        ArgumentError: There is no such file, or fewer than two pairs can be compared.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> rows = np.array([[1, 0], [1, 0.1], [0, 1], [-1, 1]])
        >>> vectors.add_vectors(["tiger", "cat", "book", "paper"], rows)
        >>> word2vec.evaluate(vectors, "wordsim353")
        Similarity(spearman=0.5, pairs=3, skipped=350)
    """
    from scipy.stats import ConstantInputWarning, spearmanr

    listed = word_pairs(pairs)
    keys = [(cased_key(vectors, one), cased_key(vectors, other)) for one, other, _ in listed]
    known = [(a, b, p[2]) for (a, b), p in zip(keys, listed, strict=True) if a and b]
    if len(known) < 2:
        raise ArgumentError(
            f"Only {len(known)} pairs of '{pairs}' have vectors for both words; 2 are needed."
        )
    ones, others, judgements = zip(*known, strict=True)
    cosines = [vectors.similarity(one, other) for one, other in zip(ones, others, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)  # the correlation is then NaN
        spearman = float(spearmanr(cosines, judgements)[0])
    return Similarity(spearman, len(known), len(listed) - len(known))


def word_pairs(name: StrPath) -> list[tuple[str, str, float]]:
    """Return pairs of words and their similarity as people judge it.

    Raises:
        ArgumentError: There is no such file.
        ArtifactError: It cannot be read, or a line is something else.

    Example:
        >>> from textseq.word2vec.word_similarity import word_pairs
        >>> word_pairs("simlex999")[0]
        ('old', 'new', 1.58)
    """
    pairs = []
    for i, (place, line) in enumerate(benchmark_lines(name)):
        fields = re.split(r"\s*[\t,]\s*" if re.search(r"[\t,]", line) else r"\s+", line)
        judgements = [value for value in map(_number, fields[2:]) if math.isfinite(value)]
        if judgements and fields[0] and fields[1]:
            pairs.append((fields[0], fields[1], judgements[0]))
        elif i > 0 or len(fields) < 3:  # else it is the columns' names
            raise ArtifactError(
                f"Line {place} of '{name}' must be 'word, tab, word, tab, number'. "
                f"Received: {line[:60]!r}."
            )
    return pairs


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
