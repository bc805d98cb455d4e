"""The analyzers as rules for the kernels: the same tokens as their functions give, everywhere."""

import csv
import itertools
import random
import sys
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer
from textseq.tokenizer import text_splitter
from textseq.tokenizer.analyzers import ANALYZERS, rule_of

COMPILED = [name for name in ANALYZERS.names() if rule_of(name) is not None]

CHARACTERS = st.characters(exclude_categories=["Cs"])
HARD = [
    # Lower case that depends on what follows, is longer, shorter, or has a combining mark.
    *["ΟΔΟΣ", "Σ", "Σ'", "ΑΣ\u0301", "ς", "İ", "I\u0307", "i\u0307", "ẞ", "K", "Ⱥ", "Ⱦ", "ǅ", "Å"],
    # Marks of one byte to four, of which some have a lower case; digits that are letters of words.
    *[
        "!",
        "...",
        "''",
        "don't",
        "_",
        "—",
        "“a”",
        "。",
        "，",
        "Ⓐ",
        "😀",
        "👩\u200d👧",
        "½",
        "²",
        "\0",
    ],
    *["\x7f", "\u0301", "\U000e0100", "\U0010ffff", "\u0378"],
    # White space of Python and of Unicode, and what looks like it.
    *[" ", "  ", "\t", "\n", "\r", "\x0b", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0"],
    *["\u1680", "\u2028", "\u3000", "\u200b", "\ufeff", "\u180e"],
    *["한국", "ㅋㅋ", "\u1112\u1161", "the", "A", "b", "é", "É", " " * 64, "x" * 70, "!" * 65],
]
TEXTS = st.lists(
    st.lists(st.sampled_from(HARD) | st.text(CHARACTERS, max_size=3), max_size=12).map("".join),
    min_size=1,
    max_size=8,
)
TOKENS = st.lists(st.sampled_from(["a", "B", "", "İ", "c d", "!"]), max_size=4)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "num_words": st.sampled_from([0, 2, 3, 9]),
        "min_count": st.integers(1, 3),
        "max_words": st.sampled_from([1, 3, 8]),
        "oov_token": st.sampled_from(["<unk>", "the", " ", "!"]),
        "lower": st.booleans(),  # of token lists only
        "filters": st.just("a"),  # which does nothing
    },
)


def fit(fittings, much, **settings):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_splitter, "MUCH", much)
        tokenizer = Tokenizer(**settings)
        for texts in fittings:
            tokenizer.fit_on_texts(texts)
        return tokenizer


def assert_same(fittings, others, **settings):
    """Compare kernels and Python: the words, their counts and ids, and the ids of texts."""
    python = fit(fittings, 2**62, **settings)
    kernels = fit(fittings, 0, **settings)
    assert kernels._word_index is None or not kernels.size  # the kernels have counted
    expected = python.encode(others)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_splitter, "MUCH", 0)
        assert kernels.encode(others) == expected
        assert python.encode(others) == expected
    assert kernels.to_json() == python.to_json()
    assert kernels.dropped_words == python.dropped_words
    assert expected.to_lists() == [ids_of(python, text) for text in others]


def ids_of(tokenizer, text):
    """Return the ids of a document as it says in the book."""
    if isinstance(text, str):
        tokens = ANALYZERS.resolve(tokenizer.analyzer)(text)
    else:
        tokens = [token.lower() if tokenizer.lower else token for token in text]
    limit = tokenizer.num_words or sys.maxsize
    ids = [tokenizer.word_index.get(token, limit) for token in tokens]
    if tokenizer.oov_token is None:
        return [i for i in ids if i < limit]
    return [i if i < limit else tokenizer.word_index[tokenizer.oov_token] for i in ids]


@pytest.mark.parametrize("name", COMPILED)
@given(TEXTS, st.lists(TOKENS, max_size=2), TEXTS, SETTINGS)
def test_any_settings(name, texts, tokens, others, settings):
    assert_same([[*texts, *tokens], others], [*others, *tokens], analyzer=name, **settings)


def generated(documents):
    """Return documents of the whole code space, the first characters of which are hard ones."""
    draw = random.Random(0)

    def character():
        point = draw.randrange(sys.maxunicode + 1 - 0x800)
        return chr(point if point < 0xD800 else point + 0x800)

    def piece():
        kind = draw.random()
        if kind < 0.5:
            return draw.choice(HARD)
        return character() if kind < 0.8 else chr(draw.randrange(0x250))

    return ["".join(piece() for _ in range(draw.randrange(30))) for _ in range(documents)]


@pytest.mark.parametrize("name", COMPILED)
def test_generated_unicode(name):
    texts = generated(8_000)
    assert_same([texts], texts, analyzer=name, num_words=5_000, oov_token="<unk>")


@pytest.mark.parametrize("name", COMPILED)
def test_every_character(name):
    points = [chr(i) for i in range(sys.maxunicode + 1) if not 0xD800 <= i <= 0xDFFF]
    texts = ["'".join(points[i : i + 64]) for i in range(0, len(points), 64)]
    expected = Counter(itertools.chain.from_iterable(map(ANALYZERS.resolve(name), texts)))
    assert fit([texts], 0, analyzer=name).word_counts == expected


def column(path, name, **dialect):
    with path.open(newline="", encoding="utf-8") as file:
        return [row[name] for row in itertools.islice(csv.DictReader(file, **dialect), 3_000)]


PLAIN = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}


@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize(
    ("parts", "header", "dialect"),
    [
        (("sst2", "train.tsv"), "text", PLAIN),
        (("trec", "train.tsv"), "text", PLAIN),
        (("imdb", "train.csv"), "text", {}),
        (("nsmc", "ratings_train.txt"), "document", PLAIN),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_real_texts(real_data, name, parts, header, dialect):
    texts = column(real_data(*parts), header, **dialect)
    assert_same([texts], texts, analyzer=name, num_words=2_000, min_count=2)


def test_an_analyzer_of_ones_own_has_no_rule():
    class Unhashable:
        __hash__ = None

        def __call__(self, text):
            return text.split()

    assert rule_of(Unhashable()) is None
    assert rule_of(str.split) is None
    assert rule_of("textseq.tokenizer.analyzers:whitespace") == rule_of("whitespace") is not None
    texts = pa.chunked_array([["Mountain high"], [], ["high"]])
    tokenizer = fit([texts], 0, analyzer=Unhashable())
    assert tokenizer.word_counts == {"Mountain": 1, "high": 2}
