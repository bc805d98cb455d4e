"""The ONNX file in Node: by onnxruntime-node, and by onnxruntime-web as browsers have it.

The packages are looked for in `$TEXTSEQ_NODE_MODULES`, or where `npm root -g` says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from textseq.export.onnx_file import export_onnx

pytest.importorskip("onnx")

SCRIPT = """
const ort = require(process.argv[1]);
const texts = JSON.parse(process.argv[3]);
(async () => {
  const session = await ort.InferenceSession.create(process.argv[2]);
  const found = await session.run({text: new ort.Tensor("string", texts, [texts.length])});
  const values = Object.entries(found).map(([name, t]) => [name, Array.from(t.data, String)]);
  console.log(JSON.stringify(Object.fromEntries(values)));
})().catch((error) => { console.error(error); process.exit(1); });
"""


@cache
def package(name):
    """Return the folder of a package of npm, or skip the test."""
    npm = shutil.which("npm")
    folder = os.environ.get("TEXTSEQ_NODE_MODULES")
    if not folder and npm:
        done = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False)
        folder = done.stdout.strip()
    found = Path(folder or "node_modules") / name
    if not shutil.which("node") or not found.is_dir():
        pytest.skip(f"Node, or {name} in $TEXTSEQ_NODE_MODULES, is not installed")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["onnxruntime-node", "onnxruntime-web"])
def test_node_answers_as_python(make, fit, texts, tmp_path, name):
    predictor = make(fit(analyzer="words_and_marks", clean="html"), linear=2, char_ngrams=5)
    path = tmp_path / "model.onnx"
    export_onnx(predictor, path)
    read = [*texts, "<p class='a>b'>good&nbsp;film &#128512;</p> İΣ"]
    command = ["node", "-e", SCRIPT, str(package(name)), str(path), json.dumps(read)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    probabilities = np.array(found["probabilities"], np.float32).reshape(len(read), -1)
    np.testing.assert_allclose(probabilities, predictor.predict_proba(read), rtol=0, atol=1e-5)
    assert found["label"] == predictor.predict(read).tolist()
