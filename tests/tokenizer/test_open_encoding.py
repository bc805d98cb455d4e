"""Open encoding: the ids of `encode`, and the words that have none."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq import Tokenizer
from textseq.tokenizer.open_encoding import encode_open

words = st.sampled_from(["high", "hills", "seas", "가", "The", "no!"])
texts = st.lists(st.lists(words).map(" ".join), min_size=1)


@given(texts, texts, st.sampled_from([None, 2, 3]), st.sampled_from([None, "<unk>"]))
@settings(deadline=None)
def test_ids_are_those_of_encode_and_unknown_words_those_without(fitted, others, num_words, oov):
    tokenizer = Tokenizer(num_words=num_words, oov_token=oov)
    tokenizer.fit_on_texts([*fitted, "high"])
    found = encode_open(tokenizer, others)
    assert found.to_lists() == tokenizer.texts_to_sequences(others)
    limit = num_words or 10**9
    for tokens, unknown in zip(tokenizer.tokenize(others), found.unknown, strict=True):
        missing = [t for t in tokens if not tokenizer.word_index.get(t, limit) < limit]
        assert [found.words[i] for i in unknown] == missing
    assert len(set(found.words)) == len(found.words)


def test_compiled_and_python_agree():
    tokenizer = Tokenizer(analyzer="words_and_marks")
    tokenizer.fit_on_texts(["high hills, no seas"])
    many = [f"high{i % 7} hills of no.{i % 11}" for i in range(40_000)]
    compiled, few = encode_open(tokenizer, pa.array(many)), encode_open(tokenizer, many[:77])
    assert compiled[:77].to_lists() == few.to_lists()
    names = [[compiled.words[i] for i in row] for row in compiled[:77].unknown]
    assert names == [[few.words[i] for i in row] for row in few.unknown]


@pytest.mark.parametrize("index", [slice(1, 3), [2, 0], 1], ids=["slice", "list", "one"])
def test_parts_keep_their_unknown_words(index):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high"])
    whole = encode_open(tokenizer, ["high a", "b high b", "c"])
    part = whole[index]
    if index == 1:
        assert part.tolist() == [1]
        return
    positions = range(3)[index] if isinstance(index, slice) else index
    assert part.unknown.to_lists() == [whole.unknown[i].tolist() for i in positions]
    assert part.words is whole.words
