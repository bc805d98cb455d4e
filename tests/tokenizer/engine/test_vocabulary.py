"""Counting and looking up by the kernels: the same whatever the threads, the batches, the hash."""

import json
import os
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from textseq import Tokenizer
from textseq.tokenizer import text_splitter
from textseq.tokenizer.char_rule import EVERY, CharRule
from textseq.tokenizer.engine import counting, primitives
from textseq.tokenizer.engine.case_folding import char_map
from textseq.tokenizer.engine.counting import count_words
from textseq.tokenizer.engine.vocabulary import Vocabulary
from textseq.tokenizer.words import text_to_word_sequence

WORDS = char_map(CharRule(frozenset(" ")))
CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.lists(
    st.lists(
        # Words about the length of one number and of two, some of which differ in the last byte.
        st.sampled_from(["a", "sevenxx", "eightxxx", "eightxxy", "nine-xxxx", "sixteen-xxxxxxxx"])
        | st.text(CHARACTERS, max_size=20),
        max_size=12,
    ).map(" ".join),
    max_size=30,
)


def facts(counted):
    return list(
        zip(counted.words, counted.counts.tolist(), counted.documents.tolist(), strict=True)
    )


def cut(texts, size):
    return [pa.array(texts[i : i + size], pa.string()) for i in range(0, len(texts), size)]


@given(TEXTS, st.integers(1, 30), st.integers(1, 4), st.sampled_from([1, 3, 2**19]))
def test_threads_and_batches_change_nothing(texts, size, threads, rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXTSEQ_THREADS", "1")
        whole = count_words(cut(texts, 30), WORDS)
        patch.setenv("TEXTSEQ_THREADS", str(threads))
        patch.setattr(counting, "LOCAL_ROWS", rows)
        parts = count_words(cut(texts, size), WORDS)
    assert facts(parts) == facts(whole)
    assert parts.document_count == whole.document_count == len(texts)
    assert whole.words == list(dict.fromkeys(w for t in texts for w in split(t)))


def split(text):
    return text_to_word_sequence(text, filters="", split=" ")


@given(TEXTS, TEXTS)
def test_adding_is_counting_on(texts, more):
    both = count_words(cut(texts, 30), WORDS)
    both.add(count_words(cut(more, 30), WORDS))
    assert facts(both) == facts(count_words(cut(texts + more, 60), WORDS))


@given(st.dictionaries(st.text(max_size=20), st.integers(1, 2**40)))
def test_words_counted_elsewhere(counts):
    words, numbers = list(counts), list(counts.values())
    known = Vocabulary.of(words, numbers, numbers)
    assert facts(known) == list(zip(words, numbers, numbers, strict=True))
    assert known.rows_of(words).tolist() == list(range(len(words)))
    assert known.rows_of(["a word that was drawn by nobody"]) == [-1]


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_the_seed_of_the_hash_changes_nothing(monkeypatch, seed):
    texts = ["high enough " * 3, *(f"word{i} and-some-more-{i}" for i in range(2000))]
    expected = facts(count_words(cut(texts, 100), WORDS))
    monkeypatch.setattr(primitives, "SEED", primitives.U64(seed))
    assert facts(count_words(cut(texts, 100), WORDS)) == expected
    assert len(expected) == 4002


def test_many_words_that_share_slots_are_told_apart(monkeypatch):
    """The table doubles when it is half full: many a word finds its first slot taken."""
    monkeypatch.setattr(primitives, "SEED", primitives.U64(0))
    texts = [f"{i:016x}" + "x" * (i % 3) for i in range(5000)]
    assert count_words([pa.array(texts)], WORDS).words == texts


def test_every_character_has_the_lower_case_that_python_gives_it():
    points = [chr(i) for i in range(sys.maxunicode + 1) if not 0xD800 <= i <= 0xDFFF]
    counted = count_words([pa.array(points)], char_map(CharRule(frozenset(), alone=EVERY)))
    assert counted.words == list(dict.fromkeys(c for point in points for c in point.lower()))


# --- room for some words only -----------------------------------------------------------------


def bounded(texts, room, much):
    """Return what a tokenizer with room for some words counts, by Python or by the kernels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_splitter, "MUCH", much)
        tokenizer = Tokenizer(max_words=room)
        for part in (texts[:7], texts[7:]):
            tokenizer.fit_on_texts(part)
    return tokenizer


@example([*["a"] * 7, "a"], 1)  # the second fitting begins with the word the first one ended with
@given(TEXTS, st.integers(1, 12))
def test_room_for_some_words_only(texts, room):
    one, other = bounded(texts, room, 2**62), bounded(texts, room, 0)
    assert one.to_json() == other.to_json()
    assert one.dropped_words == other.dropped_words
    assert one.size <= room
    free = Tokenizer()
    free.fit_on_texts(texts)
    if free.size <= room:
        assert one.word_counts == free.word_counts


# --- files and processes ----------------------------------------------------------------------


@given(TEXTS.filter(any), st.sampled_from([None, "<unk>", "a", '"\\é']), st.integers(1, 3))
def test_a_saved_tokenizer_is_its_json(tmp_path_factory, texts, oov_token, min_count):
    path = tmp_path_factory.mktemp("saved") / "tokenizer.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_splitter, "MUCH", 0)
        tokenizer = Tokenizer(oov_token=oov_token, min_count=min_count)
        tokenizer.fit_on_texts(texts)
    tokenizer.save(path)
    written = path.read_text(encoding="utf-8")
    assert tokenizer.size == len(json.loads(json.loads(written)["config"]["word_index"]))
    assert written == tokenizer.to_json()


FIT = """
import hashlib
from textseq import Tokenizer
from textseq.tokenizer import text_splitter
text_splitter.MUCH = 0
fitted = Tokenizer()
fitted.fit_on_texts([f"word{i % 700} of {i}" for i in range(4000)])
print(hashlib.sha256(fitted.to_json().encode()).hexdigest())
"""


def test_the_same_in_every_process():
    def printed(hash_seed, threads):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TEXTSEQ_THREADS": threads}
        return subprocess.run(
            [sys.executable, "-c", FIT], env=environment, capture_output=True, check=True
        ).stdout

    assert printed("1", "1") == printed("2", "3")
