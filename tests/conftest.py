"""How the property tests run, where the real texts are, and small networks and texts.

Keras is imported where a fixture uses it, so that tests without it start at once.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

settings.register_profile(
    "textseq",
    max_examples=int(os.environ.get("TEXTSEQ_EXAMPLES", "50")),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("textseq")


def pytest_configure():
    """Let Ctrl-C be tested where a shell started the tests in its background, and so ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Callable[..., Path]:
    """Return a function from the parts of a path to a real file; the test skips without it."""
    folder = Path(__file__).parents[2] / "shared" / "data"

    def find(*parts: str) -> Path:
        path = Path(os.environ.get("TEXTSEQ_DATA", folder)).joinpath(*parts)
        if not path.exists():
            pytest.skip(f"the real data {'/'.join(parts)} is not here; name it in TEXTSEQ_DATA")
        return path

    return find


@pytest.fixture(scope="session")
def write_fasttext() -> Callable[..., Path]:
    """Return a function that writes fastText's own .bin: words, and the rows of its matrix."""

    def write(path: Path, words, matrix, *, shortest=0, longest=0) -> Path:
        rows, size = np.shape(matrix)
        settings = [size, 5, 5, 1, 5, 1, 2, 2, rows - len(words), shortest, longest, 100]
        counts = [len(words), len(words), 0, 1000, -1]
        with path.open("wb") as file:
            file.write(struct.pack("<2i 12i d 3i 2q", 793712314, 12, *settings, 1e-4, *counts))
            for i, word in enumerate(words):
                file.write(word.encode() + b"\0" + struct.pack("<qb", len(words) - i, 0))
            file.write(struct.pack("<? 2q", False, rows, size))
            file.write(np.asarray(matrix, "<f4").tobytes())
        return path

    return write


VOCABULARY, DIMENSION, UNITS, CLASSES = 12, 5, 4, 3


@pytest.fixture
def make_network():
    """Return a function that builds a network from the names of its parts, weights at random."""

    def make(embedding="learned", cell="simple_rnn", pooling="last", bidirectional=False, seed=0):
        from textseq.classifier import build_model
        from textseq.network.cells import CELLS
        from textseq.network.embeddings import EMBEDDINGS
        from textseq.network.model_weights import named_weights
        from textseq.network.pooling import POOLINGS

        random = np.random.default_rng(seed)
        matrix = None
        if embedding == "word2vec":
            matrix = random.normal(size=(VOCABULARY, DIMENSION)).astype("float32")
        model = build_model(
            EMBEDDINGS.resolve(embedding)(VOCABULARY, DIMENSION, matrix, True),
            CELLS.resolve(cell)(UNITS),
            POOLINGS.resolve(pooling)(2 if bidirectional else 1),
            CLASSES,
            backward_cell=CELLS.resolve(cell)(UNITS) if bidirectional else None,
        )
        for variable in named_weights(model).values():
            variable.assign(random.normal(scale=0.7, size=variable.shape).astype("float32"))
        return model

    return make


@pytest.fixture
def run_in_keras(tmp_path):
    """Return a function that runs a program with Keras and without textseq.

    The program has what it is given as `given`, and prints JSON, which is returned.
    """
    head = "import json, sys\nimport keras, numpy as np\ngiven = json.load(sys.stdin)\n"
    foot = "\nassert 'textseq' not in sys.modules\n"

    def run_program(program, given):
        done = subprocess.run(
            [sys.executable, "-c", head + program + foot],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run_program


@pytest.fixture
def run():
    """Return a function that gives a Keras model padded ids, and returns an array."""

    def run_model(model, ids: object) -> np.ndarray:
        import keras

        return keras.ops.convert_to_numpy(model(np.asarray(ids, dtype="int32")))

    return run_model


@pytest.fixture(scope="session")
def labelled():
    """Return texts of two kinds and their labels, which three epochs are enough to tell apart."""
    good = ["a joy to watch", "pure joy", "what a joy this film is", "funny and a joy"]
    bad = ["a bore to watch", "pure bore", "what a bore this film is", "dull and a bore"]
    return (good + bad) * 6, (["good"] * 4 + ["bad"] * 4) * 6
