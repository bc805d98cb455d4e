from __future__ import annotations

import numpy as np
import pytest

from textseq import word2vec
from textseq.errors import ArgumentError


def test_words_never_seen_have_vectors_like_those_of_like_spelling():
    sentences = [["walking", "walked", "walks"], ["mountain", "mountains", "peaks"]] * 300
    vectors = word2vec.train(
        sentences, algorithm="fasttext", vector_size=16, bucket=2000, epochs=10, sample=0
    )
    assert "walker" not in vectors.key_to_index
    together = word2vec.with_words(vectors, ["walker", "walked"])
    assert together.index_to_key[:2] == ["walker", "walked"]
    assert together.similarity("walker", "walked") > together.similarity("walker", "mountain")
    np.testing.assert_array_equal(together["peaks"], vectors["peaks"])


def test_other_vectors_have_no_parts(sentences):
    with pytest.raises(ArgumentError, match="fasttext"):
        word2vec.with_words(word2vec.train(sentences, vector_size=4), ["walker"])
