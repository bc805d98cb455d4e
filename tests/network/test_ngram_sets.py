from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences
from textseq.network import ngram_sets as module
from textseq.network.ngram_sets import ngram_sets, sum_weights
from textseq.network.ngrams import Ngrams

VOCABULARY = 6
documents = st.lists(st.lists(st.integers(1, VOCABULARY - 1), max_size=8), max_size=9)


@given(documents, st.sampled_from([1, 2, 3]), st.sampled_from([1, 4, 2048]))
def test_each_row_once_a_text_numbered_as_first_seen(lists, longest, chunk):
    sequences, ngrams = Sequences.from_lists(lists), Ngrams(VOCABULARY, longest, buckets=8)
    before, module.CHUNK = module.CHUNK, chunk
    try:
        sets = ngram_sets(sequences, ngrams)
    finally:
        module.CHUNK = before
    of_tokens = ngrams.of(sequences)
    expected = [
        [*dict.fromkeys(row for row in of_tokens[start:end].ravel().tolist() if row)]
        for start, end in itertools.pairwise(sequences.offsets.tolist())
    ]
    rows = sets.rows[sets.columns]
    found = [rows[start:end].tolist() for start, end in itertools.pairwise(sets.offsets.tolist())]
    assert found == expected
    assert sets.rows.tolist() == [*dict.fromkeys(itertools.chain(*expected))]


@given(documents)
def test_weights_are_summed_by_side(lists):
    random = np.random.default_rng(0)
    sets = ngram_sets(Sequences.from_lists(lists), Ngrams(VOCABULARY, 2, buckets=8))
    weights, side = random.uniform(size=len(lists)), random.integers(0, 2, len(lists))
    expected = np.zeros((len(sets.rows), 2))
    for i, (start, end) in enumerate(itertools.pairwise(sets.offsets.tolist())):
        expected[sets.columns[start:end], side[i]] += weights[i]
    np.testing.assert_allclose(sum_weights(sets, weights, side), expected)
