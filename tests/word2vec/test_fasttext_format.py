"""fastText's own binary format, against fastText and gensim: what is read, and what is refused."""

from __future__ import annotations

import contextlib
import copy
import gzip
import pickle
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import load_facebook_vectors, save_facebook_model
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer, word2vec
from textseq.errors import ArgumentError, ArtifactError

HEADER = 8 + 12 * 4 + 8
"""Bytes before the dictionary."""

SENTENCES = [["높은", "mountain", "hill", "</s>", "être", "👩‍👩‍👧", "a"]] * 5


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a file that gensim wrote."""
    model = FastText(
        [["높은", "mountain", "hill"]] * 5, vector_size=4, min_count=1, bucket=20, seed=1
    )
    path = tmp_path_factory.mktemp("fasttext") / "sound.bin"
    save_facebook_model(model, str(path))
    return path


@pytest.fixture(scope="module", params=[(3, 6), (1, 3), (5, 5), (6, 3), (0, 0)], ids=str)
def any_lengths(request, tmp_path_factory):
    """Return files whose n-grams have these lengths."""
    shortest, longest = request.param
    model = FastText(
        SENTENCES, vector_size=5, min_count=1, min_n=shortest, max_n=longest,
        bucket=50 if longest else 0,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("fasttext") / "v.bin"
    save_facebook_model(model, str(path))
    return path


def changed(sound, tmp_path, place, layout, *values):
    """Return a copy of a file with other values at a place."""
    data = bytearray(sound.read_bytes())
    struct.pack_into(layout, data, place, *values)
    (tmp_path / "changed.bin").write_bytes(data)
    return tmp_path / "changed.bin"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_vectors_are_gensims(sound, tmp_path, suffix, caplog):
    path = tmp_path / f"v.bin{suffix}"
    path.write_bytes(gzip.compress(sound.read_bytes()) if suffix else sound.read_bytes())
    ours, theirs = word2vec.load(path), load_facebook_vectors(str(sound))
    assert list(ours.index_to_key) == theirs.index_to_key
    for word in ("높은", "hill", "hills", "unheard"):
        np.testing.assert_allclose(ours[word], theirs[word], rtol=0, atol=1e-6)
    (near,), (expected,) = (
        word2vec.neighbours(vectors, "hills", count=1) for vectors in (ours, theirs)
    )
    assert near == (expected[0], pytest.approx(expected[1], abs=1e-6))
    assert ("decompress it with `gunzip`" in caplog.text) is bool(suffix)


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1))
def test_any_words_have_gensims_vectors(any_lengths, words):
    ours, theirs = word2vec.load(any_lengths), load_facebook_vectors(str(any_lengths))
    for word in words:
        if "\0" in word or word == "</s>":
            continue
        expected = theirs[word] if theirs.bucket or word in theirs else np.zeros(5)
        assert (word in ours) is bool(expected.any())
        if word in ours:
            np.testing.assert_allclose(ours[word], expected, rtol=0, atol=1e-6)


def test_any_words_have_fasttexts_own_vectors(any_lengths):
    """The end of a sentence too, to which gensim gives n-grams."""
    fasttext = pytest.importorskip("fasttext")
    ours, theirs = word2vec.load(any_lengths), fasttext.load_model(str(any_lengths))
    assert list(ours.index_to_key) == theirs.words
    np.testing.assert_array_equal(
        ours.vectors, np.stack([theirs.get_word_vector(word) for word in theirs.words])
    )
    for word in (
        "unheard",
        "산들바람",
        "b",
        "xy",
        "xyz",
        "étranger",
        "👩‍👩‍👧👩‍👩‍👧",
        "a b",
        "\u0301",
    ):
        expected = theirs.get_word_vector(word)
        assert (word in ours) is bool(expected.any())
        if word in ours:
            np.testing.assert_array_equal(ours[word], expected)


def test_words_are_looked_up_as_in_a_dict(sound):
    vectors = word2vec.load(sound)
    words, places = list(vectors.index_to_key), vectors.key_to_index
    assert len(words) == len(vectors) == len(places) == 3
    assert dict(places) == {word: i for i, word in enumerate(words)}
    assert vectors.index_to_key[1] == vectors.index_to_key[-2] == words[1]
    assert vectors.index_to_key[:2] == words[:2]
    assert "높은" in vectors.index_to_key
    assert "hills" not in vectors.index_to_key
    assert 3 not in vectors.index_to_key
    assert places.get("hills") is None
    np.testing.assert_array_equal(vectors[["hills", "hill"]], [vectors["hills"], vectors["hill"]])
    np.testing.assert_array_equal(vectors.vectors[1:], np.asarray(vectors.vectors)[1:])
    assert vectors.vectors.shape == (3, vectors.vector_size)


def test_many_words_are_found(tmp_path, write_fasttext):
    """Many blocks of the dictionary, and words of all lengths, some beyond a hash's bytes."""
    words = [f"{'w' * (i % 40)}{i}" for i in range(100_000)]
    path = write_fasttext(tmp_path / "v.bin", words, np.arange(100_000.0)[:, None])
    vectors = word2vec.load(path)
    assert list(vectors.index_to_key) == words
    np.testing.assert_array_equal(vectors[words][:, 0], np.arange(100_000))
    assert "w" * 41 not in vectors


