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


def test_a_pickle_prints_lines_to_run(textseq, tmp_path):
    path = tmp_path / "tokenizer.pickle"
    path.write_bytes(pickle.dumps({"high": 1}))
    done = textseq("migrate", path)
    assert done.exit_code == 0
    compile(done.stdout, "recipe", "exec")
    assert len(done.stdout.splitlines()) == 5
    assert "was not loaded" in done.stderr
    assert json.loads(textseq("migrate", path, "--json").stdout)["kind"] == "pickle"


def test_other_files_are_one_line(textseq, giants, tmp_path):
    for path in (giants, tmp_path / "none.json"):
        done = textseq("migrate", path)
        assert done.exit_code == 1
        assert len(done.stderr.splitlines()) == 1
