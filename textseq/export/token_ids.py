"""Tokens as ids, in a graph.

ONNX cannot join characters to strings, so a word is looked up by a hash of 64 bits,

    h(c_1 ... c_n) = sum over i of (c_i + 1) r_i  modulo 2^64

with random odd factors r (multilinear hashing; Lemire and Kaser 2014). No two known words have the
same one. An unknown word has that of a given known one with a probability of at most 2^-43 over the
choice of the factors, since code points have 21 bits: of 20,000 words, 2^-28 that it is taken for
any of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from textseq.export.flat import before
from textseq.export.graph import Graph, Value
from textseq.export.tokens import Tokens

MOST = 256
"""Characters with a factor of their own, at most: of a longer word, the others share the last."""


@dataclass(frozen=True)
class TokenIds:
    """The ids of tokens.

    Args:
        ids: Those of the tokens that have one: int64.
        texts: The number of each one's text: int64.
        unknown: Which of all tokens have no id of their own: bool, (tokens,).
        hashes: The hash of each token: int64, (tokens,).
    """

    ids: Value
    texts: Value
    unknown: Value
    hashes: Value


def look_up_ids(
    graph: Graph, tokens: Tokens, word_ids: Mapping[str, int], oov_id: int | None
) -> TokenIds:
    """Return the ids of tokens.

    Args:
        graph: The graph.
        tokens: The tokens.
        word_ids: The id of each word.
        oov_id: The id of all other words; None to leave them out.
    """
    factors, keys = _factors(word_ids)
    hashes = _hash(graph, tokens, factors)
    found = graph.apply(
        "LabelEncoder",
        hashes,
        domain="ai.onnx.ml",
        keys_int64s=keys.tolist(),
        values_int64s=list(word_ids.values()),
        default_int64=0,
    )
    unknown = found.equals(0)
    if oov_id is not None:
        ids = graph.where(unknown, found * 0 + oov_id, found)
        return TokenIds(ids, tokens.texts, unknown, hashes)
    known = ~unknown
    return TokenIds(found.keep(known), tokens.texts.keep(known), unknown, hashes)


def _hash(graph: Graph, tokens: Tokens, factors: npt.NDArray[np.int64]) -> Value:
    points = tokens.characters.points
    place = graph.range(points.size()) - tokens.starts.take(tokens.owners)
    factor = graph.constant(factors).take(place.at_most(len(factors) - 1))
    sums = ((points + 1) * factor).running_sum()
    ends = sums.take(tokens.starts + tokens.sizes - 1)
    return ends - before(ends, 0)


def _factors(word_ids: Mapping[str, int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return factors, and the hash of each word, of which no two are the same."""
    size = min(MOST, max(map(len, word_ids), default=1) + 1)
    for seed in itertools.count():
        factors = np.random.default_rng(seed).integers(-(2**62), 2**62, size) * 2 + 1
        keys = np.array([hash_word(word, factors) for word in word_ids], np.int64)
        if len(np.unique(keys)) == len(keys):
            return factors, keys
    raise AssertionError


def hash_word(word: str, factors: npt.NDArray[np.int64]) -> int:
    """Return the hash of a word, as the graph computes it.

    Example:
        >>> import numpy as np
        >>> from textseq.export.token_ids import hash_word
        >>> hash_word("ab", np.array([1, 1000]))
        99098
    """
    points = np.array([ord(character) for character in word], np.int64) + 1
    places = np.minimum(np.arange(len(word)), len(factors) - 1)
    with np.errstate(over="ignore"):
        return int((points * factors[places]).sum())