def test_neighbours_are_gensims(tmp_path, write_fasttext):
    random = np.random.default_rng(0)
    rows = random.normal(size=(40_050, 6)).astype("float32")
    words = [f"word{i}" for i in range(40_000)]
    path = write_fasttext(tmp_path / "v.bin", words, rows, shortest=3, longest=5)
    ours = word2vec.load(path)
    theirs = KeyedVectors(6)
    theirs.add_vectors(words, np.asarray(ours.vectors))
    for word in ("word7", "word39999"):
        near, expected = (word2vec.neighbours(vectors, word) for vectors in (ours, theirs))
        assert [name for name, _ in near] == [name for name, _ in expected]
        np.testing.assert_allclose([c for _, c in near], [c for _, c in expected], atol=1e-6)
    near, expected = (
        word2vec.analogy(vectors, "word1", "word2", "word3") for vectors in (ours, theirs)
    )
    assert [name for name, _ in near] == [name for name, _ in expected]
    assert len(word2vec.neighbours(ours, "unheard", count=10**6)) == 40_000
    assert len(word2vec.neighbours(ours, "word1", count=10**6)) == 39_999


def test_short_unknown_words_have_no_vector(any_lengths):
    """As 굽히 in cc.ko.300.bin: fastText gives such words zeros, which are no answer."""
    vectors = word2vec.load(any_lengths)
    if vectors.ngrams.shortest != 5:
        return
    assert "굽히" not in vectors
    assert "굽히다" in vectors
    with pytest.raises(KeyError, match="굽히"):
        vectors["굽히"]
    with pytest.raises(ArgumentError, match="no vector among 7, and no n-gram of 5 characters"):
        word2vec.neighbours(vectors, "굽히")


def test_they_can_be_copied_and_sent_to_other_processes(sound, monkeypatch, tmp_path):
    monkeypatch.chdir(sound.parent)
    vectors = word2vec.load(sound.name)
    sent = pickle.dumps(vectors)
    assert len(sent) < 1000
    monkeypatch.chdir(tmp_path)
    for other in (pickle.loads(sent), copy.deepcopy(vectors), copy.copy(vectors)):
        np.testing.assert_array_equal(other["hills"], vectors["hills"])


def test_opening_reads_the_words_alone(tmp_path, write_fasttext):
    """A file that is mostly a hole: its matrix would take 4 GB."""
    path = write_fasttext(tmp_path / "v.bin", ["high", "hill"], np.ones((2, 1024)))
    data = bytearray(path.read_bytes())
    place = len(data) - 2 * 1024 * 4 - 16
    struct.pack_into("<q", data, place, 2 + 1_000_000)
    struct.pack_into("<3i", data, 8 + 8 * 4, 1_000_000, 3, 6)
    path.write_bytes(data)
    with path.open("r+b") as file:
        file.truncate(place + 16 + 1_000_002 * 1024 * 4)
    tracemalloc.start()
    vectors = word2vec.load(path)
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()
    np.testing.assert_allclose(vectors["high"], np.ones(1024) / 11)


