r"""Named ways to split a text into tokens other than Keras's words between spaces.

An analyzer takes one text and returns its tokens. A tokenizer calls it in place of filtering and
splitting, and does nothing else to the text, so the analyzer must lower-case it itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

from textseq.errors import ArgumentError
from textseq.registry import Registry
from textseq.tokenizer.words import text_to_word_sequence

Analyzer = Callable[[str], list[str]]
"""Text in, tokens out."""

ANALYZERS: Registry[Analyzer] = Registry("analyzer")

_SAMPLE = 1_000  # texts whose letters show in which script a corpus is written

_WORD_OR_MARK = re.compile(r"[\w']+|[^\w\s]")


@ANALYZERS.register("words")
def words(text: str) -> list[str]:
    """Split as a tokenizer without an analyzer does: words as Keras has them, no punctuation."""
    return text_to_word_sequence(text)


@ANALYZERS.register("whitespace")
def whitespace(text: str) -> list[str]:
    """Lower-case, and split at any run of Unicode white space; punctuation stays where it is.

    Right for text that was tokenised before, such as the Stanford Sentiment Treebank's.
    """
    return text.lower().split()


@ANALYZERS.register("words_and_marks")
def words_and_marks(text: str) -> list[str]:
    """Lower-case, and keep every punctuation mark as a token of its own."""
    return _WORD_OR_MARK.findall(text.lower())


@ANALYZERS.register("characters")
def characters(text: str) -> list[str]:
    """Lower-case, and return every character but white space: for Hangul, the syllables."""
    return list("".join(text.lower().split()))


@ANALYZERS.register("syllables")
def syllables(text: str) -> list[str]:
    """Lower-case, and return every character, a run of white space as one space.

    Right for Hangul, whose characters are syllables: its words carry so many endings that most of
    those in a new text were never seen before, while the syllables were.
    """
    return list(" ".join(text.lower().split()))


def analyzer_for(texts: Iterable[str]) -> str:
    """Return the name of the analyzer that suits the script of a corpus.

    Args:
        texts: Of which the first thousand are looked at.

    Returns:
        `"syllables"` where most letters are Hangul, else `"words_and_marks"`.
    """
    letters = [c for text in itertools.islice(texts, _SAMPLE) for c in text if c.isalpha()]
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in letters)
    return "syllables" if 2 * hangul > len(letters) else "words_and_marks"


def name_of_analyzer(analyzer: str | Analyzer) -> str:
    """Return the name under which a saved tokenizer mentions its analyzer."""
    if isinstance(analyzer, str):
        return analyzer
    # A partial or a method of a built-in type has no module or no name of its own.
    module = getattr(analyzer, "__module__", None) or type(analyzer).__module__
    return f"{module}:{getattr(analyzer, '__qualname__', type(analyzer).__qualname__)}"


def registered_analyzer(name: Any) -> str | None:
    """Return the name of an analyzer that a saved tokenizer mentions, if textseq has it.

    Raises:
        ArgumentError: It is code from elsewhere, which reading a file must not run.
    """
    if name is None:
        return None
    if name not in ANALYZERS.names():
        raise ArgumentError(
            f"its analyzer {name!r} is code outside textseq, and reading a file never runs code; "
            f"pass it as `analyzer`"
        )
    return str(name)
