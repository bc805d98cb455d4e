"""Sub-words: what is learned, that it is learned again, and what reading it back must refuse."""

import copy
import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer, tokenizer_from_json
from textseq.errors import ArgumentError, ArtifactError, MissingExtraError, NotFittedError
from textseq.tokenizer.analyzers import MARK, SUBWORDS, join_pieces
from textseq.tokenizer.subwords import UNKNOWN, Subwords

TEXTS = [
    "the lowest of low valleys, and the highest of high mountains...",
    "no river wide enough; no valley low enough!",
    "높은 산과 낮은 골짜기, 산이 높다",
] * 4

KINDS = pytest.mark.parametrize("kind", SUBWORDS)


def fit(kind, texts=TEXTS, size=80, **settings):
    tokenizer = Tokenizer(analyzer=kind, vocab_size=size, **settings)
    tokenizer.fit_on_texts(texts)
    return tokenizer


@KINDS
@given(st.lists(st.sampled_from(" ".join(TEXTS)), max_size=20).map("".join))
def test_pieces_make_the_text_again(kind, text):
    pieces = FITTED[kind].subwords(text)
    assert join_pieces(pieces).split() == text.lower().split()
    assert all(piece.startswith(MARK) or i for i, piece in enumerate(pieces))


FITTED = {kind: fit(kind) for kind in SUBWORDS}


def test_frequent_words_are_one_piece_and_new_ones_several():
    tokenizer = fit("bpe", ["high valley"] * 50 + ["low mountain"] * 50)
    assert next(tokenizer.tokenize(["High valley"])) == [f"{MARK}high", f"{MARK}valley"]
    assert next(tokenizer.tokenize(["highlow"])) == [f"{MARK}high", "lo", "w"]


@KINDS
def test_a_run_of_punctuation_is_a_word(kind):
    pieces = next(FITTED[kind].tokenize(["low...valleys, no!!"]))
    assert "".join(pieces) == f"{MARK}low...valleys,{MARK}no!!"
    assert not any(set(".,!") & set(piece) and piece.strip(".,!") for piece in pieces)


@KINDS
def test_ids_go_by_frequency_and_words_are_those_that_occur(kind):
    tokenizer = FITTED[kind]
    counts = [tokenizer.word_counts[word] for word in tokenizer.word_index]
    assert counts == sorted(counts, reverse=True)
    assert min(counts) >= 1
    assert tokenizer.size <= 80


@KINDS
def test_capitals_are_kept_on_request(kind):
    texts = ["Low LOW low"] * 9
    assert set("".join(fit(kind, texts).word_index)) == {MARK, *"low"}
    assert set("".join(fit(kind, texts, lower=False).word_index)) == {MARK, *"LlOoWw"}


# As in reports of tokenizers 517, 903, 1179 and transformers 3401.


@KINDS
def test_unknown_characters_are_unknown_words(kind):
    """Not left out without a trace, where there is a word for what is unknown."""
    assert UNKNOWN in next(FITTED[kind].tokenize(["\u6f22"]))
    assert fit(kind).texts_to_sequences(["\u6f22"])[0][-1:] in ([], [fit(kind).word_index[MARK]])
    tokenizer = fit(kind, oov_token="<unk>")
    assert tokenizer.texts_to_sequences(["\u6f22"])[0][-1] == 1


@KINDS
@pytest.mark.parametrize("size", [10, 11, 20, 40])
def test_more_characters_than_pieces_are_not_too_many(kind, size):
    """The most frequent characters of a script of thousands are pieces, the others unknown."""
    texts = ["".join(map(chr, range(0xAC00, 0xAC00 + 300))), "가가가 나나 나가"] * 3
    tokenizer = fit(kind, texts, size)
    assert tokenizer.size <= size
    assert UNKNOWN not in next(tokenizer.tokenize(["가나"]))


@KINDS
@pytest.mark.parametrize("word", ["<unk>", "[UNK]", UNKNOWN, "<s>", MARK])
def test_a_text_that_holds_the_name_of_a_special_token_is_a_text(kind, word):
    tokenizer = fit(kind, [f"low{word}low {word}"] * 9)
    pieces = next(tokenizer.tokenize([f"low{word}low"]))
    assert join_pieces(pieces).replace(" ", "") == f"low{word}low".lower().replace(MARK, "")