def test_neither_gensim_nor_numba_is_loaded_to_open_one(sound):
    code = (
        "import sys; from textseq import word2vec\n"
        f"vectors = word2vec.load({str(sound)!r})\n"
        "print(len(vectors), {'gensim', 'numba', 'scipy'} & set(sys.modules))\n"
        "vectors.most_similar(['hills']); print('gensim' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == ["3 set()", "False"]


def test_any_word_of_a_tokenizer_gets_a_vector(sound):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["hills and mountains of hill"])
    vectors = word2vec.load(sound)
    matrix, coverage = word2vec.embedding_matrix(vectors, tokenizer.word_index)
    np.testing.assert_array_equal(matrix[1], vectors["hills"])
    assert str(coverage) == (
        "5 of 5 words (100.0%) have a vector, 4 of them built from character n-grams"
    )
    counted = word2vec.corpus_coverage(vectors, {"hills": 3, "hill": 2})
    assert (counted.tokens.covered, counted.tokens.built, counted.types.built) == (5, 3, 1)


def test_random_vectors_spread_as_they_do(sound):
    vectors = word2vec.load(sound)
    matrix, _ = word2vec.embedding_matrix(vectors, {"hill": 1}, unknown="random")
    np.testing.assert_array_equal(matrix[1], vectors["hill"])


@pytest.mark.parametrize("suffix", [".txt", ".bin"])
def test_they_are_saved_as_plain_vectors(sound, tmp_path, suffix):
    vectors = word2vec.load(sound)
    word2vec.save(vectors, tmp_path / f"v{suffix}")
    saved = word2vec.load(tmp_path / f"v{suffix}")
    assert type(saved) is KeyedVectors
    np.testing.assert_array_equal(saved.vectors, vectors.vectors)
    word2vec.save(vectors, tmp_path / f"v{suffix}", words=["hills", "hill", "hills"], force=True)
    saved = word2vec.load(tmp_path / f"v{suffix}")
    assert saved.index_to_key == ["hills", "hill"]
    np.testing.assert_array_equal(saved["hills"], vectors["hills"])


def test_training_starts_from_them(sound):
    vectors = word2vec.load(sound)
    settings = {"size": 4, "min_count": 1, "epochs": 1, "workers": 1}
    trained = word2vec.train([["hill", "hills"]] * 5, init=vectors, **settings)
    assert set(trained.index_to_key) == {"hill", "hills", "높은", "mountain"}
    np.testing.assert_allclose(trained["높은"], vectors["높은"], rtol=1e-6)


def test_values_that_are_not_finite_are_named_where_they_are_used(sound, tmp_path, caplog):
    data = bytearray(sound.read_bytes())
    place = data.index(struct.pack("<2q", 23, 4)) + 16
    struct.pack_into("<f", data, place, float("nan"))
    (tmp_path / "v.bin").write_bytes(data)
    vectors = word2vec.load(tmp_path / "v.bin")
    first, second = vectors.index_to_key[:2]
    assert np.isfinite(vectors[second]).all()
    for use in (
        lambda: vectors[first],
        lambda: word2vec.neighbours(vectors, second),
        lambda: word2vec.save(vectors, tmp_path / "v.txt"),
    ):
        with pytest.raises(ArtifactError, match=f"v.bin' is damaged: the vector of '{first}'"):
            use()
    assert not (tmp_path / "v.txt").exists()


def test_collapsed_vectors_are_noted(tmp_path, write_fasttext, caplog):
    rows = np.ones((30, 4)) + 0.01 * np.arange(120).reshape(30, 4) % 7
    path = write_fasttext(tmp_path / "v.bin", [f"w{i}" for i in range(30)], rows)
    vectors = word2vec.load(path)
    word2vec.neighbours(vectors, "w1")
    word2vec.neighbours(vectors, "w2")
    assert caplog.text.count("The vectors have collapsed") == 1


