"""The Tokenizer, by equality with Keras's own, and what it has beyond it."""

import csv
import itertools
import json
import os
import subprocess
import sys
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import text as keras_text

from textseq import Tokenizer, one_hot, tokenizer_from_json
from textseq.errors import ArgumentError, ArtifactError, NotFittedError, OutputExistsError
from textseq.tokenizer import text_splitter
from textseq.tokenizer.bag_of_words import MODES
from textseq.tokenizer.words import DEFAULT_FILTERS

GIANTS = ["standing on the shoulder of giants", "ain't no mountain high enough"]


@pytest.fixture(scope="module", autouse=True, params=["python", "kernels"])
def engine(request):
    """Run every test of this module with both: by default, a few texts are not for the kernels."""
    with mock.patch.object(text_splitter, "MUCH", 0 if request.param == "kernels" else 2**62):
        yield request.param


# --- what is drawn ----------------------------------------------------------------------------

CHARACTERS = st.characters(exclude_categories=["Cs"])  # the whole code space but surrogates
HARD = st.sampled_from(
    [
        # Final sigma or not, dotted I, combining marks, Hangul composed and decomposed, emoji.
        *["ΟΔΟΣ", "Σ", "Σ'", "ΑΣ\u0301", "ς", "İ", "I\u0307", "i", "cafe\u0301", "café", "\u0301"],
        *[
            "한국",
            "\u1112\u1161\u11ab\u1100\u116e\u11a8",
            "\u1112",
            "👩\u200d👧",
            "ß",
            "ẞ",
            "ǅ",
            "\0",
        ],
        # Separators alone and in runs, and white space that separates nothing.
        *[" ", " ", "  ", "\t", "\n", "\r", "\u00a0", "\u2028", "\u3000", "\u0085", "\ufeff"],
        *[".", ",", "'", "-", "the", "The", "THE", "a", "b", "ab", "<unk>"],
    ]
)
TEXT = st.lists(HARD, max_size=12).map("".join) | st.text(CHARACTERS, max_size=12)
WORD = HARD | st.text(CHARACTERS, max_size=3)
DOCUMENTS = st.lists(TEXT | TEXT | st.lists(WORD, max_size=6), min_size=1, max_size=6)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "num_words": st.none() | st.integers(0, 6),
        "filters": st.sampled_from(["", " ", "a.", "é한Σσ\u0301"])
        | st.text(CHARACTERS, max_size=4),
        "lower": st.booleans(),
        "split": st.sampled_from([" ", "a", "ab", "  ", "\n", "한"])
        | st.text(CHARACTERS, min_size=1, max_size=2),
        "char_level": st.booleans(),
        "oov_token": st.none() | st.sampled_from(["<unk>", "the", "a", "", " ", "한국"]) | WORD,
    },
)
FITTINGS = st.lists(DOCUMENTS, min_size=1, max_size=2)

# --- equality with Keras ----------------------------------------------------------------------


def ordered_sets():
    """Make Keras's `set(words)` keep the order of the words, which else is that of their hashes."""
    return mock.patch.object(keras_text, "set", dict.fromkeys, create=True)


def fit(kind, settings, fittings):
    tokenizer = kind(**settings)
    for documents in fittings:
        tokenizer.fit_on_texts(documents)
    return tokenizer


def tables(layout):
    """Return a tokenizer's JSON as dictionaries, in which the order of the words is forgotten."""
    config = json.loads(layout)["config"]
    return {
        name: json.loads(value) if name.startswith(("word_", "index_")) else value
        for name, value in config.items()
    }


def outcome(function, *arguments):
    """Return what a function returns, or the built-in kind of what it raises."""
    try:
        return function(*arguments)
    except ValueError:
        return ValueError


def assert_same_ids(ours, theirs, documents):
    """Compare everything that two fitted tokenizers make of documents."""
    sequences = theirs.texts_to_sequences(documents)
    assert ours.texts_to_sequences(documents) == sequences
    assert ours.encode(documents).to_lists() == sequences
    sequences.append(list(range(len(theirs.word_index) + 3)))
    assert ours.sequences_to_texts(sequences) == theirs.sequences_to_texts(sequences)
    for mode in MODES:
        expected = outcome(theirs.sequences_to_matrix, sequences, mode)
        np.testing.assert_array_equal(outcome(ours.sequences_to_matrix, sequences, mode), expected)
        expected = outcome(theirs.texts_to_matrix, documents, mode)
        np.testing.assert_array_equal(outcome(ours.texts_to_matrix, documents, mode), expected)


