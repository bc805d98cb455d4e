"""Texts to ids with the words that have none beside them: what a model reads of unseen words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textseq.corpus.text_batches import Texts
from textseq.sequences.open_sequences import OpenSequences
from textseq.sequences.sequences import Sequences

if TYPE_CHECKING:
    from textseq.tokenizer.tokenizer import Tokenizer


def encode_open(tokenizer: Tokenizer, texts: Texts) -> OpenSequences:
    """Return the ids of `Tokenizer.encode`, and the unknown words of each text.

    Args:
        tokenizer: A fitted one.
        texts: They are read twice, so no stream.

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.tokenizer.open_encoding import encode_open
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["high hills"])
        >>> encoded = encode_open(tokenizer, ["high seas, high skies", "seas"])
        >>> encoded.to_lists(), encoded.unknown.to_lists(), encoded.words
        ([[1, 1], []], [[0, 1], [0]], ('seas', 'skies'))
    """
    every = tokenizer.fitted_on(texts)
    sequences = every.encode(texts) if every.size else tokenizer.encode(texts)
    id_of, limit = tokenizer.word_index.get, tokenizer.num_words or math.inf
    ids, positions = np.zeros((2, every.size + 1), np.int32)
    words: list[str] = []
    for word, i in every.word_index.items():
        known = id_of(word)
        if known is not None and known < limit:
            ids[i] = known
        else:
            positions[i] = len(words)
            words.append(word)
    unknown = ids[sequences.ids] == 0
    if tokenizer.oov_token is not None:
        ids[ids == 0] = tokenizer.word_index[tokenizer.oov_token]
    return OpenSequences(
        _select(Sequences(ids[sequences.ids], sequences.offsets), ids[sequences.ids] > 0),
        _select(Sequences(positions[sequences.ids], sequences.offsets), unknown),
        tuple(words),
    )


def _select(sequences: Sequences, kept: npt.NDArray[np.bool_]) -> Sequences:
    """Return the tokens that are kept."""
    before = np.concatenate([[0], np.cumsum(kept)])
    return Sequences(sequences.ids[kept], before[sequences.offsets])
