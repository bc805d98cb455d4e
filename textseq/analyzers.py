r"""Named ways to cut a text into tokens, for when words between spaces are not what is wanted.

An analyzer takes one text and returns its tokens. A tokenizer calls it in place of filtering and
splitting, and does nothing else to the text, so lower-casing is the analyzer's own business.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from textseq.registry import Registry

Analyzer = Callable[[str], list[str]]
"""Text in, tokens out."""

ANALYZERS: Registry[Analyzer] = Registry("analyzer")

_WORD_OR_MARK = re.compile(r"[\w']+|[^\w\s]")


@ANALYZERS.register("whitespace")
def whitespace(text: str) -> list[str]:
    """Lower-case, and split at any run of Unicode white space; punctuation stays where it is.

    Right for text that was tokenised before, such as the Stanford Sentiment Treebank's.

    Example:
        >>> from textseq.analyzers import whitespace
        >>> whitespace("It 's a charming , funny film .")
        ['it', "'s", 'a', 'charming', ',', 'funny', 'film', '.']
    """
    return text.lower().split()


@ANALYZERS.register("words_and_marks")
def words_and_marks(text: str) -> list[str]:
    """Lower-case, and keep every punctuation mark as a token of its own.

    Example:
        >>> from textseq.analyzers import words_and_marks
        >>> words_and_marks("Who wrote it? Don't say!")
        ['who', 'wrote', 'it', '?', "don't", 'say', '!']
    """
    return _WORD_OR_MARK.findall(text.lower())


@ANALYZERS.register("characters")
def characters(text: str) -> list[str]:
    """Lower-case, and return every character but white space: for Hangul, the syllables.

    Example:
        >>> from textseq.analyzers import characters
        >>> characters("정말 좋아요")
        ['정', '말', '좋', '아', '요']
    """
    return list("".join(text.lower().split()))