@given(SETTINGS, FITTINGS, DOCUMENTS)
def test_everything_is_that_of_keras(settings, fittings, others):
    with ordered_sets():
        theirs = fit(keras_text.Tokenizer, settings, fittings)
    ours = fit(Tokenizer, settings, fittings)
    assert ours.to_json() == theirs.to_json()
    assert ours.get_config() == theirs.get_config()
    assert_same_ids(ours, theirs, [*fittings[-1], *others])


@given(SETTINGS, FITTINGS)
def test_untouched_keras_differs_at_most_in_the_order_of_two_tables(settings, fittings):
    ours = fit(Tokenizer, settings, fittings).to_json()
    theirs = fit(keras_text.Tokenizer, settings, fittings).to_json()
    assert tables(ours) == tables(theirs)
    our_config, their_config = json.loads(ours)["config"], json.loads(theirs)["config"]
    for name in ("word_docs", "index_docs"):
        del our_config[name], their_config[name]
    assert our_config == their_config


@given(SETTINGS, FITTINGS, DOCUMENTS, st.sampled_from([{}, {"indent": 2, "ensure_ascii": False}]))
def test_json_is_read_both_ways(settings, fittings, others, style):
    theirs = fit(keras_text.Tokenizer, settings, fittings)
    read_by_us = tokenizer_from_json(theirs.to_json(**style))
    assert read_by_us.to_json(**style) == theirs.to_json(**style)
    assert_same_ids(read_by_us, theirs, others)

    ours = fit(Tokenizer, settings, fittings)
    read_by_keras = keras_text.tokenizer_from_json(ours.to_json(**style))
    assert read_by_keras.to_json(**style) == ours.to_json(**style)
    assert_same_ids(ours, read_by_keras, others)


@given(
    st.lists(st.lists(st.integers(0, 8), max_size=6), max_size=5),
    st.lists(st.lists(st.integers(0, 8), max_size=6), max_size=5),
    DOCUMENTS,
    st.integers(1, 6),
)
def test_fitting_on_sequences_is_that_of_keras(fitted, others, documents, num_words):
    ours, theirs = Tokenizer(num_words), keras_text.Tokenizer(num_words)
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(documents)
        tokenizer.fit_on_sequences(fitted)
        tokenizer.fit_on_texts(documents)
    assert tables(ours.to_json()) == tables(theirs.to_json())
    for mode in MODES:
        expected = theirs.sequences_to_matrix(others, mode)
        np.testing.assert_array_equal(ours.sequences_to_matrix(others, mode), expected)


def test_an_analyzer_of_ones_own_is_called_as_by_keras():
    settings = {"analyzer": str.split, "oov_token": "?"}
    texts = ["No mountain,  HIGH\tenough", ["No", "MOUNTAIN,"]]
    theirs = fit(keras_text.Tokenizer, settings, [texts])
    ours = fit(Tokenizer, settings, [texts])
    assert tables(ours.to_json()) == tables(theirs.to_json())
    assert_same_ids(ours, theirs, texts)


def imdb(path):
    with path.open(newline="", encoding="utf-8") as file:
        return [row["text"] for row in itertools.islice(csv.DictReader(file), 2000)]


def nsmc(path):
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["document"] for row in itertools.islice(rows, 5000)]


@pytest.mark.parametrize(
    ("parts", "read"),
    [(("imdb", "train.csv"), imdb), (("nsmc", "ratings_train.txt"), nsmc)],
    ids=["imdb", "nsmc"],
)
def test_real_reviews_get_the_ids_of_keras(real_data, parts, read):
    texts = read(real_data(*parts))
    assert len(texts) in (2000, 5000)
    with ordered_sets():
        theirs = fit(keras_text.Tokenizer, {"num_words": 2000}, [texts])
    ours = fit(Tokenizer, {"num_words": 2000}, [texts])
    assert ours.to_json() == theirs.to_json()
    sequences = theirs.texts_to_sequences(texts)
    assert ours.texts_to_sequences(texts) == sequences
    for mode in MODES:
        expected = theirs.sequences_to_matrix(sequences, mode)
        np.testing.assert_array_equal(ours.texts_to_matrix(texts, mode), expected)


# --- the same on every run --------------------------------------------------------------------

OURS = """
from textseq import Tokenizer as kind
"""
THEIRS = """
import sys, types
for name in ("keras", "keras.src", "keras.src.api_export"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["keras.src.api_export"].keras_export = lambda path: lambda exported: exported
exec(open(sys.argv[1], encoding="utf-8").read(), globals())
kind = Tokenizer
"""
PRINT = """
tokenizer = kind()
tokenizer.fit_on_texts(["standing on the shoulder of giants", "ain't no mountain high enough"])
print(tokenizer.to_json())
"""


