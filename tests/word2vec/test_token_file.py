from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences
from textseq.errors import ArgumentError
from textseq.word2vec.token_file import TokenFiles, spell_ids


@given(
    st.lists(st.lists(st.lists(st.integers(0, 9000), max_size=40), max_size=12), max_size=6),
    st.integers(1, 4),
    st.integers(1, 60),
    st.integers(1, 20),
)
def test_parts_hold_all_tokens_in_order(tmp_path_factory, batches, threads, part_words, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textseq.word2vec.token_file.BLOCK", block)
        folder = tmp_path_factory.mktemp("tokens")
        tokens = TokenFiles(folder, 9001, threads=threads, part_words=part_words)
        tokens.write(Sequences.from_lists(batch) for batch in batches)
    id_of = {tokens.spelling(i): i for i in range(9001)}
    read = []
    for part in tokens.parts:
        lines = [line.split() for line in part.path.read_text().splitlines()]
        real = [[id_of[token] for token in line if token in id_of] for line in lines]
        assert sum(map(len, real)) == part.words
        assert sum(map(len, lines)) == part.blocks * (block + 1)
        assert part.blocks % part.threads == 0
        assert part.path.stat().st_size == part.blocks * (block + 1) * 4
        read += [line for line in real if line]
    documents = [document for batch in batches for document in batch]
    everything = [token for document in documents for token in document]
    assert [token for line in read for token in line] == everything
    # Documents end where they should, and besides at the end of each block.
    ends = {*np.cumsum([0, *map(len, documents)]).tolist()}
    ends |= {*range(0, len(everything), block), len(everything)}
    assert {*np.cumsum([0, *map(len, read)]).tolist()} == ends
    np.testing.assert_array_equal(tokens.counts, np.bincount(everything, minlength=9001))


@pytest.mark.parametrize("ids", [0, 1, 93, 94, 95, 94**2 + 1, 94**3 + 2])
def test_spellings_are_different_words(ids):
    spelled = [row.tobytes() for row in spell_ids(ids)]
    assert len({*spelled}) == ids
    assert all(s.split() == [s[:-1]] and s.endswith(b" ") for s in spelled)


def test_digest_tells_corpora_apart(tmp_path):
    digests = set()
    for name, lists in enumerate(([[1, 2] * 6_000], [[1], [2]], [[2, 1] * 6_000])):
        for threads in (1, 9):
            folder = tmp_path / f"{name} {threads}"
            folder.mkdir()
            tokens = TokenFiles(folder, 3, threads=threads, part_words=20_000)
            tokens.write([Sequences.from_lists(lists)])
            digests.add(tokens.sha256())
    assert len(digests) == 3


def test_ids_out_of_range_are_refused(tmp_path):
    tokens = TokenFiles(tmp_path, 3, threads=1, part_words=9)
    with pytest.raises(ArgumentError, match="from 1 to 2, .* Received: 1 to 3"):
        tokens.write([Sequences.from_lists([[1, 3]])])