def test_words_that_are_not_utf8_and_labels_are_skipped(sound, tmp_path, caplog):
    """As in fastText's Korean vectors, and in its French ones, which gensim refuses."""
    data = sound.read_bytes()
    word = "높은".encode()
    (tmp_path / "v.bin").write_bytes(data.replace(word, word[:-1] + b"\xff"))
    loaded, whole = word2vec.load(tmp_path / "v.bin"), word2vec.load(sound)
    assert list(loaded.index_to_key) == [key for key in whole.index_to_key if key != "높은"]
    np.testing.assert_array_equal(loaded["hill"], whole["hill"])
    assert "1 word is skipped, and 2 are read: 1 not in UTF-8" in caplog.text
    entry = data.index(word)
    label = b"__label__\0" + struct.pack("<qb", 1, 1)
    counts = struct.pack("<3i", 4, 3, 1)
    before = data[:HEADER] + counts + data[HEADER + 12 : entry]
    (tmp_path / "v.bin").write_bytes(before + label + data[entry:])
    labelled = word2vec.load(tmp_path / "v.bin")
    assert list(labelled.index_to_key) == list(whole.index_to_key)
    np.testing.assert_array_equal(labelled.vectors, whole.vectors)


REFUSED = {
    "a classifier": (8 + 7 * 4, "<i", 3, "a classifier of fastText"),
    "another size": (
        8,
        "<i",
        5,
        "23 vectors of 4 values do not fit 3 words, 20 buckets .* a size of 5",
    ),
    "long n-grams": (8 + 10 * 4, "<i", 1 << 30, "is damaged"),
    "more words than there are": (HEADER, "<i", 1 << 30, "is truncated|is damaged"),
    "fewer words than none": (HEADER, "<i", -1, "claims -1 words"),
    "other buckets": (8 + 8 * 4, "<i", 19, "23 vectors of 4 values do not fit .* 19 buckets"),
    "no size": (8, "<i", 0, "is damaged"),
    "another version": (4, "<i", 13, "version 13"),
    "pruned": (HEADER + 20, "<q", 5, "quantized"),
}


@pytest.mark.parametrize(("place", "layout", "value", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(sound, tmp_path, place, layout, value, message):
    path = changed(sound, tmp_path, place, layout, value)
    with pytest.raises(ArtifactError, match=message):
        word2vec.load(path)


def test_a_large_claim_is_refused_before_anything_is_allocated(sound, tmp_path):
    data = sound.read_bytes()
    place = data.index(struct.pack("<2q", 23, 4))
    path = changed(sound, tmp_path, place, "<q", 1 << 40)
    tracemalloc.start()
    with pytest.raises(ArtifactError, match="is damaged or truncated: 1,099,511,627,776 vectors"):
        word2vec.load(path)
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def test_a_file_cut_anywhere_is_refused(sound, tmp_path):
    data = sound.read_bytes()
    end = data.index(struct.pack("<2q", 23, 4)) + 16 + 23 * 16
    for length in range(5, end, 7):
        (tmp_path / "cut.bin").write_bytes(data[:length])
        with pytest.raises(ArtifactError, match="truncated"):
            word2vec.load(tmp_path / "cut.bin")


def test_quantized_files_are_refused_by_name(sound, tmp_path):
    """A .ftz file is quantized, and of a classifier."""
    place = sound.read_bytes().index(struct.pack("<2q", 23, 4)) - 1
    path = changed(sound, tmp_path, place, "<?", True)
    with pytest.raises(ArtifactError, match="changed.bin' holds quantized vectors, as a .ftz file"):
        word2vec.load(path)


def test_a_word_without_end_is_refused(sound, tmp_path):
    data = sound.read_bytes()
    start = HEADER + 3 * 4 + 2 * 8
    (tmp_path / "v.bin").write_bytes(data[:start] + b"x" * (3 << 20))
    with pytest.raises(ArtifactError, match="a word in it has no end"):
        word2vec.load(tmp_path / "v.bin")


def test_strict_refuses_words_that_cannot_be_used(tmp_path, write_fasttext):
    path = write_fasttext(tmp_path / "v.bin", ["", "high"], np.ones((2, 2)))
    assert list(word2vec.load(path).index_to_key) == ["high"]
    with pytest.raises(ArtifactError, match="word 1, b''.*empty"):
        word2vec.load(path, strict=True)


@given(st.data())
def test_any_damage_is_read_or_refused(sound, tmp_path_factory, data):
    changed = bytearray(sound.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(4, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "v.bin"
    path.write_bytes(changed)
    with contextlib.suppress(ArtifactError):
        vectors = word2vec.load(path)
        vectors.most_similar([vectors.index_to_key[0]])
        assert len(vectors)