def json_under(seed, code):
    """Return the JSON that another process prints, its strings hashed with `seed`."""
    done = subprocess.run(
        [sys.executable, "-c", code + PRINT, keras_text.__file__],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_our_json_is_the_same_in_every_process_and_that_of_keras_is_not():
    assert json_under(1, OURS) == json_under(2, OURS)
    one, other = json_under(1, THEIRS), json_under(2, THEIRS)
    assert one != other
    assert tables(one) == tables(other) == tables(json_under(1, OURS))


# --- the textbook example ---------------------------------------------------------------------


def test_giants():
    tokenizer = fit(Tokenizer, {}, [GIANTS])
    assert len(tokenizer.word_index) == 11
    ids = tokenizer.texts_to_sequences([GIANTS[1]])
    assert ids == [[7, 8, 9, 10, 11]]
    rows = one_hot(ids[0], len(tokenizer.word_index) + 1)
    assert rows.shape == (5, 12)
    assert rows.argmax(axis=1).tolist() == ids[0]
    assert repr(tokenizer) == "Tokenizer(11 words, 2 documents)"


# --- what Keras lacks -------------------------------------------------------------------------


def test_min_count():
    tokenizer = fit(Tokenizer, {"min_count": 2}, [["a b a", "c b d"]])
    assert tokenizer.word_index == {"a": 1, "b": 2}
    assert tokenizer.index_docs == {1: 1, 2: 2}
    assert tokenizer.texts_to_sequences(["d c b a"]) == [[2, 1]]
    again = tokenizer_from_json(tokenizer.to_json())
    assert again.min_count == 2
    again.fit_on_texts(["c d"])
    assert again.word_index == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_an_analyzer_by_name():
    tokenizer = fit(Tokenizer, {"analyzer": "words_and_marks"}, [["High enough!"]])
    assert list(tokenizer.word_index) == ["high", "enough", "!"]
    again = tokenizer_from_json(tokenizer.to_json())
    assert again.texts_to_sequences(["Enough!"]) == [[2, 3]]


@given(SETTINGS, DOCUMENTS, DOCUMENTS)
def test_a_tokenizer_read_from_json_can_be_fitted_further(settings, documents, more):
    ours = tokenizer_from_json(fit(Tokenizer, settings, [documents]).to_json())
    ours.fit_on_texts(more)
    assert ours.to_json() == fit(Tokenizer, settings, [documents, more]).to_json()


def test_keras_passes_over_our_part_of_the_json():
    layout = fit(Tokenizer, {"min_count": 2, "analyzer": "whitespace"}, [GIANTS * 2]).to_json()
    assert json.loads(layout)["textseq"] == {"min_count": 2, "analyzer": "whitespace"}
    assert len(keras_text.tokenizer_from_json(layout).word_index) == 11
    assert "textseq" not in json.loads(Tokenizer().to_json())


@pytest.mark.parametrize(
    "contain",
    [
        pa.array,
        lambda texts: pa.array(texts, pa.large_string()),
        lambda texts: pa.array(texts, pa.string_view()),
        lambda texts: pa.array(texts).dictionary_encode(),
        lambda texts: pa.array(["x", *texts])[1:],
        lambda texts: pa.chunked_array([texts[:1], [], texts[1:]]),
        lambda texts: (pa.array([text]) for text in texts),
        tuple,
        iter,
        np.array,
    ],
    ids=[
        "array",
        "large",
        "view",
        "dictionary",
        "slice",
        "chunks",
        "arrays",
        "tuple",
        "iter",
        "np",
    ],
)
def test_texts_in_other_containers(contain):
    expected = fit(Tokenizer, {}, [GIANTS])
    tokenizer = fit(Tokenizer, {}, [contain(GIANTS)])
    assert tokenizer.to_json() == expected.to_json()
    assert tokenizer.encode(contain(GIANTS)) == expected.encode(GIANTS)


def test_tokens_and_words_again():
    tokenizer = fit(Tokenizer, {}, [GIANTS])
    assert list(tokenizer.tokenize(["High, enough"])) == [["high", "enough"]]
    sentences = tokenizer.decode(tokenizer.encode(GIANTS))
    assert len(sentences) == 2
    assert list(sentences) == list(sentences) == [text.split() for text in GIANTS]


# --- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize("texts", ["one text", b"one text"])
def test_one_text_where_texts_are_expected(texts):
    with pytest.raises(ArgumentError, match=r"must be a list of documents.*write \[text\]"):
        Tokenizer().fit_on_texts(texts)


@pytest.mark.parametrize(
    "bad",
    [None, 5, b"bytes", ("a", "b"), float("nan"), ["a", 1], ["a", None], [["a"]]],
    ids=repr,
)
@pytest.mark.parametrize("lower", [True, False])
def test_a_bad_document_is_named_and_leaves_the_tokenizer_as_it_was(bad, lower):
    tokenizer = fit(Tokenizer, {"lower": lower}, [GIANTS])
    before = tokenizer.to_json()
    with pytest.raises(ArgumentError, match="Document 1 of `texts` must be a string or a list"):
        tokenizer.fit_on_texts(["new words", bad])
    assert tokenizer.to_json() == before


def test_a_source_that_breaks_leaves_the_tokenizer_as_it_was():
    def breaking():
        yield "new words"
        raise OSError("the disk is gone")

    tokenizer = fit(Tokenizer, {}, [GIANTS])
    before = tokenizer.to_json()
    with pytest.raises(OSError, match="gone"):
        tokenizer.fit_on_texts(breaking())
    assert tokenizer.to_json() == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"split": ""}, "`split` must be"),
        ({"filters": 5}, "`filters` must be characters"),
        ({"min_count": 0}, "`min_count` must be 1 or more"),
        ({"words": 5}, "no argument named 'words'"),
        ({"char_level": True, "analyzer": "whitespace"}, "give one"),
        ({"analyzer": "whitespce"}, "did you mean 'whitespace'"),
        ({"analyzer": "no.such:thing"}, "cannot be imported"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(ArgumentError, match=message):
        Tokenizer(**settings)


def test_the_old_name_of_num_words():
    with pytest.warns(UserWarning, match="`nb_words` is the old name"):
        assert Tokenizer(nb_words=5).num_words == 5


@pytest.mark.parametrize("settings", [{}, {"oov_token": "?"}])
def test_not_fitted(settings):
    with pytest.raises(NotFittedError, match="call `fit_on_texts` first"):
        Tokenizer(**settings).texts_to_sequences(GIANTS)


def test_words_are_not_to_be_had_before_fitting():
    with pytest.raises(NotFittedError):
        Tokenizer(oov_token="?").sequences_to_texts([[1]])


def test_an_oov_token_set_too_late():
    tokenizer = fit(Tokenizer, {}, [GIANTS])
    tokenizer.oov_token = "?"
    with pytest.raises(NotFittedError, match=r"`oov_token` '\?' has no id"):
        tokenizer.texts_to_sequences(GIANTS)


@pytest.mark.parametrize(
    ("settings", "mode", "message"),
    [
        ({}, "binary", "The matrix has no width"),
        ({"num_words": 3}, "tfidf", "fit it first"),
        ({"num_words": 3}, "counts", "`mode` must be one of"),
    ],
)
def test_matrices_that_cannot_be(settings, mode, message):
    with pytest.raises(ArgumentError, match=message):
        Tokenizer(**settings).sequences_to_matrix([[1]], mode)


# --- files ------------------------------------------------------------------------------------


def test_save_and_load(tmp_path):
    path, tokenizer = tmp_path / "tokenizer.json", fit(Tokenizer, {}, [GIANTS])
    tokenizer.save(path)
    assert Tokenizer.load(path).to_json() == tokenizer.to_json() == path.read_text("utf-8")
    with pytest.raises(OutputExistsError):
        tokenizer.save(path)
    tokenizer.save(path, force=True)


def test_a_file_cut_anywhere_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    whole = fit(Tokenizer, {"analyzer": "whitespace"}, [GIANTS]).to_json()
    for length in range(0, len(whole), 7):
        path.write_text(whole[:length], "utf-8")
        with pytest.raises(ArtifactError, match=r"'.*tokenizer\.json' cannot be used: it is not"):
            Tokenizer.load(path)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "No such file"), (b"\xff\xfe", "it is not UTF-8 text")]
)
def test_a_file_that_cannot_be_read(tmp_path, content, message):
    if content is not None:
        (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(ArtifactError, match=message):
        Tokenizer.load(tmp_path / "t.json")


@pytest.mark.parametrize("text", [None, b"{}", "[]", "5", '"x"', "{}", '{"class_name": "Model"}'])
def test_json_of_another_kind(text):
    with pytest.raises(ArtifactError):
        tokenizer_from_json(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("word_index", None),
        ("word_index", {"a": 1}),
        ("word_index", "[]"),
        ("word_index", '{"a": "1"}'),
        ("word_index", '{"a": true}'),
        ("word_counts", '{"a": NaN}'),
        ("index_word", '{"a": "b"}'),
        ("index_word", '{"1": 1}'),
        ("index_docs", "{" * 100_000),
        ("num_words", "5"),
        ("filters", None),
        ("filters", ["ab"]),
        ("lower", "yes"),
        ("split", ""),
        ("oov_token", ["?"]),
        ("document_count", None),
        ("analyzer", "whitespace"),
        ("unknown", 1),
    ],
)
def test_json_whose_configuration_is_damaged(name, value):
    layout = json.loads(fit(Tokenizer, {}, [GIANTS]).to_json())
    layout["config"][name] = value
    with pytest.raises(ArtifactError, match=name):
        tokenizer_from_json(json.dumps(layout))


