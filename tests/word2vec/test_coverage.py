from __future__ import annotations

from collections import Counter

from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from textseq import word2vec


@given(st.lists(st.sampled_from("abcdefgh ")), st.sets(st.sampled_from("abcdefgh▁"), min_size=1))
def test_shares_equal_counting_one_by_one(tokens, known):
    vectors = KeyedVectors(1)
    vectors.add_vectors(sorted(known), [[1]] * len(known))
    found = word2vec.corpus_coverage(vectors, Counter(tokens))
    kept = [token for token in tokens if token.replace(" ", "▁") in known]
    assert (found.tokens.covered, found.tokens.total) == (len(kept), len(tokens))
    assert (found.types.covered, found.types.total) == (len(set(kept)), len(set(tokens)))
    assert dict(found.missing) == {t: tokens.count(t) for t in set(tokens) - set(kept)}
    counts = [count for _, count in found.missing]
    assert counts == sorted(counts, reverse=True)