@KINDS
def test_no_text_or_blank_ones(kind):
    tokenizer = Tokenizer(analyzer=kind)
    tokenizer.fit_on_texts([])
    assert tokenizer.subwords is None
    tokenizer.fit_on_texts([["made", "elsewhere"]])
    assert tokenizer.subwords is None
    tokenizer.fit_on_texts(iter(["low low", ["made"]]))
    assert tokenizer.word_counts["made"] == 2
    assert tokenizer.sequences_to_texts(tokenizer.texts_to_sequences(["Low"])) == ["low"]
    blank = fit(kind, ["", " \t"])
    assert blank.word_index == {}


@KINDS
def test_what_was_learned_stays(kind):
    tokenizer = fit(kind)
    before = tokenizer.subwords.to_json()
    tokenizer.fit_on_texts(["zzz zzz"] * 99)
    assert tokenizer.subwords.to_json() == before


@KINDS
def test_any_collection_of_texts(kind):
    expected = fit(kind).to_json()
    for texts in (iter(TEXTS), pa.array(TEXTS), pa.chunked_array([TEXTS[:5], TEXTS[5:]])):
        assert fit(kind, texts).to_json() == expected


# As in reports of tokenizers 668 and 1794.

REPEAT = """
import sys
from textseq import Tokenizer, embedded_corpus, read_corpus
tokenizer = Tokenizer(analyzer=sys.argv[1], vocab_size=300)
tokenizer.fit_on_texts(read_corpus(embedded_corpus("reviews_ko.tsv")))
sys.stdout.buffer.write(tokenizer.to_json().encode())
"""


@KINDS
def test_the_same_texts_give_the_same_pieces_in_every_process(kind):
    command = [sys.executable, "-c", REPEAT, kind]
    first, *others = [subprocess.run(command, capture_output=True, check=True) for _ in range(3)]
    assert len(first.stdout) > 1000
    assert {other.stdout for other in others} == {first.stdout}


@KINDS
@pytest.mark.parametrize(
    "copied",
    [
        lambda tokenizer: tokenizer_from_json(tokenizer.to_json()),
        copy.deepcopy,
        lambda tokenizer: pickle.loads(pickle.dumps(tokenizer)),
        Tokenizer.without_unused_words,
    ],
)
@pytest.mark.parametrize("settings", [{}, {"lower": False}, {"min_count": 2}, {"num_words": 9}])
def test_copies_encode_alike(kind, copied, settings):
    tokenizer = fit(kind, **settings)
    again = copied(tokenizer)
    assert again.subwords.to_json() == tokenizer.subwords.to_json()
    assert again.texts_to_sequences(["A lowland Mountain"]) == tokenizer.texts_to_sequences(
        ["A lowland Mountain"]
    )
    assert again.vocab_size == 80
    assert tokenizer.without_counts().encode(TEXTS) == tokenizer.encode(TEXTS)


@KINDS
def test_a_file_and_keras(kind, tmp_path):
    from keras.src.legacy.preprocessing import text as keras_text

    FITTED[kind].save(tmp_path / "tokenizer.json")
    assert Tokenizer.load(tmp_path / "tokenizer.json").to_json() == FITTED[kind].to_json()
    theirs = keras_text.tokenizer_from_json((tmp_path / "tokenizer.json").read_text())
    assert theirs.word_index == FITTED[kind].word_index


@KINDS
def test_hugging_face_reads_the_pieces(kind):
    from tokenizers import Tokenizer as Theirs

    theirs = Theirs.from_str(FITTED[kind].subwords.to_json())
    assert theirs.encode("the lowest hills").tokens == FITTED[kind].subwords("the lowest hills")


@KINDS
def test_threads_share_a_tokenizer(kind):
    expected = FITTED[kind].texts_to_sequences(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: FITTED[kind].texts_to_sequences(TEXTS), range(20)))
    assert all(each == expected for each in found)


@KINDS
def test_words_of_other_texts_are_counted_in_learned_pieces(kind):
    counts = FITTED[kind].count_words(["low lowest"])
    assert sum(counts.values()) == len(FITTED[kind].subwords("low lowest"))