@pytest.mark.parametrize("name", ["word_index", "index_word", "word_docs"])
def test_json_without_a_table(name):
    layout = json.loads(fit(Tokenizer, {}, [GIANTS]).to_json())
    del layout["config"][name]
    with pytest.raises(ArtifactError, match=f"its table '{name}' is missing"):
        tokenizer_from_json(json.dumps(layout))


@pytest.mark.parametrize("ours", [[], 5, {"min_count": "2"}, {"min_count": 0}, {"analyzer": ["x"]}])
def test_json_whose_part_of_ours_is_damaged(ours):
    layout = json.loads(Tokenizer().to_json())
    layout["textseq"] = ours
    with pytest.raises(ArtifactError, match="its (settings cannot be used|part 'textseq' must be)"):
        tokenizer_from_json(json.dumps(layout))


def test_json_that_names_code_is_refused_and_imports_nothing(tmp_path, monkeypatch):
    (tmp_path / "sentinel_analyzer.py").write_text("def tokens(text):\n    return [text]\n")
    monkeypatch.syspath_prepend(tmp_path)
    layout = json.loads(Tokenizer().to_json())
    layout["textseq"] = {"analyzer": "sentinel_analyzer:tokens"}
    with pytest.raises(ArtifactError, match="'sentinel_analyzer:tokens' is code outside textseq"):
        tokenizer_from_json(json.dumps(layout))
    assert "sentinel_analyzer" not in sys.modules
    assert tokenizer_from_json(json.dumps(layout), analyzer=list).analyzer is list


