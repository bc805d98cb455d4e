"""Looking into word vectors: neighbours, agreement with people, rows for an embedding layer."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError, ArtifactError
from textseq.files import StrPath

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Similarity:
    """How well vectors agree with people about which words are alike.

    Args:
        spearman: Rank correlation of cosine and judgement, -1 to 1.
        pairs: Pairs of words that were compared.
        skipped: Pairs with a word that has no vector.
    """

    spearman: float
    pairs: int
    skipped: int


def neighbours(vectors: KeyedVectors, word: str, *, count: int = 10) -> list[tuple[str, float]]:
    """Return the words whose vectors point most nearly the same way, with their cosines.

    Raises:
        ArgumentError: The word has no vector, or `count` is below 1.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill", "mountain", "sea"], np.array([[1, 0], [1, 0.1], [0, 1]]))
        >>> [name for name, _ in word2vec.neighbours(vectors, "hill", count=2)]
        ['mountain', 'sea']
    """
    if count < 1:
        raise ArgumentError(f"`count` must be 1 or more. Received: {count}.")
    if word not in vectors:
        close = difflib.get_close_matches(word, vectors.index_to_key, n=3)
        hint = f"; did you mean {', '.join(map(repr, close))}?" if close else "."
        raise ArgumentError(f"The word {word!r} has no vector among {len(vectors):,}{hint}")
    return [(str(other), float(cosine)) for other, cosine in vectors.most_similar(word, topn=count)]


def evaluate(vectors: KeyedVectors, pairs: StrPath) -> Similarity:
    """Compare cosines with people's judgements of how alike two words are.

    Args:
        vectors: The vectors.
        pairs: A file of lines "word, tab, word, tab, judgement"; lines that begin with # are
            passed over. WordSim-353 comes with gensim: `datapath("wordsim353.tsv")` of
            `gensim.test.utils`.

    Returns:
        Spearman's rank correlation, over the pairs of which both words have a vector.

    Raises:
        ArtifactError: The file cannot be read, or a line is something else.
        ArgumentError: Fewer than two pairs can be compared.
    """
    from scipy.stats import ConstantInputWarning, spearmanr

    cosines, judgements, skipped = [], [], 0
    for one, other, judgement in _pairs(Path(pairs)):
        if one in vectors and other in vectors:
            cosines.append(float(vectors.similarity(one, other)))
            judgements.append(judgement)
        else:
            skipped += 1
    if len(cosines) < 2:
        raise ArgumentError(
            f"Only {len(cosines)} pairs of '{pairs}' have vectors for both words; 2 are needed."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)  # the answer is nan, and says enough
        return Similarity(float(spearmanr(cosines, judgements)[0]), len(cosines), skipped)


def _pairs(path: Path) -> list[tuple[str, str, float]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"The word pairs '{path}' cannot be read: {error}.") from error
    pairs = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            one, other, judgement = line.split("\t")
            pairs.append((one.lower(), other.lower(), float(judgement)))
        except ValueError as error:
            raise ArtifactError(
                f"Line {number} of '{path}' must be 'word, tab, word, tab, number'. "
                f"Received: {line[:60]!r}."
            ) from error
    return pairs
