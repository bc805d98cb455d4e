"""The compiled loops where they are most easily wrong: at the ends of blocks, pieces and words."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer
from textseq.tokenizer import text_splitter
from textseq.tokenizer.char_rule import EVERY, CharRule
from textseq.tokenizer.engine import word_table
from textseq.tokenizer.engine.case_folding import char_map
from textseq.tokenizer.engine.counting import count_words
from textseq.tokenizer.engine.primitives import U64
from textseq.tokenizer.engine.vocabulary import Vocabulary
from textseq.tokenizer.words import word_splitter

FILTERS = "!,.·…"
# Of one byte to four, some of which grow, shrink or stay as long when they are lower-cased.
LETTERS = "aZ'éÉßẞKÅȺⱾДд가힣Ωσς😀𐐀"
LENGTHS = st.sampled_from([*range(1, 19), 23, 24, 25, 62, 63, 64, 65, 127, 128, 129, 600])
WORDS = st.builds(
    lambda letters, length: (letters * length)[:length],
    st.text(LETTERS, min_size=1, max_size=4),
    LENGTHS,
)
SEPARATORS = st.sampled_from([" ", "  ", ",", "…", "·· ", " " * 63, " " * 64, "." * 65])
DOCUMENTS = st.builds(
    lambda words, separators: "".join(s + w for s, w in zip(separators, words, strict=False)),
    st.lists(WORDS, max_size=20),
    st.lists(SEPARATORS | st.just(""), min_size=20, max_size=20),
)


def by_python(texts):
    split = word_splitter(FILTERS, lower=True, split=" ")
    documents = [split(text) for text in texts]
    words = list(dict.fromkeys(word for document in documents for word in document))
    flat = [word for document in documents for word in document]
    return documents, [
        (w, flat.count(w), sum(w in document for document in documents)) for w in words
    ]


@given(st.lists(DOCUMENTS, min_size=1, max_size=12), st.integers(1, 30))
def test_words_that_end_with_blocks_and_pieces(texts, times):
    texts = texts * times  # pieces hold some kilobytes
    words = char_map(CharRule(frozenset(FILTERS + " ")))
    counted = count_words([pa.array(texts)], words)
    documents, facts = by_python(texts)
    found = zip(counted.words, counted.counts.tolist(), counted.documents.tolist(), strict=True)
    assert list(found) == facts
    tokenizer = Tokenizer(filters=FILTERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_splitter, "MUCH", 0)
        tokenizer.fit_on_texts(texts)
        index = tokenizer.word_index
        assert tokenizer.texts_to_sequences(texts) == [[index[w] for w in d] for d in documents]


@given(st.text(LETTERS + " ,…", min_size=1), st.integers(1, 4000))
def test_characters_that_end_with_pieces(text, times):
    every = char_map(CharRule(frozenset(), alone=EVERY))
    counted = count_words([pa.array([text * times])], every)
    characters = list((text * times).lower())
    assert counted.words == list(dict.fromkeys(characters))
    assert counted.counts.tolist() == [characters.count(word) for word in counted.words]


def test_a_document_that_grows_is_seen_before_the_next_batch():
    """Dotted capital I takes half as many bytes again when it is lower-cased."""
    grown = " ".join(["İ" * 20] * 500) + " before"
    words = char_map(CharRule(frozenset(" ")))
    counted = count_words([pa.array([grown]), pa.array(["after before"])], words)
    assert counted.words == ["i̇" * 20, "before", "after"]


@pytest.mark.parametrize("length", [9, 15, 16, 17, 24, 25, 40])
def test_words_under_one_hash_are_told_apart_by_every_byte(length):
    word = "".join(chr(ord("a") + i % 26) for i in range(length))
    for place in range(length):
        known = Vocabulary.of([word], [1], [1])
        assert known.rows_of([word]) == [0]
        # Another word of that length in its row, under its hash.
        if length > 16 and place >= 8:
            known.table.letters[place] ^= 1
        else:
            column = word_table.FIRST if place < 8 else word_table.SECOND
            known.table.words[0, column] ^= U64(1 << 8 * (place % 8))
        assert known.rows_of([word]) == [-1]