def test_the_defaults_are_those_of_keras():
    ours, theirs = Tokenizer(), keras_text.Tokenizer()
    assert ours.get_config() == theirs.get_config()
    assert ours.filters == DEFAULT_FILTERS


@given(
    texts=st.lists(st.text("abc ", max_size=9), min_size=1, max_size=6),
    num_words=st.integers(1, 6),
    oov_token=st.sampled_from([None, "<unk>"]),
)
def test_unused_words_are_not_missed(texts, num_words, oov_token):
    tokenizer = Tokenizer(num_words=num_words, oov_token=oov_token)
    tokenizer.fit_on_texts(texts)
    small = tokenizer_from_json(tokenizer.without_unused_words().to_json())
    more = [*texts, "a b c d"]
    assert small.texts_to_sequences(more) == tokenizer.texts_to_sequences(more)
    assert num_words == 1 or len(small.word_index) < max(num_words, 2)
    for mode in MODES:
        np.testing.assert_array_equal(
            small.texts_to_matrix(more, mode), tokenizer.texts_to_matrix(more, mode)
        )


@given(
    texts=st.lists(st.text("abc ", max_size=9), min_size=1, max_size=6),
    num_words=st.sampled_from([None, 2, 4]),
    oov_token=st.sampled_from([None, "<unk>"]),
)
def test_counts_are_not_missed_by_us_or_by_keras(texts, num_words, oov_token):
    tokenizer = Tokenizer(num_words=num_words, oov_token=oov_token)
    tokenizer.fit_on_texts([*texts, "a"])
    bare = tokenizer.without_counts().to_json()
    more = [*texts, "a b c d"]
    for read in (tokenizer_from_json, keras_text.tokenizer_from_json):
        assert read(bare).texts_to_sequences(more) == tokenizer.texts_to_sequences(more)
    assert len(bare) < len(tokenizer.to_json())
    with pytest.raises(ArgumentError, match="needs a tokenizer fitted on documents"):
        tokenizer_from_json(bare).texts_to_matrix(more, "tfidf")
