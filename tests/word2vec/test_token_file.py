from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences
from textseq.errors import ArgumentError
from textseq.word2vec.token_files import TokenFiles, sentence_bounds, spellings


@given(
    st.lists(st.lists(st.lists(st.integers(0, 9000), max_size=40), max_size=12), max_size=6),
    st.integers(1, 60),
)
def test_files_hold_all_tokens_in_order(tmp_path_factory, batches, smallest):
    folder = tmp_path_factory.mktemp("tokens")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textseq.word2vec.token_files.SMALLEST", smallest)
        with TokenFiles(folder, ids=9001) as tokens:
            for batch in batches:
                tokens.write(Sequences.from_lists(batch))
    number_of = {s.decode()[:-1]: i for i, s in enumerate(spellings(np.arange(9001)).to_pylist())}
    texts = [file.path.read_text().splitlines() for file in tokens.files]
    read = [[number_of[token] for token in line.split()] for text in texts for line in text]
    documents = [document for batch in batches for document in batch if document]
    assert read == documents
    assert [sum(len(line.split()) for line in text) for text in texts] == [
        file.words for file in tokens.files
    ]
    # No file is larger than asked for, but for a sentence that is.
    assert all(file.words <= max(smallest, 40) for file in tokens.files)
    everything = [number for document in documents for number in document]
    np.testing.assert_array_equal(tokens.counts, np.bincount(everything, minlength=9001))


@given(st.lists(st.integers(0, 50)), st.integers(1, 20))
def test_long_documents_are_cut_and_others_left(lengths, longest):
    offsets = np.append(0, np.cumsum(lengths)).astype(np.int64)
    expected = [
        min(longest, length - start) for length in lengths for start in range(0, length, longest)
    ]
    assert np.diff(sentence_bounds(offsets, longest)).tolist() == expected


@pytest.mark.parametrize("ids", [0, 1, 93, 94, 95, 94**2 + 1, 94**3 + 2])
def test_spellings_are_different_words(ids):
    spelled = spellings(np.arange(ids)).to_pylist()
    assert len({*spelled}) == ids
    assert all(len(s.split()) == 1 and s.endswith(b" ") for s in spelled)


def test_digest_tells_corpora_apart(tmp_path):
    digests = set()
    for name, lists in enumerate(([[1, 2]], [[1], [2]], [[2, 1]])):
        folder = tmp_path / str(name)
        folder.mkdir()
        with TokenFiles(folder, ids=3) as tokens:
            tokens.write(Sequences.from_lists(lists))
        digests.add(tokens.sha256)
    assert len(digests) == 3


def test_ids_out_of_range_are_refused(tmp_path):
    with (
        pytest.raises(ArgumentError, match="from 0 to 2. Received: 1 to 3"),
        TokenFiles(tmp_path, ids=3) as tokens,
    ):
        tokens.write(Sequences.from_lists([[1, 3]]))
