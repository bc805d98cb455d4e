"""Text batches: what comes in comes out, as strings or tokens; what is neither is named."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.corpus import text_batches as module
from textseq.corpus.text_batches import documents, documents_of, peek, text_batches
from textseq.errors import ArgumentError

DOCUMENTS = st.lists(
    st.text("aé한", max_size=5) | st.lists(st.text("aé한", max_size=2), max_size=3)
)


def flat(batches):
    return [document for batch in batches for document in documents_of(batch)]


@given(DOCUMENTS, st.integers(1, 4))
def test_documents_come_in_order_in_batches_of_one_kind(texts, first):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FIRST_BATCH", first)
        batches = list(text_batches(iter(texts)))
    assert flat(batches) == texts == list(documents(texts))
    for batch in batches:
        assert len(batch)
        kind = str if isinstance(batch, pa.Array) else list
        assert all(isinstance(document, kind) for document in documents_of(batch))


@given(st.lists(st.text("aé한"), max_size=20), st.integers(1, 40))
def test_arrays_are_sliced_without_a_copy(texts, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_BYTES", size)
        assert flat(text_batches(pa.array(texts, pa.string()))) == texts


def test_slices_of_a_dictionary_are_as_long_as_its_texts(monkeypatch):
    monkeypatch.setattr(module, "BATCH_BYTES", 1000)
    texts = ["a" * 100, None, "b" * 100] * 10
    array = pa.array(texts).dictionary_encode()
    batches = list(text_batches(array.filter(array.is_valid())))
    assert max(map(len, batches)) == 10
    assert flat(batches) == [text for text in texts if text]


@pytest.mark.parametrize("limit", [0, 1, 10, 11, 1000])
def test_peeking_takes_nothing_away(limit):
    token_lists = [["a", "b"]] * 5
    much, batches = peek(text_batches(token_lists), limit)
    assert much == (limit <= 10)
    assert flat(batches) == token_lists


@pytest.mark.parametrize("as_array", [True, False])
@pytest.mark.parametrize("read", [text_batches, documents])
def test_a_null_is_named_by_its_position(read, as_array):
    texts = ["a"] * 4 + [None]
    with pytest.raises(ArgumentError, match=r"Document 4 of `texts` (is null|must be a string)"):
        list(read([pa.array(texts[:2]), pa.array(texts[2:])] if as_array else texts))


@pytest.mark.parametrize("read", [text_batches, documents])
def test_half_a_surrogate_pair_is_named_in_a_text_and_taken_in_a_token(read):
    with pytest.raises(ArgumentError, match="Document 3 of `texts` holds .*half of a surrogate"):
        list(read(["a", ["b"], "c", "\ud83d"]))
    assert list(read([["\ud83d"]])) in ([[["\ud83d"]]], [["\ud83d"]])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", r"write \[text\]"),
        (5, "must be a list of documents. Received: 5 of type int"),
        (pa.array([1, 2]), "must be strings. Received an Arrow array of int64"),
        (pa.StringArray.from_buffers(1, *pa.array([b"\xff"]).buffers()[1:]), "valid Arrow strings"),
    ],
)
@pytest.mark.parametrize("read", [text_batches, documents])
def test_texts_that_cannot_be(read, texts, message):
    with pytest.raises(ArgumentError, match=message):
        list(read(texts))


def test_documents_are_taken_one_by_one():
    def endless():
        while True:
            yield "again"

    assert next(documents(endless())) == "again"
