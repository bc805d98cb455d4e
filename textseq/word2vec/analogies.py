"""How many analogies vectors solve: "Athens is to Greece as Oslo is to ?", by section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.word2vec.benchmarks import judgement_lines
from textseq.word2vec.lookup import analogy_queries
from textseq.word2vec.search import nearest
from textseq.word2vec.vocabulary import cased_key

Question = tuple[str, str, str, str]


@dataclass(frozen=True)
class Section:
    """The analogies of one kind.

    Args:
        name: Its name in the file.
        correct: Questions of which the nearest word is the answer.
        asked: Questions of which all four words have a vector.
        skipped: The others.
    """

    name: str
    correct: int
    asked: int
    skipped: int

    @property
    def accuracy(self) -> float:
        """The share of the questions asked that were answered, 0 to 1."""
        return self.correct / self.asked if self.asked else 0.0

    @property
    def coverage(self) -> float:
        """The share of the questions that were asked, 0 to 1."""
        return self.asked / (self.asked + self.skipped) if self.asked + self.skipped else 0.0


@dataclass(frozen=True)
class Analogies:
    """The analogies of a file.

    Args:
        sections: In the order of the file.
    """

    sections: tuple[Section, ...]

    @property
    def total(self) -> Section:
        """All sections together."""
        sums = (
            sum(getattr(s, name) for s in self.sections) for name in ("correct", "asked", "skipped")
        )
        return Section("total", *sums)


def evaluate_analogies(
    vectors: KeyedVectors, questions: StrPath = "questions-words", *, words: int | None = 300_000
) -> Analogies:
    """Ask for the fourth word of each analogy; see `analogy` for how it is answered.

    Args:
        vectors: The vectors.
        questions: `"questions-words"`, which comes with gensim; or a file of lines of four words,
            in sections that begin with a line ": name".
        words: Ask about and look among the first so many words, the most frequent in files that
            are sorted by that; None for all.

    Raises:
        ArtifactError: The file cannot be read, or a line is something else.
        ArgumentError: There is no such file, or `words` is below 1.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(3)
        >>> rows = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1], [0, 1, 1]])
        >>> vectors.add_vectors(["king", "queen", "man", "woman", "people"], rows)
        >>> answered = word2vec.evaluate_analogies(vectors)
        >>> [section for section in answered.sections if section.asked]
        [Section(name='family', correct=2, asked=2, skipped=504)]
    """
    if words is not None and words < 1:
        raise ArgumentError(f"`words` must be 1 or more, or None. Received: {words}.")
    kept = len(vectors.index_to_key[:words])
    return Analogies(
        tuple(_section(vectors, name, asked, kept) for name, asked in analogy_sections(questions))
    )


def _section(vectors: KeyedVectors, name: str, questions: list[Question], words: int) -> Section:
    """Answer the questions of a section that can be asked."""
    rows = [row for row in (_rows(vectors, question, words) for question in questions) if row]
    correct = 0
    if rows:
        asked = np.array(rows)
        # "a is to b as c is to ?" is b - a + c.
        queries = analogy_queries(vectors.vectors[asked[:, [1, 0, 2]]])
        found, _ = nearest(vectors.vectors[:words], queries, 1, passed_over=asked[:, :3].tolist())
        correct = int((found[:, 0] == asked[:, 3]).sum())
    return Section(name, correct, len(rows), len(questions) - len(rows))


def _rows(vectors: KeyedVectors, question: Question, words: int) -> list[int] | None:
    """Return the rows of a question's words, if they all have one."""
    keys = [cased_key(vectors, word) for word in question]
    rows = [vectors.key_to_index.get(key, words) for key in keys]
    return rows if max(rows) < words else None


def analogy_sections(name: StrPath) -> list[tuple[str, list[Question]]]:
    """Return the names of a file's sections, and their questions.

    Raises:
        ArgumentError: There is no such file.
        ArtifactError: It cannot be read, or a line is something else.

    Example:
        >>> from textseq.word2vec.analogies import analogy_sections
        >>> name, questions = analogy_sections("questions-words")[4]
        >>> name, questions[0]
        ('family', ('boy', 'girl', 'brother', 'sister'))
    """
    sections: list[tuple[str, list[Question]]] = []
    for number, line in judgement_lines(name):
        words = line.split()
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
        elif len(words) != 4:
            raise ArtifactError(
                f"Line {number} of '{name}' must be four words, or ': ' and the name of a section. "
                f"Received: {line[:60]!r}."
            )
        elif not sections:
            raise ArtifactError(
                f"Line {number} of '{name}' stands in no section; expected a line ': name' first."
            )
        else:
            sections[-1][1].append((words[0], words[1], words[2], words[3]))
    return sections
