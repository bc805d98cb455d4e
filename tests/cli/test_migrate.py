from __future__ import annotations

import json
import pickle

from keras.src.legacy.preprocessing import text as keras_text


def test_json(textseq, giants):
    theirs = keras_text.Tokenizer()
    theirs.fit_on_texts(giants.read_text().splitlines())
    path = giants.parent / "tokenizer.json"
    path.write_text(theirs.to_json())
    done = textseq("migrate", path, "--sample", "no mountain", "--input", giants)
    assert done.exit_code == 0
    assert "'no mountain' -> [8, 9]" in done.stdout
    assert f"--tokenizer {path}" in done.stderr
    found = json.loads(textseq("migrate", path, "--json").stdout)
    assert (found["words"], found["documents"]) == (11, 2)


def test_a_pickle_is_written_as_json(textseq, giants):
    theirs = keras_text.Tokenizer()
    theirs.fit_on_texts(giants.read_text().splitlines())
    path, output = giants.parent / "t.pickle", giants.parent / "t.json"
    path.write_bytes(pickle.dumps(theirs))
    done = textseq("migrate", path, "--output", output, "--sample", "no mountain")
    assert done.exit_code == 0
    assert "'no mountain' -> [8, 9]" in done.stdout
    assert output.read_text() == theirs.to_json()
    again = textseq("migrate", path, "--output", output)
    assert again.exit_code == 1
    assert "is not overwritten" in again.stderr
    found = json.loads(textseq("migrate", path, "--json").stdout)
    assert (found["form"], found["words"]) == ("pickle", 11)
    assert "tokenizer" not in found


def test_a_foreign_pickle_exits_with_1(textseq, tmp_path):
    path = tmp_path / "tokenizer.pickle"
    path.write_bytes(pickle.dumps([json.dumps, 1]))
    done = textseq("migrate", path, "--output", tmp_path / "t.json")
    assert done.exit_code == 1
    assert "refers to 'json.dumps'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "t.json").exists()


def test_other_files_are_one_line(textseq, giants, tmp_path):
    for path in (giants, tmp_path / "none.json"):
        done = textseq("migrate", path)
        assert done.exit_code == 1
        assert len(done.stderr.splitlines()) == 1
