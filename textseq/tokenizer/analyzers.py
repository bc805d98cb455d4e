"""Named ways to split a text into tokens other than Keras's words between spaces.

A tokenizer calls its analyzer in place of lower-casing, filtering and splitting. Much text goes
through compiled kernels, which follow the analyzer's `CharRule`; one without a rule, such as a
user's own, is called for every text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

from textseq.errors import ArgumentError
from textseq.registry import Registry
from textseq.tokenizer.char_rule import EVERY, CharRule
from textseq.tokenizer.words import DEFAULT_FILTERS, text_to_word_sequence

Analyzer = Callable[[str], list[str]]
"""Text in, tokens out; of many texts, by its method `many`, where it has one."""

SUBWORDS = ("bpe", "unigram")
"""Analyzers that learn from the texts on which a tokenizer is fitted; see `subwords`."""

VOCAB_SIZE, LEAST_VOCAB_SIZE = 8_000, 10
"""How many sub-words they learn, by default and at least."""

MARK = "\u2581"
"""What a word begins with, as in SentencePiece: a low block."""

ANALYZERS: Registry[Analyzer] = Registry(
    "analyzer",
    {
        **{name: f"textseq.tokenizer.subwords:{name}" for name in SUBWORDS},
        "kiwi": "textseq.tokenizer.morphemes:kiwi",
    },
)

_RULES: dict[Analyzer, CharRule] = {}

_SAMPLE = 1_000  # texts whose letters show in which script a corpus is written

_HANGUL = re.compile("[\uac00-\ud7a3]")

_MARK = r"[^\w\s']"
_WORD_OR_MARK = re.compile(rf"[\w']+|{_MARK}")


def _register(name: str, rule: CharRule) -> Callable[[Analyzer], Analyzer]:
    """Return a decorator that registers an analyzer that splits texts as a rule says."""

    def add(analyzer: Analyzer) -> Analyzer:
        _RULES[analyzer] = rule
        return ANALYZERS.register(name)(analyzer)

    return add


def rule_of(analyzer: str | Analyzer) -> CharRule | None:
    """Return the rule by which the kernels do what an analyzer does; None if only it can do it."""
    function = ANALYZERS.resolve(analyzer)
    # One of a user's own may be an object that cannot be a key.
    return next((rule for known, rule in _RULES.items() if known is function), None)


@_register("words", CharRule(frozenset(DEFAULT_FILTERS + " ")))
def words(text: str) -> list[str]:
    """Split as a tokenizer without an analyzer does: words as Keras has them, no punctuation."""
    return text_to_word_sequence(text)


@_register("whitespace", CharRule())
def whitespace(text: str) -> list[str]:
    """Lower-case, and split at any Unicode white space, as suits text tokenized before."""
    return text.lower().split()


@_register("words_and_marks", CharRule(alone=_MARK))
def words_and_marks(text: str) -> list[str]:
    """Lower-case, and keep every punctuation mark as a token of its own."""
    return _WORD_OR_MARK.findall(text.lower())


@_register("characters", CharRule(alone=EVERY))
def characters(text: str) -> list[str]:
    """Lower-case, and return every character but white space: for Hangul, the syllables."""
    return list("".join(text.lower().split()))


@_register("syllables", CharRule(alone=EVERY, spaces=True))
def syllables(text: str) -> list[str]:
    """Lower-case, and return every character, a run of white space as one space.

    Right for Hangul, whose characters are syllables: most of its words have endings that make them
    new to a model, while it has seen the syllables.
    """
    return list(" ".join(text.lower().split()))


def keep_case(text: str, tokens: list[str]) -> list[str]:
    """Return tokens with the capitals that they have in the text, where an analyzer lowered them.

    Example:
        >>> from textseq.tokenizer.analyzers import keep_case, words_and_marks
        >>> keep_case("Oh, Anna!", words_and_marks("Oh, Anna!"))
        ['Oh', ',', 'Anna', '!']
    """
    low, place, kept = text.lower(), 0, []
    if len(low) != len(text):  # as that of the Turkish I with a dot, which is two characters
        return tokens
    for token in tokens:
        start = low.find(token, place)
        place = start + len(token) if start >= 0 else place
        kept.append(text[start:place] if start >= 0 else token)
    return kept


def join_pieces(pieces: Iterable[str]) -> str:
    """Return the text that pieces make.

    Example:
        >>> from textseq.tokenizer.analyzers import join_pieces
        >>> join_pieces(["\u2581no", "\u2581mount", "ain"])
        'no mountain'
    """
    return "".join(pieces).replace(MARK, " ").strip()


def analyzer_for(texts: Iterable[str]) -> str:
    """Return `"syllables"` if most letters of the texts are Hangul, else `"words_and_marks"`."""
    sample = "".join(itertools.islice(texts, _SAMPLE))
    hangul = 0 if sample.isascii() else len(_HANGUL.findall(sample))
    if hangul and 2 * hangul > sum(map(str.isalpha, sample)):
        return "syllables"
    return "words_and_marks"


def name_of_analyzer(analyzer: str | Analyzer) -> str:
    """Return the name under which a saved tokenizer mentions its analyzer."""
    if isinstance(analyzer, str):
        return analyzer
    # A partial or a method of a built-in type has no module or no name of its own.
    module = getattr(analyzer, "__module__", None) or type(analyzer).__module__
    return f"{module}:{getattr(analyzer, '__qualname__', type(analyzer).__qualname__)}"


def registered_analyzer(name: Any) -> str | None:
    """Check that an analyzer that a saved tokenizer names, if any, is one of textseq's."""
    if name is None:
        return None
    if name not in ANALYZERS.names():
        raise ArgumentError(
            f"its analyzer {name!r} is code outside textseq, and reading a file never runs code; "
            f"name it yourself with --analyzer (analyzer=)"
        )
    return str(name)
