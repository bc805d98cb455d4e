"""Keras's tables in the hands of others: changed, replaced, pickled; with dicts and without."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import text as keras_text

from textseq import Tokenizer
from textseq.tokenizer import text_splitter

TEXTS = st.lists(st.text("ab c", max_size=12), min_size=1, max_size=5)
TOKEN_LISTS = st.lists(st.lists(st.sampled_from(["a", "B", "", "c d", "\ud83d"])), min_size=1)


@pytest.fixture(scope="module", autouse=True, params=["python", "kernels"])
def engine(request):
    """Run every test of this module with both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_splitter, "MUCH", 0 if request.param == "kernels" else 2**62)
        yield request.param


def both(texts, **settings):
    fitted = []
    for kind in (keras_text.Tokenizer, Tokenizer):
        fitted.append(kind(**settings))
        fitted[-1].fit_on_texts(texts)
    return fitted


def drop_rare_words(tokenizer):
    """Delete words as many an answer on the web does."""
    rare = [word for word, count in tokenizer.word_counts.items() if count < 2]
    for word in rare:
        del tokenizer.word_index[word]
        del tokenizer.word_docs[word]
        del tokenizer.word_counts[word]


def keep_few_words(tokenizer):
    tokenizer.word_index = {w: i for w, i in tokenizer.word_index.items() if i < 3}


def swap_ids(tokenizer):
    index = tokenizer.word_index
    index.update(zip(list(index), list(index.values())[::-1], strict=True))


def give_a_negative_id(tokenizer):
    tokenizer.word_index["a"] = -5


@pytest.mark.parametrize("change", [drop_rare_words, keep_few_words, swap_ids, give_a_negative_id])
@given(TEXTS, TEXTS)
def test_changed_tables_are_used_as_by_keras(change, texts, more):
    theirs, ours = both(texts)
    expected = theirs.texts_to_sequences(more)
    assert ours.texts_to_sequences(more) == expected
    for tokenizer in (theirs, ours):
        change(tokenizer)
    assert ours.texts_to_sequences(more) == theirs.texts_to_sequences(more)
    ids = list(range(9))
    assert ours.sequences_to_texts([ids]) == theirs.sequences_to_texts([ids])
    assert ours.size == len(theirs.word_index)
    for tokenizer in (theirs, ours):
        tokenizer.fit_on_texts(more)
    assert ours.word_counts == theirs.word_counts
    assert ours.word_index == theirs.word_index
    assert ours.texts_to_sequences(texts) == theirs.texts_to_sequences(texts)


@given(TEXTS)
def test_an_oov_token_that_is_a_word(texts):
    theirs, ours = both([*texts, "a"])
    theirs.oov_token = ours.oov_token = "a"
    assert ours.texts_to_sequences(["b zz a"]) == theirs.texts_to_sequences(["b zz a"])


@given(TOKEN_LISTS, TOKEN_LISTS, st.booleans(), st.sampled_from([None, "<unk>"]))
def test_token_lists_are_counted_and_encoded_as_by_keras(documents, more, lower, oov_token):
    theirs, ours = both([*documents, "a b"], lower=lower, oov_token=oov_token)
    assert list(ours.word_counts.items()) == list(theirs.word_counts.items())
    assert ours.word_docs == theirs.word_docs
    assert ours.texts_to_sequences(more) == theirs.texts_to_sequences(more)


@given(TOKEN_LISTS, st.integers(1, 4))
def test_token_lists_within_max_words(documents, max_words):
    fitted = []
    for much in (0, 2**62):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text_splitter, "MUCH", much)
            fitted.append(Tokenizer(max_words=max_words))
            fitted[-1].fit_on_texts([*documents, "a b c", *documents])
    assert fitted[0].to_json() == fitted[1].to_json()
    assert fitted[0].dropped_words == fitted[1].dropped_words


def test_no_dict_is_made_before_it_is_asked_for(tmp_path, engine):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough", ["high"]])
    tokenizer.save(tmp_path / "tokenizer.json")
    tokenizer.encode(["enough"])
    made = tokenizer._word_index is not None or tokenizer._counts._word_counts is not None
    assert made == (engine == "python")


def test_a_pickled_tokenizer_works_in_another_process(tmp_path):
    tokenizer = Tokenizer(oov_token="<unk>", num_words=4)
    tokenizer.fit_on_texts(["the high mountain", "the high", "the end"])
    (tmp_path / "tokenizer.pickle").write_bytes(pickle.dumps(tokenizer))
    code = (
        "import pickle, sys\n"
        "tokenizer = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(tokenizer.texts_to_sequences(['the high end of']), tokenizer.document_count)\n"
        "tokenizer.fit_on_texts(['the end', 'end'])\n"
        "print(tokenizer.to_json())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "tokenizer.pickle")],
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.splitlines()
    assert first == "[[2, 3, 1, 1]] 3"
    tokenizer.fit_on_texts(["the end", "end"])
    assert second == tokenizer.to_json()


def test_sequences_of_much_text_are_those_of_little(engine):
    texts = [f"word{i % 50} of {i % 7}" for i in range(3000)]
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    whole = tokenizer.encode(texts)
    one_by_one = list(tokenizer.texts_to_sequences_generator(texts))
    assert whole.to_lists() == one_by_one
    assert whole.ids.dtype == np.int32