@KINDS
@pytest.mark.parametrize(
    "use",
    [
        lambda tokenizer: tokenizer.count_texts(["a"]),
        lambda tokenizer: tokenizer.count_words(["a"]),
        lambda tokenizer: list(tokenizer.tokenize(["a"])),
    ],
)
def test_before_any_is_learned(kind, use):
    with pytest.raises(NotFittedError, match=f"{kind!r} has learned no sub-words yet; fit a"):
        use(Tokenizer(analyzer=kind))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vocab_size": 100}, "and there is none; use --analyzer bpe"),
        ({"vocab_size": 100, "analyzer": "syllables"}, "'syllables' learns none"),
        ({"vocab_size": 9, "analyzer": "bpe"}, "`vocab_size` must be 10 or more"),
        ({"vocab_size": "a", "analyzer": "bpe"}, "`vocab_size` must be an integer"),
    ],
)
def test_unusable_settings(settings, message):
    with pytest.raises(ArgumentError, match=message):
        Tokenizer(**settings)


def changed(kind, change):
    """Return the JSON of a tokenizer whose sub-words were changed."""
    layout = json.loads(FITTED[kind].to_json())
    inner = json.loads(layout["textseq"]["subwords"])
    given = change(inner)
    layout["textseq"]["subwords"] = json.dumps(inner if given is None else given)
    return json.dumps(layout)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("bpe", lambda inner: []),
        ("bpe", lambda inner: {"model": {}}),
        ("bpe", lambda inner: inner["model"].update(type="WordPiece")),
        ("bpe", lambda inner: inner["model"]["vocab"].update(low=7)),
        ("bpe", lambda inner: inner["model"].update(vocab={"a": 2**40})),
        ("bpe", lambda inner: inner["model"].update(vocab={})),
        ("bpe", lambda inner: inner["model"].update(vocab={"a b": 0, UNKNOWN: 1}, merges=[])),
        ("bpe", lambda inner: inner["model"].update(merges=[["q", "zz"]])),
        ("bpe", lambda inner: inner["model"].update(merges=[[1, 2]])),
        ("unigram", lambda inner: inner["model"].update(vocab=[])),
        ("unigram", lambda inner: inner["model"].update(vocab=[["a", 0.0]])),
        ("unigram", lambda inner: inner["model"]["vocab"].append(["", -1.0])),
        ("unigram", lambda inner: inner["model"]["vocab"].append(["a", float("nan")])),
        ("unigram", lambda inner: inner["model"]["vocab"].append(["a", None])),
        ("unigram", lambda inner: inner["model"]["vocab"].append([3, -1.0])),
    ],
)
def test_damaged_pieces_are_refused(kind, change):
    with pytest.raises(ArtifactError, match=r"its sub-words cannot be read: .*"):
        tokenizer_from_json(changed(kind, change))


@KINDS
def test_what_a_file_says_beside_its_pieces_is_not_run(kind):
    """Such as a pattern that takes years."""
    slow = {"type": "Replace", "pattern": {"Regex": "(a+)+$"}, "content": ""}
    saved = changed(kind, lambda inner: inner.update(normalizer=slow, pre_tokenizer=None))
    text = "a" * 50 + "!"
    assert tokenizer_from_json(saved).subwords(text) == FITTED[kind].subwords(text)


def test_pieces_of_another_type_are_refused():
    layout = json.loads(FITTED["bpe"].to_json())
    layout["textseq"]["subwords"] = 3
    with pytest.raises(ArtifactError, match="its sub-words cannot be read"):
        tokenizer_from_json(json.dumps(layout))
    with pytest.raises(ArtifactError, match="its sub-words cannot be read"):
        Subwords("{", lower=True)


@KINDS
def test_without_the_package_it_is_said_what_to_install(kind, monkeypatch):
    saved = FITTED[kind].to_json()
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    monkeypatch.delitem(sys.modules, "textseq.tokenizer.subwords")
    for use in (lambda: Tokenizer(analyzer=kind), lambda: tokenizer_from_json(saved)):
        with pytest.raises(MissingExtraError, match="needs tokenizers.* pip install tokenizers"):
            use()


@KINDS
def test_sub_words_are_learned_from_clean_texts(kind):
    texts = [f"<p>low &amp; {word}</p>" for word in ("high", "higher", "highest")] * 9
    tokenizer = fit(kind, texts, clean="html")
    assert not set("".join(tokenizer.word_index)) & set("<p;/")
    assert (
        tokenizer.subwords.to_json()
        == fit(kind, [text[3:-4].replace("amp;", "") for text in texts]).subwords.to_json()
    )
    again = tokenizer_from_json(tokenizer.to_json())
    assert again.texts_to_sequences(texts) == tokenizer.texts_to_sequences(texts)
    assert join_pieces(next(again.tokenize(["<b>low</b>high"]))) == "low high"
