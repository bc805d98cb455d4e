"""Benchmarks of word vectors: analogies, and people's judgements of the similarity of words.

Three files of them come with gensim, and are found by name.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError, ArtifactError, require_extra
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.word2vec.lookup import cased_key, unit_rows

if TYPE_CHECKING:
    from textseq.word2vec.lookup import Vectors

FEW = 30
"""Below this number of questions or pairs, their result is mostly chance."""

COSINES_AT_ONCE = 1 << 24
"""How many cosines of analogies are in memory at a time: 64 MiB."""

Question = tuple[str, str, str, str]

BUILT_IN = {
    "wordsim353": "wordsim353.tsv",
    "simlex999": "simlex999.txt",
    "questions-words": "questions-words.txt",
}
"""WordSim-353 (Finkelstein et al. 2002), SimLex-999 (Hill et al. 2015), and the analogies of
Mikolov et al. 2013."""


def benchmark_file(name: StrPath) -> Path:
    """Return the file of a built-in benchmark, or the path itself.

    Raises:
        ArgumentError: There is no such file.

    Example:
        >>> from textseq.word2vec import benchmark_file
        >>> benchmark_file("simlex999").name
        'simlex999.txt'
    """
    path = Path(name)
    if str(name) in BUILT_IN and not path.exists():
        require_extra("gensim", f"The benchmark '{name}'")
        import gensim

        path = Path(gensim.__file__).parent / "test" / "test_data" / BUILT_IN[str(name)]
    if not path.is_file():
        raise ArgumentError(
            f"There is no benchmark '{path}'; expected the path of a file, or one of "
            f"{', '.join(BUILT_IN)}, which come with gensim where it is installed with its tests."
        )
    return path


def benchmark_lines(name: StrPath) -> list[tuple[int, str]]:
    """Return lines, with their place from 1, except those that are empty or begin with #."""
    path = benchmark_file(name)
    with wrap_read_errors(f"The benchmark '{path}'"):
        lines = path.read_text(encoding="utf-8").splitlines()
    stripped = enumerate((line.strip() for line in lines), start=1)
    return [(place, line) for place, line in stripped if line and not line.startswith("#")]


def holds_analogies(name: StrPath) -> bool:
    """Return whether a file holds analogies, in sections, and not pairs of words.

    Example:
        >>> from textseq.word2vec import holds_analogies
        >>> holds_analogies("questions-words"), holds_analogies("wordsim353")
        (True, False)
    """
    lines = benchmark_lines(name)
    return bool(lines) and lines[0][1].startswith(":")


@dataclass(frozen=True)
class Section:
    """The analogies of one section of a file.

    Args:
        name: Its name in the file.
        correct: Questions to which the nearest word is the answer.
        asked: Questions whose four words all have a vector.
        skipped: The other questions.
    """

    name: str
    correct: int
    asked: int
    skipped: int

    @property
    def accuracy(self) -> float | None:
        """The proportion of the questions asked that were answered correctly; None if none was."""
        return self.correct / self.asked if self.asked else None

    @property
    def coverage(self) -> float:
        """The proportion of the questions that were asked, 0 to 1."""
        return self.asked / (self.asked + self.skipped) if self.asked + self.skipped else 0.0


@dataclass(frozen=True)
class Analogies:
    """The analogies of a file, by section, in the order of the file."""

    sections: tuple[Section, ...]

    @property
    def total(self) -> Section:
        """All sections together."""
        names = ("correct", "asked", "skipped")
        return Section("total", *(sum(getattr(s, name) for s in self.sections) for name in names))


def evaluate_analogies(
    vectors: Vectors, questions: StrPath = "questions-words", *, words: int | None = 300_000
) -> Analogies:
    """Ask for the fourth word of each analogy; see `analogy` for how it is answered.

    Args:
        vectors: The vectors.
        questions: `"questions-words"`, which comes with gensim; or a file of lines of four words,
            in sections that begin with a line ": name".
        words: Ask about and search among this many words, the first, which are the most frequent
            in most files; None for all.

    Raises:
        ArtifactError: The file cannot be read, or a line is something else.
        ArgumentError: There is no such file, or `words` is below 1.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(3)
        >>> rows = [[1, 1, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1], [0, 1, 1]]
        >>> vectors.add_vectors(["king", "queen", "man", "woman", "people"], rows)
        >>> answered = word2vec.evaluate_analogies(vectors)
        >>> [section for section in answered.sections if section.asked]
        [Section(name='family', correct=2, asked=2, skipped=504)]
    """
    if words is not None and words < 1:
        raise ArgumentError(f"`words` must be 1 or more, or None. Received: {words}.")
    kept = len(vectors.index_to_key[:words])
    units = unit_rows(vectors.vectors[:kept])
    sections = []
    for name, listed in analogy_sections(questions):
        keys = [[cased_key(vectors, word) for word in question] for question in listed]
        rows = [[vectors.key_to_index.get(key or "", kept) for key in four] for four in keys]
        known = np.array([four for four in rows if max(four) < kept], int).reshape(-1, 4)
        skipped = len(listed) - len(known)
        sections.append(Section(name, _count_correct(units, known), len(known), skipped))
    return Analogies(tuple(sections))


def _count_correct(units: npt.NDArray[np.float32], asked: npt.NDArray[np.int64]) -> int:
    """Return to how many questions the nearest word is the answer.

    gensim's `evaluate_word_analogies` multiplies a matrix by a vector for each question; here a
    batch of questions is one product of matrices.

    Args:
        units: Vectors of length 1: shape (words, vector size).
        asked: The rows of the words of each question: shape (questions, 4).
    """
    batch, correct = max(1, COSINES_AT_ONCE // len(units)), 0
    for start in range(0, len(asked), batch):
        given, expected = asked[start : start + batch, :3], asked[start : start + batch, 3]
        # "a is to b as c is to ?" is b - a + c; its length does not matter.
        cosines = (units[given[:, 1]] - units[given[:, 0]] + units[given[:, 2]]) @ units.T
        np.put_along_axis(cosines, given, -np.inf, axis=1)
        correct += int((cosines.argmax(axis=1) == expected).sum())
    return correct


def analogy_sections(name: StrPath) -> list[tuple[str, list[Question]]]:
    """Return the names of a file's sections, and their questions."""
    sections: list[tuple[str, list[Question]]] = []
    for place, line in benchmark_lines(name):
        words = line.split()
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
        elif len(words) != 4 or not sections:
            raise _line_error(name, place, line, "four words, in a section that ': name' begins")
        else:
            sections[-1][1].append((words[0], words[1], words[2], words[3]))
    return sections


def _line_error(name: StrPath, place: int, line: str, expected: str) -> ArtifactError:
    return ArtifactError(f"Line {place} of '{name}' must be {expected}. Received: {line[:60]!r}.")


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


def evaluate(vectors: Vectors, pairs: StrPath) -> Similarity:
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
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> rows = [[1, 0], [1, 0.1], [0, 1], [-1, 1]]
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
    cosines = (unit_rows(vectors[list(ones)]) * unit_rows(vectors[list(others)])).sum(axis=1)
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
        >>> from textseq.word2vec import word_pairs
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
            raise _line_error(name, place, line, "'word, tab, word, tab, number'")
    return pairs


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
