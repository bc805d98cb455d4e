"""Settings of other packages, in the environment or in files, cause no traceback."""

import os
import subprocess
import sys

import pytest

SCRIPT = "from textseq.cli.app import main; main()"


@pytest.fixture
def summarize(tmp_path):
    """Return a function that runs a command that loads Keras, in a process of its own."""

    def run(keras_json=None, matplotlibrc=None, **environment):
        (tmp_path / "keras").mkdir()
        if keras_json is not None:
            (tmp_path / "keras" / "keras.json").write_text(keras_json)
        if matplotlibrc is not None:
            (tmp_path / "matplotlibrc").write_bytes(matplotlibrc)
        names = ("KERAS_BACKEND", "MPLBACKEND")
        plain = {name: value for name, value in os.environ.items() if name not in names}
        return subprocess.run(
            [sys.executable, "-c", SCRIPT, "classify", "summary"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**plain, "KERAS_HOME": str(tmp_path / "keras"), **environment},
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("files", "environment", "advice"),
    [
        ({"keras_json": '{"backend": "nowhere"}'}, {}, "keras.json': Unable to import backend"),
        ({"keras_json": "[]"}, {}, "has no attribute 'get'; correct or delete this file."),
        ({}, {"KERAS_BACKEND": "nowhere"}, "nowhere; set KERAS_BACKEND=tensorflow."),
    ],
    ids=["file", "list", "environment"],
)
def test_a_backend_that_is_not_there(summarize, files, environment, advice):
    done = summarize(**files, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("textseq: Keras does not start with ")
    assert advice in line


NOWHERE = {"KERAS_BACKEND": "tensorflow", "MPLBACKEND": "nowhere"}


@pytest.mark.parametrize(
    ("files", "environment"),
    [
        ({"keras_json": '{"floatx": "float16", "epsilon": 0.1}', "matplotlibrc": b"\xff\xfe"}, {}),
        ({"keras_json": '{"backend": "nowhere"}'}, NOWHERE),
    ],
    ids=["files", "environment"],
)
def test_what_is_of_no_matter(summarize, files, environment):
    done = summarize(**files, **environment)
    assert done.returncode == 0, done.stderr
    assert "77" in done.stdout
    assert "matplotlib cannot use its settings" in done.stderr
