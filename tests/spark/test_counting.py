"""The words of units, merged in any order, are those of the whole corpus."""

import itertools
import pickle
import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer
from textseq.errors import ArgumentError
from textseq.spark import counting, encode, fit_tokenizer
from textseq.tokenizer.analyzers import ANALYZERS, SUBWORDS

WORDS = st.sampled_from(
    ["a", "b", "the", "The", "<unk>", "word-of-more-than-16-bytes", "영화", "ΑΣ", ""]
)
TEXTS = st.lists(st.lists(WORDS | st.text(max_size=5), max_size=6).map(" ".join), max_size=20)
SETTINGS = st.fixed_dictionaries(
    {"min_count": st.integers(1, 3), "num_words": st.none() | st.integers(1, 9)},
    optional={
        "oov_token": st.sampled_from(["<unk>", "the", "x"]),
        "lower": st.booleans(),
        "char_level": st.just(True),
    },
)


class Unit:
    def __init__(self, number, texts):
        self.number = number
        self._texts = texts

    def texts(self):
        return iter(
            [pa.array(self._texts[:2], pa.string()), pa.array(self._texts[2:], pa.string())]
        )

    def summary(self):
        return None


@given(TEXTS, st.lists(st.integers(0, 20), max_size=4), st.randoms(use_true_random=False), SETTINGS)
def test_units_in_any_order_give_the_ids_of_the_whole(texts, cuts, order, settings):
    """With Arrow's grouping in place of Spark's."""
    bounds = [0, *sorted(min(cut, len(texts)) for cut in cuts), len(texts)]
    units = [Unit(i, texts[a:b]) for i, (a, b) in enumerate(itertools.pairwise(bounds))]
    order.shuffle(units)
    tokenizer = Tokenizer(**settings)
    batches = [batch for unit in units for batch in counting.count_unit(tokenizer, unit)]
    rows = pa.Table.from_batches(batches)
    aggregations = [("count", "sum"), ("documents", "sum"), ("place", "min")]
    merged = rows.group_by(["word", "report"]).aggregate(aggregations)
    merged = merged.rename_columns(["word", "report", "count", "documents", "place"])
    fitted, reports = counting.with_ids(tokenizer, merged)
    assert not any(report.error for report in reports)
    assert fitted.without_unused_words().to_json() == fitted_here(texts, settings).to_json()


def fitted_here(texts, settings):
    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(texts)
    return tokenizer.without_unused_words()


@pytest.fixture(scope="module")
def texts():
    generator = random.Random(5)
    words = [
        "the",
        "film",
        "영화",
        "naïve",
        "ΟΔΟΣ",
        "don't",
        "a-b",
        "x" * 40,
        "\u0130stanbul",
        "!?",
    ]
    return [" ".join(generator.choices(words, k=generator.randrange(9))) for _ in range(200)]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"num_words": 4, "oov_token": "<unk>"},
        {"min_count": 30, "oov_token": "film"},
        {"char_level": True},
        {"split": "--"},
        *({"analyzer": name} for name in ANALYZERS.names() if name not in SUBWORDS),
    ],
    ids=str,
)
def test_a_data_frame_gives_the_json_of_one_machine(spark, texts, settings):
    frame = spark.createDataFrame([(text,) for text in texts], ["text"]).coalesce(3)
    in_order = [row.text for row in frame.collect()]
    assert fit_tokenizer(frame, **settings).to_json() == fitted_here(in_order, settings).to_json()


@given(st.lists(TEXTS, min_size=4, max_size=4), SETTINGS)
def test_a_fitted_tokenizer_survives_pickle(corpora, settings):
    tokenizer = Tokenizer(**settings)
    for texts in corpora[:2]:
        tokenizer.fit_on_texts(texts)
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again.to_json() == tokenizer.to_json()
    for one in (tokenizer, again):
        one.fit_on_texts(corpora[2])
    assert again.to_json() == tokenizer.to_json()


def test_more_reports_than_expected_take_no_words(spark, texts, monkeypatch):
    monkeypatch.setattr(counting, "EXPECTED_REPORTS", 2)
    frame = spark.createDataFrame([(text,) for text in texts], ["text"]).repartition(5)
    rows = [row.text for row in frame.collect()]
    fitted = fit_tokenizer(frame, num_words=5)
    assert fitted.word_index == fitted_here(rows, {"num_words": 5}).word_index


def test_max_words_is_refused(spark):
    frame = spark.createDataFrame([("a",)], ["text"])
    with pytest.raises(ArgumentError, match="`max_words` .* set `min_count`"):
        fit_tokenizer(frame, max_words=10)


@pytest.mark.parametrize("name", SUBWORDS)
def test_sub_words_are_learned_on_one_machine(spark, texts, name):
    frame = spark.createDataFrame([(text,) for text in texts], ["text"])
    with pytest.raises(ArgumentError, match="needs the texts on one machine; fit a tokenizer"):
        fit_tokenizer(frame, analyzer=name)
    tokenizer = fitted_here(texts[:100], {"analyzer": name, "vocab_size": 60})
    rows = encode(frame, tokenizer).collect()
    assert [row.ids for row in rows] == tokenizer.texts_to_sequences([row.text for row in rows])


def test_a_null_is_an_error(spark):
    frame = spark.createDataFrame([("a",), (None,)], "text string")
    with pytest.raises(ArgumentError, match=r"'text' holds a null.*df\.fillna\('', 'text'\)"):
        fit_tokenizer(frame)
    assert fit_tokenizer(frame.fillna("", "text")).word_index == {"a": 1}


def test_a_wrong_column_is_an_error(spark):
    frame = spark.createDataFrame([("a", 1)], ["text", "stars"])
    with pytest.raises(ArgumentError, match="no column 'texts'; did you mean 'text'"):
        fit_tokenizer(frame, "texts")
    with pytest.raises(ArgumentError, match="'stars' cannot be the text: expected strings"):
        fit_tokenizer(frame, "stars")
