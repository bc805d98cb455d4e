"""The model code is plain Keras 3: another backend trains to the same numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, sys
sys.path.insert(0, {folder!r})
import keras
from test_loop import EXAMPLES, SETTINGS, network, replace
from textseq.network.training.loop import train

histories = {{}}
for cell in ("simple_rnn", "gru", "lstm"):
    made = network("ngrams", cell, "attention", True, dropout=0, engine="keras")
    options = replace(SETTINGS, epochs=2, learning_rate=0.01)
    histories[cell] = train(made, EXAMPLES, EXAMPLES, options)
print(json.dumps([keras.backend.backend(), histories]))
"""


def test_jax_trains_to_the_same_losses_as_tensorflow():
    pytest.importorskip("jax")

    def run(backend):
        environment = {**os.environ, "KERAS_BACKEND": backend}
        script = SCRIPT.format(folder=str(Path(__file__).parent / "training"))
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        used, histories = json.loads(done.stdout.splitlines()[-1])
        assert used == backend
        return histories

    expected, got = run("tensorflow"), run("jax")
    for cell, history in expected.items():
        for name, values in history.items():
            assert got[cell][name] == pytest.approx(values, abs=1e-3), (cell, name)
