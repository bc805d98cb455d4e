"""Commands on texts without labels: those that need none read them, the others say what to do."""

import pytest

KAGGLE = "id,text,label\n1,a film,\n2,no joy,\n"


@pytest.fixture
def kaggle(tmp_path):
    path = tmp_path / "test.csv"
    path.write_text(KAGGLE)
    return path


def test_commands_that_need_no_labels(textseq, kaggle, tmp_path):
    vectors, tokenizer = tmp_path / "vectors.txt", tmp_path / "tokenizer.json"
    saved = ["--save-tokenizer", tokenizer]
    for command in (
        ["train-w2v", kaggle, "--min-count", 1, "--output", vectors, *saved],
        ["vectors", "coverage", kaggle, "--vectors", vectors],
        ["migrate", tokenizer, "--input", kaggle],
        ["tokenize", kaggle, "--no-labels", "--tokenizer", tokenizer],
    ):
        outcome = textseq(*command)
        assert outcome.exit_code == 0, outcome.stderr
        assert "label" not in outcome.stderr


def test_tokenize_needs_to_know(textseq, kaggle):
    outcome = textseq("tokenize", kaggle)
    assert outcome.exit_code == 1
    assert outcome.stderr.count("\n") == 1
    assert "Row 1 (the header not counted)" in outcome.stderr
    assert "'label' is null or missing there" in outcome.stderr


def test_rows_that_are_skipped_are_counted_once(textseq, kaggle):
    kaggle.write_text(KAGGLE + "3,good film,pos\n")
    outcome = textseq("tokenize", kaggle, "--drop-missing")  # which reads the texts twice
    assert outcome.stdout == '{"ids": [1, 2], "label": "pos"}\n'
    assert outcome.stderr.count("skipped (--drop-missing)") == 1
    assert f"2 rows of {str(kaggle)!r} without a text or a label" in outcome.stderr
    assert "skipped" not in textseq("--quiet", "tokenize", kaggle, "--drop-missing").stderr


def test_all_rows_skipped(textseq, kaggle):
    outcome = textseq("tokenize", kaggle, "--drop-missing")
    assert outcome.exit_code == 1
    assert "No row of" in outcome.stderr
    assert "which skipped 2 without a text or a label" in outcome.stderr
