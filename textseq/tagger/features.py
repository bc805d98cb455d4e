"""The rows of an embedding that a word sums: its own, and those of how it is written.

    x = E[word] + E[lower case] + E[shape] + E[prefixes of 1, 2, ... characters] + E[suffixes]

A word of the training texts has a row of its own. All else is hashed to a row of the buckets
(Weinberger et al. 2009), so that a word never seen has a vector too, from the words that begin, end
or are shaped as it does. The hash is CRC-32, the same everywhere: a model's rows depend on it.

The shape of a word has X for capitals, x for other letters, d for digits, and each run of them
once: `McDonald's` is XxXx'x.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
import numpy.typing as npt

from textseq.network.arrays import Rows

Codes = npt.NDArray[np.uint32]

OWN = 2
"""The first columns are of the word itself, and of its lower case: word dropout leaves them out."""


@dataclass(frozen=True)
class WordFeatures:
    """From words to rows of an embedding: first those of known words, then the buckets.

    Args:
        words: The known words; the first has row 1, and 0 is for none.
        affixes: The longest prefix and suffix, in characters.
        buckets: Number of rows that all else shares.

    Example:
        >>> from textseq.tagger.features import WordFeatures
        >>> features = WordFeatures(("walk",), affixes=1, buckets=10)
        >>> features.rows(["walk", "talk"])  # word, lower case, shape, prefix, suffix
        array([[ 1,  9,  4, 10,  6],
               [ 0,  3,  4,  2,  6]], dtype=int32)
    """

    words: tuple[str, ...]
    affixes: int
    buckets: int
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = {word: row for row, word in enumerate(self.words, start=1)}
        object.__setattr__(self, "_ids", ids)

    @classmethod
    def learn(cls, sentences: Iterable[Sequence[str]], affixes: int, buckets: int) -> WordFeatures:
        """Return the features of which the known words are those of sentences, by frequency."""
        counts = Counter(word for sentence in sentences for word in sentence)
        return cls(tuple(word for word, _ in counts.most_common()), affixes, buckets)

    @property
    def size(self) -> int:
        """The number of rows of the embedding."""
        return 1 + len(self.words) + self.buckets

    @property
    def columns(self) -> int:
        """The number of rows that a word sums."""
        return OWN + 1 + 2 * self.affixes

    def ids(self, words: Iterable[str]) -> Rows:
        """Return the row of each word's own, 0 for one that is not known: int32, (words,)."""
        return np.array([self._ids.get(word, 0) for word in words], np.int32)

    def codes(self, words: Sequence[str]) -> Codes:
        """Return hashes of words, lower cases, shapes, prefixes and suffixes: (words, columns).

        A word that is shorter than an affix has 0 in its place.
        """
        distinct = {word: i for i, word in enumerate(dict.fromkeys(words))}
        codes = np.array([self._codes(word) for word in distinct], np.uint32)
        return codes.reshape(-1, self.columns)[[distinct[word] for word in words]]

    def rows(self, words: Sequence[str], codes: Codes | None = None) -> Rows:
        """Return the rows that words sum, 0 for none: int32, (words, columns).

        Args:
            words: The words.
            codes: Their codes, if they are known.
        """
        codes = self.codes(words) if codes is None else codes
        rows = 1 + len(self.words) + (codes % np.uint32(self.buckets)).astype(np.int32)
        rows[codes == 0] = 0
        rows[:, 0] = self.ids(words)
        return rows

    def suffix(self, length: int) -> int:
        """Return the column of the suffixes of a length."""
        return OWN + self.affixes + length

    def _codes(self, word: str) -> list[int]:
        texts = [f"e{word}", f"w{word.lower()}", f"h{shape(word)}"]
        lengths = range(1, self.affixes + 1)
        texts += [f"p{word[:n]}" if n <= len(word) else "" for n in lengths]
        texts += [f"s{word[-n:]}" if n <= len(word) else "" for n in lengths]
        return [crc32(text.encode("utf-8", "surrogatepass")) for text in texts]


def shape(word: str) -> str:
    """Return the shape of a word.

    Example:
        >>> from textseq.tagger.features import shape
        >>> shape("McDonald's"), shape("3,000"), shape("naïve")
        ("XxXx'x", 'd,d', 'x')
    """
    kinds: list[str] = []
    for char in word:
        kind = "X" if char.isupper() else "x" if char.isalpha() else "d" if char.isdigit() else char
        if kind not in kinds[-1:]:
            kinds.append(kind)
    return "".join(kinds)
