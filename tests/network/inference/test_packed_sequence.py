from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences
from textseq.network.inference.packed_sequence import longest_first, pack

DOCUMENTS = st.lists(st.lists(st.integers(1, 99), max_size=7), min_size=1, max_size=9)


def packed_by_hand(rows):
    longest = max(map(len, rows))
    return [row[t] for t in range(longest) for row in rows if t < len(row)]


@given(DOCUMENTS)
def test_packing_reads_all_documents_step_by_step_in_both_directions(rows):
    sequences = Sequences.from_lists(rows)
    (order,) = longest_first(sequences, len(rows))
    packed = pack(sequences, order)
    rows = [rows[i] for i in order]
    assert sequences.ids[packed.places].tolist() == packed_by_hand(rows)
    backwards = sequences.ids[packed.backward_places]
    assert backwards.tolist() == packed_by_hand([row[::-1] for row in rows])
    np.testing.assert_array_equal(backwards[packed.mirrored], sequences.ids[packed.places])
    assert packed.lengths.tolist() == sorted(map(len, rows), reverse=True)


@given(DOCUMENTS, st.integers(1, 4))
def test_batches_hold_every_document_once_longest_first(rows, at_once):
    sequences = Sequences.from_lists(rows)
    batches = longest_first(sequences, at_once)
    together = np.concatenate(batches)
    assert sorted(together.tolist()) == list(range(len(rows)))
    assert all(len(batch) <= at_once for batch in batches)
    assert (np.diff(sequences.lengths[together]) <= 0).all()
