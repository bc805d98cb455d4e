from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer
from textseq.report.page import Page
from textseq.report.tokens import (
    WORDS_SHOWN,
    measure_tokens,
    summarize_lengths,
    write_tokens_page,
)

TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=12).map(" ".join), min_size=1)


@given(TEXTS, TEXTS, st.sampled_from([None, 1, 3, 5]), st.sampled_from([None, "?"]))
def test_figures_are_what_counting_by_hand_gives(learned, read, num_words, oov_token):
    tokenizer = Tokenizer(num_words=num_words, oov_token=oov_token)
    tokenizer.fit_on_texts(learned)
    counting = Tokenizer()
    counting.fit_on_texts(read)
    figures = measure_tokens(counting.word_counts, tokenizer, documents=len(read))
    tokens = [token for text in read for token in text.split()]
    limit = num_words or len(tokenizer.word_index) + 1
    known = [token for token in tokens if tokenizer.word_index.get(token, limit) < limit]
    assert figures.tokens == len(tokens)
    assert figures.unknown_tokens == len(tokens) - len(known)
    assert figures.words == len(set(tokens))
    assert figures.once == sum(tokens.count(word) == 1 for word in set(tokens))
    assert figures.frequencies.tolist() == sorted(map(tokens.count, set(tokens)), reverse=True)
    assert dict(figures.top) == {word: tokens.count(word) for word in set(tokens)}


def test_the_share_of_the_most_frequent_words():
    counts = {f"w{n}": 100 if n < 10 else 1 for n in range(1000)}
    figures = measure_tokens(counts, Tokenizer(), documents=1)
    assert figures.heads == ((10, 1000 / 1990), (100, 1090 / 1990))
    assert len(figures.top) == len(figures.rare) == len(figures.missing) == WORDS_SHOWN
    assert figures.unknown_rate == 1


def test_page_is_whole_and_escaped(check_page, tmp_path):
    path, tokenizer = tmp_path / "tokens.html", Tokenizer()
    tokenizer.fit_on_texts(["정말"])
    counts = {"<script>alert(1)</script>": 3, "$x$": 2, "정말": 1, "\n": 1}
    write_tokens_page(
        Page(path, "<i>", "textseq tokenize"),
        measure_tokens(counts, tokenizer, documents=2),
        np.array([3, 4]),
        label_counts={"<b>": 2},
        settings={"split": " "},
    )
    html = check_page(path)
    assert html.count("<svg") == 2
    for expected in ("&lt;script&gt;alert(1)", "정말", "↵", "&lt;b&gt;", "85.7%", "&lt;i&gt;"):
        assert expected in html


@pytest.mark.parametrize("counts", [{}, {"high": 1}])
def test_hardly_any_words_are_no_trouble(check_page, tmp_path, counts):
    path = tmp_path / "tokens.html"
    figures = measure_tokens(counts, Tokenizer(), documents=1)
    write_tokens_page(Page(path, "hardly any"), figures, np.array([len(counts)]))
    assert "hardly any" in check_page(path)


def test_unknown_tokens_are_those_without_an_id_of_their_own():
    tokenizer = Tokenizer(oov_token="?")
    tokenizer.fit_on_texts(["high enough"])
    for texts, rate in (([["high", "hill"], [], ["?", "enough"]], 0.5), ([], 0), ([[]], 0)):
        counts = tokenizer.count_words(texts)
        assert measure_tokens(counts, tokenizer, documents=len(texts)).unknown_rate == rate


def test_the_summary_of_lengths():
    assert dict(summarize_lengths(np.array([0, 1, 2, 3, 4000]))) == {
        "median length": "2", "95th percentile": "3,201", "maximum": "4,000", "empty texts": "1",
    }  # fmt: skip
    assert summarize_lengths(np.array([])) == []
