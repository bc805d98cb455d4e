"""Tables written by Arrow and a kernel: to the byte what the `json` module writes."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from textseq import json_tables
from textseq.json_tables import json_of_table
from textseq.numbering import Numbering
from textseq.tokenizer_json import TABLES
from textseq.vocabulary import Vocabulary

# Half a surrogate pair is no text, but stands in the JSON of some tokenizers.
WORDS = st.text(st.characters(exclude_categories=()), min_size=1)
SPECIAL = ['"', "\\", "\b\t\n\v\f\r", "\0\x1f ~\x7f\x80", "é거\uffff", "🙂\U0010ffff", "\ud83d"]
COUNTS = st.lists(st.integers(1, 3), min_size=60, max_size=60)


def tables(words, counts, documents, min_count, oov_token):
    """Return the five dicts as Tokenizer makes them."""
    ranked = sorted(
        (word for word, count in zip(words, counts, strict=True) if count >= min_count),
        key=lambda word: -counts[words.index(word)],
    )
    ranked = ranked if oov_token is None else [oov_token, *ranked]
    word_index = {word: number for number, word in enumerate(ranked, 1)}
    return {
        "word_counts": dict(zip(words, counts, strict=True)),
        "word_docs": dict(zip(words, documents, strict=True)),
        "word_index": word_index,
        "index_word": {number: word for word, number in word_index.items()},
        "index_docs": {
            word_index[word]: n
            for word, n in zip(words, documents, strict=True)
            if word in word_index
        },
    }


@given(
    st.lists(WORDS, unique=True, max_size=30),
    COUNTS,
    st.integers(1, 3),
    st.none() | WORDS | st.sampled_from(SPECIAL),
    st.sampled_from([1, 2, 1 << 16]),
)
@example([*SPECIAL, *map(chr, range(1, 0x100))], [1, 2, 3] * 100, 1, '"', 7)
@example([], [1] * 60, 1, None, 2)
def test_each_table_is_written_as_json_writes_it(words, numbers, min_count, oov_token, at_once):
    words = list(dict.fromkeys(words))
    counts, documents = numbers[: len(words)], numbers[-len(words) :] if words else []
    numbering = Numbering(Vocabulary.of(words, counts, documents), min_count, oov_token)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_tables, "_AT_ONCE", at_once)
        written = {name: b"".join(json_of_table(numbering, name)).decode() for name in TABLES}
    expected = tables(words, counts, documents, min_count, oov_token)
    assert written == {name: json.dumps(json.dumps(expected[name]))[1:-1] for name in TABLES}
