"""Kernels or Python: with any settings the same answers, which are those of Keras's rule."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import text as keras_text

from textseq import Tokenizer, tokenizer_from_json
from textseq.tokenizer import text_splitter
from textseq.tokenizer.bag_of_words import MODES

LITTLE, MUCH = 2**62, 0  # values of `text_splitter.MUCH` that choose Python, and the kernels

TEXT = st.text("aAbBc é.,_\t", max_size=10) | st.sampled_from(["a a b", "b_a_", "Σ b", "<unk> a"])
DOCUMENTS = st.lists(TEXT | TEXT | st.lists(TEXT, max_size=4), min_size=1, max_size=6)
SETTINGS = st.fixed_dictionaries(
    {
        "num_words": st.sampled_from([None, 0, 1, 2, 3, 5]),
        "filters": st.sampled_from([keras_text.Tokenizer().filters, "", "a", ["b", "."]]),
        "lower": st.booleans(),
        "split": st.sampled_from([" ", "_", "a", ", "]),
        "char_level": st.booleans(),
        "oov_token": st.sampled_from([None, "<unk>", "a", "c", ""]),
        "analyzer": st.sampled_from([None, str.split]),
        "document_count": st.sampled_from([0, 3]),
        "min_count": st.integers(1, 3),
    }
).filter(lambda settings: not (settings["char_level"] and settings["analyzer"]))
TABLES = ["word_counts", "word_docs", "word_index", "index_word", "index_docs"]
ASKED_FOR = st.sampled_from([None, None, *TABLES])
LIMITS = st.sampled_from([None, 1, 2, 4])


class KerasTokenizer(keras_text.Tokenizer):
    """Keras's own, in which words that occur less often than `min_count` get no id."""

    def __init__(self, min_count, **settings):
        super().__init__(**settings)
        self.min_count = min_count

    def fit_on_texts(self, texts):
        before = dict(self.index_docs)
        super().fit_on_texts(texts)
        words = [word for word, count in self.word_counts.items() if count >= self.min_count]
        words.sort(key=self.word_counts.get, reverse=True)
        if self.oov_token is not None:
            words.insert(0, self.oov_token)
        self.word_index = {word: i for i, word in enumerate(words, start=1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        documents = {self.word_index.get(word): n for word, n in self.word_docs.items()}
        documents.pop(None, None)
        self.index_docs = before | documents


def fitted(kind, much, settings, fittings, asked_for=None):
    """Fit a tokenizer; after each fit, ask for a table, from which on that dict holds the truth."""
    tokenizer = kind(**settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_splitter, "MUCH", much)
        for documents in fittings:
            tokenizer.fit_on_texts(documents)
            if asked_for is not None:
                getattr(tokenizer, asked_for)
    return tokenizer


def answers(tokenizer, documents):
    """Return all that a tokenizer makes of documents, for comparison."""
    sequences = tokenizer.texts_to_sequences(documents)
    return {
        "ids": sequences,
        "one by one": list(tokenizer.texts_to_sequences_generator(documents)),
        "texts": tokenizer.sequences_to_texts([*sequences, range(9)]),
        **{mode: matrix(tokenizer, documents, mode) for mode in MODES},
    }


def matrix(tokenizer, documents, mode):
    try:
        return tokenizer.texts_to_matrix(documents, mode).tolist()
    except ValueError:
        return "refused"


def tables(tokenizer):
    """Return the JSON, in which Keras's order of two tables changes with PYTHONHASHSEED."""
    config = json.loads(tokenizer.to_json())["config"]
    for name in ("word_docs", "index_docs"):
        config[name] = json.loads(config[name])
    return config


@given(SETTINGS, st.lists(DOCUMENTS, min_size=1, max_size=3), DOCUMENTS, ASKED_FOR)
def test_all_settings_give_the_answers_of_keras_by_every_path(settings, fittings, others, asked):
    theirs = fitted(KerasTokenizer, None, settings, fittings)
    documents = [*fittings[0], *others, "unknown a", ["unknown", "a"]]
    expected = answers(theirs, documents)
    for much in (LITTLE, MUCH):
        ours = fitted(Tokenizer, much, settings, fittings, asked)
        for path in (LITTLE, MUCH):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(text_splitter, "MUCH", path)
                assert ours.encode(documents).to_lists() == expected["ids"]
                assert answers(ours, documents) == expected
        assert tables(ours) == tables(theirs)
        for name in TABLES:
            assert getattr(ours, name) == getattr(theirs, name)


@given(SETTINGS, LIMITS, st.lists(DOCUMENTS, min_size=1, max_size=2), DOCUMENTS, ASKED_FOR)
def test_both_paths_agree_with_max_words_and_after_saving(
    settings, max_words, fittings, others, asked
):
    settings = settings | {"max_words": max_words}
    documents = [*fittings[0], *others, "unknown a"]
    in_python = fitted(Tokenizer, LITTLE, settings, fittings)
    compiled = fitted(Tokenizer, MUCH, settings, fittings, asked)
    assert compiled.to_json() == in_python.to_json()
    assert answers(compiled, documents) == answers(in_python, documents)
    analyzer = settings["analyzer"]
    read = tokenizer_from_json(compiled.to_json(), analyzer=analyzer)
    assert answers(read, documents) == answers(compiled, documents)


def test_a_document_has_the_same_ids_alone_and_after_much_text():
    tokenizer = Tokenizer(oov_token="<unk>", min_count=2)
    tokenizer.fit_on_texts(["high high rare"])
    document = "a rare high hill"
    much = ["filling " * 100] * 500
    assert sum(map(len, much)) > text_splitter.MUCH
    assert tokenizer.encode([document]).to_lists() == [[1, 1, 2, 1]]
    assert tokenizer.encode([*much, document])[-1].tolist() == [1, 1, 2, 1]
    tokenizer.fit_on_texts(much)
    np.testing.assert_array_equal(tokenizer.encode([document])[0], [1, 1, 3, 1])


COLD = """
import sys
from textseq import Tokenizer
from textseq.tokenizer import text_splitter
texts = ["no mountain high enough"] * 20_000
assert text_splitter.MUCH < sum(map(len, texts)) < text_splitter.worth_kernels()
tokenizer = Tokenizer(analyzer=sys.argv[1])
tokenizer.fit_on_texts(texts)
ids = tokenizer.encode(texts)
assert "numba" not in sys.modules
text_splitter.COLD = 1
again = Tokenizer(analyzer=sys.argv[1])
again.fit_on_texts(texts)
assert "textseq.tokenizer.engine.kernels" in sys.modules
assert again.encode(texts) == tokenizer.encode(texts) == ids
"""


@pytest.mark.parametrize("name", ["words_and_marks", "words"])
def test_text_that_is_not_worth_loading_numba(name):
    """Python is through with a megabyte before Numba is loaded."""
    subprocess.run([sys.executable, "-c", COLD, name], check=True)


@pytest.mark.parametrize("much", [LITTLE, MUCH])
def test_threads_encode_at_once(monkeypatch, much):
    """What one call keeps for the next is of one tokenizer state, whichever thread it was in."""
    monkeypatch.setattr(text_splitter, "MUCH", much)
    texts = [f"high, hill{i % 40} of {i % 7}!" for i in range(400)]
    tokenizer = Tokenizer(analyzer="words_and_marks", num_words=20, oov_token="<unk>")
    tokenizer.fit_on_texts(texts)
    expected = tokenizer.encode(texts)
    tokenizer._lookup_kept = (None, None)

    def work(i):
        if i == 20:
            assert len(tokenizer.word_index) == tokenizer.size  # from here on the dict is the truth
        return tokenizer.encode(texts)

    with ThreadPoolExecutor(8) as pool:
        assert all(ids == expected for ids in pool.map(work, range(64)))


@pytest.mark.parametrize("much", [LITTLE, MUCH])
@pytest.mark.parametrize("num_words", [None, 4])
def test_a_change_of_the_index_counts_in_the_next_call(monkeypatch, much, num_words):
    monkeypatch.setattr(text_splitter, "MUCH", much)
    tokenizer = Tokenizer(analyzer="words_and_marks", num_words=num_words)
    tokenizer.fit_on_texts(["high high, high, hill"])
    assert tokenizer.encode(["high, hill"]).to_lists() == [[1, 2, 3]]
    tokenizer.word_index["hill"] = 9  # as many words as before
    assert tokenizer.encode(["high, hill"]).to_lists() == [
        [1, 2, 9] if num_words is None else [1, 2]
    ]
    del tokenizer.word_index[","]
    tokenizer.word_index["hill"] = 3
    assert tokenizer.encode(["high, hill"]).to_lists() == [[1, 3]]
    tokenizer.num_words = 2
    assert tokenizer.encode(["high, hill"]).to_lists() == [[1]]
