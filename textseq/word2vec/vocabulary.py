"""Which words have a vector, under which name, and what to say of one that has none."""

from __future__ import annotations

import itertools

from gensim.models import KeyedVectors

from textseq.errors import ArgumentError
from textseq.registry import closest

WRITTEN_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
"""What stands in vectors' files for the word " ": U+2581, as in SentencePiece."""

SUGGESTED_FROM = 50_000
"""Of how many words, the most frequent first, near ones are suggested: all would take seconds."""


def key_of(vectors: KeyedVectors, word: str) -> str | None:
    r"""Return the name under which vectors hold a word, or None.

    It is the word itself, but for a space, which files hold as U+2581. FastText's vectors in
    memory have one for nearly every word, made of its parts.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq.word2vec.vocabulary import key_of
        >>> vectors = KeyedVectors(1)
        >>> vectors.add_vectors(["hill", "\u2581"], [[1], [2]])
        >>> key_of(vectors, "hill"), key_of(vectors, " "), key_of(vectors, "sea")
        ('hill', '▁', None)
    """
    if word in vectors:
        return word
    return WRITTEN_SPACE if word == " " and WRITTEN_SPACE in vectors else None


def cased_key(vectors: KeyedVectors, word: str) -> str | None:
    """Return a word that has a vector: this one, or it in lower case; else None.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq.word2vec.vocabulary import cased_key
        >>> vectors = KeyedVectors(1)
        >>> vectors.add_vectors(["athens"], [[1]])
        >>> cased_key(vectors, "Athens"), cased_key(vectors, "Oslo")
        ('athens', None)
    """
    return key_of(vectors, word) or key_of(vectors, word.lower())


def known_key(vectors: KeyedVectors, word: str) -> str:
    """Return the name under which vectors hold a word that must be there.

    Raises:
        ArgumentError: They do not hold it; the message names words like it that they hold.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq.word2vec.vocabulary import known_key
        >>> vectors = KeyedVectors(1)
        >>> vectors.add_vectors(["mountain"], [[1]])
        >>> known_key(vectors, "mountian")
        Traceback (most recent call last):
        textseq.errors.ArgumentError: The word 'mountian' has no vector among 1; did you mean ...
    """
    if (key := key_of(vectors, word)) is not None:
        return key
    near = near_words(vectors, word)
    hint = f"; did you mean {', '.join(map(repr, near))}?" if near else "."
    raise ArgumentError(f"The word {word!r} has no vector among {len(vectors):,}{hint}")


def near_words(vectors: KeyedVectors, word: str, *, count: int = 3) -> list[str]:
    """Return words that are spelled like one: in another case first, then the most alike.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq.word2vec.vocabulary import near_words
        >>> vectors = KeyedVectors(1)
        >>> vectors.add_vectors(["Hills", "hill", "sea"], [[1], [2], [3]])
        >>> near_words(vectors, "Hill")
        ['hill', 'Hills']
    """
    cases = dict.fromkeys((word.lower(), word.capitalize(), word.upper()))
    found = [case for case in cases if case in vectors.key_to_index]
    longest = len(word) + 2
    alike = [
        other
        for other in itertools.islice(vectors.index_to_key, SUGGESTED_FROM)
        if len(word) - 2 <= len(other) <= longest
    ]
    found += closest(word, alike, count)
    return list(dict.fromkeys(found))[:count]
