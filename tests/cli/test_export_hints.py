"""What an ONNX file cannot read as text is exported as the message says, and labels the ids."""

from __future__ import annotations

import json

import numpy as np
import pytest

CORPUS = "label\ttext\n" + "good\tpure joy and joyful\nbad\tpure bore and boring\n" * 20
TRAIN = "classify train t.tsv --analyzer bpe --vocab-size 30 --units 4 --epochs 2 --networks 1 -o m"


def test_ids_of_pieces(follow_hint, textseq, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    (tmp_path / "t.tsv").write_text(CORPUS)
    assert textseq(*TRAIN.split()).exit_code == 0
    follow_hint(
        "export m -o m.onnx",
        "export it with --format onnx --input ids (input='ids'), and give it the ids of "
        "`textseq tokenize`.",
        "export m -o m.onnx --format onnx --input ids",
    )
    done = textseq("tokenize", "-", "--tokenizer", "m/tokenizer.json", stdin="pure joy\npure\n")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [row["ids"] if isinstance(row, dict) else row for row in rows]
    ids = np.zeros((2, max(map(len, rows))), np.int64)
    for row, found in zip(ids, rows, strict=True):
        row[: len(found)] = found
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    probabilities = session.run(["probabilities"], {"ids": ids})[0]
    shown = textseq("classify", "predict", "m", "pure joy", "pure", "--proba", "--json")
    for line, found in zip(shown.stdout.splitlines(), probabilities, strict=True):
        expected = list(json.loads(line)["probabilities"].values())
        np.testing.assert_allclose(found, expected, atol=1e-4)
