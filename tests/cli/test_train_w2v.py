"""`textseq train-w2v`: what its options do, and what it says."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

from textseq import Tokenizer, word2vec
from textseq.cli.train_w2v import train_w2v
from textseq.sequences.files import load_sequences, save_sequences
from textseq.word2vec import Word2VecConfig

QUICK = ["--size", 6, "--min-count", 1, "--epochs", 2]


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("the high mountain\nthe high hill\nthe deep sea\n" * 40)
    return path


def test_every_setting_is_an_option_with_the_same_default():
    options = inspect.signature(train_w2v).parameters
    for name, setting in inspect.signature(Word2VecConfig).parameters.items():
        assert options[name].default == setting.default


def test_settings_reach_the_training(textseq, text, tmp_path):
    output = tmp_path / "v.bin"
    done = textseq(
        "train-w2v", text, "-o", output, *QUICK, "--algorithm", "cbow", "--hs", "--negative", 2,
        "--cbow-sum", "--fixed-windows", "--sample", 0, "--alpha", 0.1, "--seed", 3,
        "--deterministic",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    tokenizer = Tokenizer()
    lines = text.read_text().splitlines()
    tokenizer.fit_on_texts(lines)
    expected = word2vec.train_on_ids(
        tokenizer.encode_batches(lines),
        tokenizer.index_word,
        Word2VecConfig(
            vector_size=6, min_count=1, epochs=2, algorithm="cbow", hs=True, negative=2,
            cbow_mean=False, shrink_windows=False, sample=0, alpha=0.1, seed=3, deterministic=True,
        ),
    )  # fmt: skip
    vectors = word2vec.load(output)
    assert vectors.index_to_key == list(tokenizer.word_index)
    np.testing.assert_array_equal(vectors.vectors, expected.vectors)
    assert "Epoch 2 of 2: " in done.stderr
    assert "words/s" in done.stderr
    assert "--deterministic would" not in done.stderr


def test_says_that_more_threads_do_not_repeat(textseq, text, tmp_path):
    done = textseq("train-w2v", text, "-o", tmp_path / "v.bin", *QUICK, "--workers", 2)
    assert "--deterministic would repeat to the byte" in done.stderr


def test_loss_is_shown_when_asked_for(textseq, text, tmp_path):
    done = textseq("train-w2v", text, "-o", tmp_path / "v.bin", *QUICK, "--compute-loss")
    assert ", loss " in done.stderr
    done = textseq("train-w2v", text, "-o", tmp_path / "w.bin", *QUICK)
    assert ", loss" not in done.stderr


def test_fasttext_gives_rare_words_vectors_from_their_n_grams(textseq, text, tmp_path):
    text.write_text(text.read_text() + "the mountaineer\n")
    output = tmp_path / "v.bin"
    done = textseq(
        "train-w2v", text, "-o", output, "--size", 6, "--algorithm", "fasttext", "--bucket", 500
    )
    assert done.exit_code == 0, done.output
    assert "1 rare words get vectors from their character n-grams" in done.stderr
    assert "mountaineer" in word2vec.load(output)


def test_starts_from_vectors_whose_size_it_takes(textseq, text, tmp_path):
    first, more, second = (tmp_path / name for name in ("v.bin", "more.txt", "w.bin"))
    textseq("train-w2v", text, "-o", first, *QUICK)
    more.write_text("a high tower\n" * 20)
    done = textseq("train-w2v", more, "-o", second, "--init", first, "--sample", 0)
    assert done.exit_code == 0, done.output
    old, new = word2vec.load(first), word2vec.load(second)
    assert {*new.index_to_key} == {*old.index_to_key, "a", "tower"}
    np.testing.assert_array_equal(new["sea"], old["sea"])
    assert not np.array_equal(new["high"], old["high"])
    done = textseq(
        "train-w2v", more, "-o", second, "--init", first, "--size", 7, "--min-count", 1, "--force"
    )
    assert done.exit_code == 1
    assert "have 6 values and `vector_size` is 7" in " ".join(done.output.split())


def test_a_pruned_vocabulary_is_told(textseq, tmp_path):
    text, tokenizer, output = (tmp_path / name for name in ("text.txt", "t.json", "v.bin"))
    text.write_text("".join(f"often once{i}\n" for i in range(300)))
    done = textseq(
        "train-w2v", text, "-o", output, *QUICK, "--max-vocab", 40, "--save-tokenizer", tokenizer
    )
    assert done.exit_code == 0, done.output
    assert "rare words were dropped while counting" in done.stderr
    assert len(word2vec.load(output)) <= 40
    done = textseq(
        "train-w2v", text, "-o", output, "--tokenizer", tokenizer, "--max-vocab", 9, "--force"
    )
    assert done.exit_code == 2
    assert "--max-vocab cannot apply" in " ".join(done.output.split())


def test_words_that_no_file_can_hold_are_left_out_and_told(textseq, tmp_path):
    text, output = tmp_path / "text.txt", tmp_path / "v.txt"
    text.write_text("well\x0bthen said she\n" * 9)
    done = textseq("train-w2v", text, "-o", output, *QUICK)
    assert done.exit_code == 0, done.output
    assert r"1 words that hold white space get no vector, such as 'well\x0bthen'" in done.stderr
    assert sorted(word2vec.load(output).index_to_key) == ["said", "she"]


@pytest.mark.parametrize(("text", "kept"), [("그 말", ["그", "말", "▁"]), ("▁ ▁그", ["그", "▁"])])
def test_a_space_is_a_syllable_unless_its_sign_is_one(textseq, tmp_path, text, kept):
    (tmp_path / "text.txt").write_text(f"{text}\n" * 9)
    command = ["train-w2v", tmp_path / "text.txt", "-o", tmp_path / "v.txt", *QUICK]
    done = textseq(*command, "--analyzer", "syllables")
    assert done.exit_code == 0, done.output
    assert sorted(word2vec.load(tmp_path / "v.txt").index_to_key) == sorted(kept)


def test_texts_are_cleaned_first_and_coverage_reads_them_alike(textseq, tmp_path):
    text, output = tmp_path / "text.txt", tmp_path / "v.txt"
    text.write_text("pure<br>joy at http://x.org/a!\n" * 9)
    done = textseq("train-w2v", text, "-o", output, *QUICK, "--clean", "html,urls")
    assert done.exit_code == 0, done.output
    assert sorted(word2vec.load(output).index_to_key) == ["at", "httpurl", "joy", "pure"]
    for clean, covered in (("html,urls", "4 of 4 distinct"), ("none", "3 of 8 distinct")):
        done = textseq("vectors", "coverage", text, "-v", output, "--clean", clean)
        assert covered in done.stdout


ROWS = "good\tpure joy indeed\nbad\tpure bore indeed\n"


def test_vectors_of_sub_words_train_a_classifier(follow_hint, textseq, tmp_path):
    train = "train-w2v r.tsv -o v.bin --min-count 1 --vector-size 4 --analyzer bpe --vocab-size 30"
    saved, files = f"{train} --save-tokenizer t.json", {"r.tsv": "label\ttext\n" + ROWS * 20}
    done = follow_hint(train, "keep it with --save-tokenizer", saved, files=files)
    pieces = Tokenizer.load(tmp_path / "t.json").word_index
    assert set(word2vec.load(tmp_path / "v.bin").index_to_key) == set(pieces)
    then = "--tokenizer t.json --embedding word2vec --vectors v.bin"
    assert f"Next: textseq classify train ... {then}" in done.stderr
    done = textseq("classify", "train", "r.tsv", *then.split(), *["--epochs", "1", "-o", "m"])
    assert done.exit_code == 0, done.stderr
    assert f"{len(pieces)} of {len(pieces)}" in done.stderr
    fitted = "train-w2v r.tsv -o w.bin --min-count 1 --vector-size 4 --tokenizer t.json"
    again = follow_hint(train, "name a fitted one with --tokenizer", fitted)
    assert f"Next: textseq classify train ... {then.replace('v.bin', 'w.bin')}" in again.stderr


def test_vectors_of_morphemes(textseq, tmp_path):
    (tmp_path / "t.txt").write_text("영화가 재미있다\n음악이 재미있었다\n" * 9, encoding="utf-8")
    done = textseq("train-w2v", tmp_path / "t.txt", "-o", tmp_path / "v.txt", *QUICK, "--analyzer",
                   "kiwi")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert {"영화", "음악", "재미있"} <= set(word2vec.load(tmp_path / "v.txt").index_to_key)
    assert "classify train ... --analyzer kiwi --embedding word2vec" in done.stderr


def test_a_report_shows_the_words(textseq, text, tmp_path):
    page = tmp_path / "words.html"
    done = textseq("train-w2v", text, "-o", tmp_path / "v.bin", *QUICK, "--report", page)
    assert done.exit_code == 0, done.output
    assert f"Report -> {page}" in done.stderr
    assert "mountain" in page.read_text()
    assert textseq("train-w2v", text, "-o", tmp_path / "w.bin", "--report", page).exit_code == 1
    assert not (tmp_path / "w.bin").exists()


def test_resumes_from_a_checkpoint(textseq, text, tmp_path):
    state = tmp_path / "state"
    command = ["train-w2v", text, *QUICK, "--deterministic", "--checkpoint", state]
    one = textseq(*command, "-o", tmp_path / "v.bin")
    assert one.exit_code == 0, one.output
    again = textseq(*command, "-o", tmp_path / "w.bin")
    assert "Epoch" not in again.stderr
    assert f"resumes from '{state}'" in again.stderr
    assert (tmp_path / "w.bin").read_bytes() == (tmp_path / "v.bin").read_bytes()
    other = textseq(*command, "--window", 3, "-o", tmp_path / "x.bin")
    assert other.exit_code == 1
    assert "with window 5, where 3" in " ".join(other.output.split())


def test_what_ctrl_c_leaves_is_told(textseq, text, tmp_path, monkeypatch):
    def interrupt(self, progress):
        if progress.epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("textseq.cli.epochs.WordEpochs.__call__", interrupt)
    state = tmp_path / "state"
    done = textseq("train-w2v", text, "-o", tmp_path / "v.bin", *QUICK, "--checkpoint", state)
    assert done.exit_code != 0
    assert "Interrupted; the same command resumes" in done.stderr
    assert not (tmp_path / "v.bin").exists()


def test_more_epochs_mend_collapsed_vectors(follow_hint):
    corpus = Path(__file__).parents[2] / "corpora" / "reviews_en.tsv"
    command = f"train-w2v {corpus} --min-count 3 --deterministic --output v.bin"
    done = follow_hint(
        command, "train for more epochs (--epochs 50)", f"{command} --epochs 50 --force"
    )
    assert "collapsed" not in done.stderr


@pytest.fixture
def ids(textseq, text, tmp_path, monkeypatch):
    """Write the ids of the text to `ids.parquet`, `ids.npz` and, in parts, `parts/`."""
    monkeypatch.chdir(tmp_path)
    for output in ("ids.parquet", "ids.npz"):
        save = ["--save-tokenizer", "t.json", "--force"]
        done = textseq("tokenize", text, *save, "--output", output)
        assert done.exit_code == 0, done.output
    sequences, _ = load_sequences("ids.parquet")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "_SUCCESS").touch()
    for number, start in enumerate(range(0, len(sequences), 50)):
        rows = sequences[start : start + 50]
        save_sequences(tmp_path / "parts" / f"part-0000{number}.snappy.parquet", rows)
    return tmp_path


@pytest.mark.parametrize("algorithm", ["skipgram", "cbow", "fasttext"])
def test_from_ids_to_the_same_bytes_as_from_texts(textseq, ids, algorithm):
    settings = [*QUICK, "--deterministic", "--algorithm", algorithm, "--bucket", 500]
    written = []
    for source in ("text.txt", "ids.parquet", "ids.npz", "parts"):
        command = ["train-w2v", source, "--tokenizer", "t.json", "--seed", 3, "--force"]
        done = textseq(*command, *settings, "-o", "v.bin")
        assert done.exit_code == 0, done.output
        written.append((ids / "v.bin").read_bytes())
    assert len(written[0]) > 100
    assert written[1:] == written[:1] * 3


def test_several_files_of_ids_are_one_text(textseq, ids):
    settings = ["--tokenizer", "t.json", *QUICK, "--deterministic"]
    for sources, output in ((["ids.parquet", "parts"], "a.bin"), (["text.txt"] * 2, "b.bin")):
        assert textseq("train-w2v", *sources, *settings, "-o", output).exit_code == 0
    assert (ids / "a.bin").read_bytes() == (ids / "b.bin").read_bytes()
    done = textseq("train-w2v", "parts", "text.txt", *settings, "-o", "c.bin")
    assert done.exit_code == 1
    assert "'parts' contains ids and 'text.txt' contains text" in " ".join(done.stderr.split())


def test_a_training_on_texts_is_resumed_on_their_ids(textseq, ids):
    settings = ["--tokenizer", "t.json", *QUICK, "--deterministic", "--checkpoint", "state"]
    assert textseq("train-w2v", "text.txt", *settings, "-o", "a.bin").exit_code == 0
    done = textseq("train-w2v", "parts", *settings, "-o", "b.bin")
    assert done.exit_code == 0, done.output
    assert "Epoch" not in done.stderr
    assert (ids / "a.bin").read_bytes() == (ids / "b.bin").read_bytes()


def test_ids_alone_mean_nothing(follow_hint, ids):
    command = f"train-w2v parts {' '.join(map(str, QUICK))} -o v.bin"
    advice = "name it with --tokenizer tokenizer.json"
    follow_hint(command, advice, f"{command} --tokenizer t.json")


def test_options_of_reading_texts_are_refused_beside_ids(textseq, ids):
    done = textseq(
        "train-w2v", "parts", "--tokenizer", "t.json", "-o", "v.bin", "--text-column", "text"
    )
    assert done.exit_code == 2
    assert "'parts' holds ids, not texts, so it does nothing" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[1, 99]", "must be from 1 to 6, as those of the words are. Received: 1 to 99; give the"),
        ("[0, 0, 1]", "The id 0 occurs and has no word; give the tokenizer that made the ids, and"),
    ],
)
def test_ids_of_another_tokenizer_and_padding(textseq, ids, line, message):
    (ids / "other.jsonl").write_text(f"{line}\n")
    done = textseq("train-w2v", "other.jsonl", "--tokenizer", "t.json", "-o", "v.bin", *QUICK)
    assert done.exit_code == 1
    assert message in " ".join(done.stderr.split())
