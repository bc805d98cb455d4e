"""Korean morphemes, by Kiwi (`kiwipiepy`): stems, endings and particles as tokens of their own.

The model of Kiwi is read at the first text, which takes a second. This module is imported only
where morphemes are used.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from textseq.compute.threads import thread_count
from textseq.errors import require_extra

if TYPE_CHECKING:
    from kiwipiepy import Kiwi, Token

require_extra("kiwipiepy", "Splitting texts into Korean morphemes")


class Morphemes:
    """An analyzer: the function from a text to its morphemes, as their basic forms."""

    def __call__(self, text: str) -> list[str]:
        """Return the morphemes of a text."""
        return _forms(_kiwi().tokenize(_squeeze(text), compatible_jamo=True))

    def many(self, texts: list[str]) -> list[list[str]]:
        """Return the morphemes of each text, on all threads."""
        return list(map(_forms, _kiwi().tokenize(map(_squeeze, texts), compatible_jamo=True)))


kiwi = Morphemes()


@lru_cache(maxsize=1)
def _kiwi() -> Kiwi:
    from kiwipiepy import Kiwi

    # Without names of several words, whose spaces no file of word vectors could hold.
    return Kiwi(num_workers=thread_count(), load_multi_dict=False)


def _squeeze(text: str) -> str:
    return " ".join(text.split())  # Kiwi takes some white space for characters


def _forms(morphemes: list[Token]) -> list[str]:
    return [morpheme.form.lower() for morpheme in morphemes]
