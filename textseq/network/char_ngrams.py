"""Character n-grams of words: what a word without an id can be recognized by.

The n-grams of a word are those of the word between < and >, so that prefixes and suffixes differ
from what is within (Bojanowski et al. 2017). Each is hashed to one of a number of buckets. The
hash is CRC-32, the same everywhere: a model's weights depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from textseq.network.arrays import AnyArray, FloatArray, IntArray
from textseq.sequences.open_sequences import OpenSequences
from textseq.sequences.sequences import Sequences

SHORTEST = 2
"""Characters in an n-gram, at least, unless the longest is shorter."""

LONGEST_WORD = 64
"""Characters that are read of a word: texts hold addresses and base64, and each has n-grams."""

BUCKETS = 1 << 17


@dataclass(frozen=True)
class CharNgrams:
    """From words to the buckets of their character n-grams.

    Args:
        longest: Characters in an n-gram, at most.
        buckets: The number of buckets.

    Example:
        >>> from textseq.network.char_ngrams import CharNgrams
        >>> CharNgrams(longest=2, buckets=100).of(["hi", ""]).to_lists()  # of <h, hi and i>
        [[6, 66, 72], []]
    """

    longest: int
    buckets: int = BUCKETS

    def of(self, words: Iterable[str]) -> Sequences:
        """Return the buckets of each word's distinct n-grams; an empty word has none."""
        return Sequences.from_lists(map(self._buckets, words))

    def _buckets(self, word: str) -> list[int]:
        text = f"<{word[:LONGEST_WORD]}>" if word else ""
        grams = {
            text[i : i + n]
            for n in range(min(SHORTEST, self.longest), self.longest + 1)
            for i in range(len(text) - n + 1)
        }
        return sorted(crc32(gram.encode("utf-8", "surrogatepass")) % self.buckets for gram in grams)


@dataclass(frozen=True)
class CharWeights:
    """What the character n-grams of unknown words add to the logits of a linear model.

    Args:
        table: Of each bucket: float16 or float32, shape (buckets, columns).
        longest: Characters in an n-gram, at most.
    """

    table: AnyArray
    longest: int

    def of(self, words: Iterable[str]) -> FloatArray:
        """Return what each word adds: float32, shape (words, columns)."""
        return self.sum_rows(CharNgrams(self.longest, len(self.table)).of(words))

    def sum_rows(self, buckets: Sequences) -> FloatArray:
        """Return the sum of the rows of each word's buckets: float32, shape (words, columns)."""
        sums = np.zeros((len(buckets.ids) + 1, self.table.shape[1]))
        np.cumsum(self.table[buckets.ids], axis=0, dtype=np.float64, out=sums[1:])
        found: FloatArray = np.diff(sums[buckets.offsets], axis=0).astype(np.float32)
        return found

    def of_documents(self, sequences: Sequences) -> FloatArray:
        """Return what the distinct unknown words of each document add: (documents, columns)."""
        sums = np.zeros((len(sequences), self.table.shape[1]), np.float32)
        if isinstance(sequences, OpenSequences) and len(sequences.unknown.ids):
            documents, words = distinct_pairs(sequences.unknown)
            used, places = np.unique(words, return_inverse=True)
            vectors = self.of(sequences.words[word] for word in used.tolist())
            np.add.at(sums, documents, vectors[places])
        return sums


def distinct_pairs(sequences: Sequences) -> tuple[IntArray, IntArray]:
    """Return each document and each of its distinct ids, 0 or more, sorted: (pairs,) twice.

    Example:
        >>> from textseq import Sequences
        >>> from textseq.network.char_ngrams import distinct_pairs
        >>> distinct_pairs(Sequences.from_lists([[5, 2, 5], [], [2]]))
        (array([0, 0, 2]), array([2, 5, 2]))
    """
    width = int(sequences.ids.max(initial=0)) + 1
    documents = np.repeat(np.arange(len(sequences)), sequences.lengths)
    return np.divmod(np.unique(documents * width + sequences.ids), width)


def buckets_of_texts(
    sequences: Sequences, of_words: Sequences, characters: CharNgrams
) -> Sequences:
    """Return the buckets of each document's distinct words, known and unknown ones.

    Args:
        sequences: The documents.
        of_words: The buckets of the word of each id.
        characters: The character n-grams.
    """
    every = sequences
    if isinstance(sequences, OpenSequences):
        of_words = Sequences.concatenate([of_words, characters.of(sequences.words)])
        first = len(of_words) - len(sequences.words)
        unknown = Sequences(sequences.unknown.ids + np.int32(first), sequences.unknown.offsets)
        pairs = zip(sequences, unknown, strict=True)
        every = Sequences.from_lists(np.concatenate(pair).tolist() for pair in pairs)
    documents, words = distinct_pairs(every)
    found = of_words[words]
    ends = np.searchsorted(documents, np.arange(len(sequences) + 1))
    return Sequences(found.ids, found.offsets[ends])
