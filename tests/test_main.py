"""The program's entry: Ctrl-C while it is being imported."""

import subprocess
import sys

import pytest

INTERRUPTED = """
import os, runpy, signal, sys
class Interrupter:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupter())
sys.argv = ["textseq", *{arguments!r}]
runpy.run_module("textseq", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("textseq.cli.app", ["--help"]),
        ("typer", ["--help"]),
        ("textseq.cli.tokenize", ["--help"]),
        ("textseq.migrate.inspect", ["inspect", "none"]),
        ("numpy", ["inspect", "none"]),
        ("pyarrow", ["tokenize", "none"]),
        ("textseq.classifier.predictor", ["classify", "predict", "none", "joy"]),
    ],
)
def test_ctrl_c_while_a_module_is_imported_is_one_line(module, arguments):
    program = INTERRUPTED.format(module=module, arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "textseq: interrupted.\n"


IN_CODE = """
import os, signal, sys
from textseq import __main__
from textseq.cli import app
def interrupted(**arguments):
    try:
        exec({code!r})
    except KeyboardInterrupt as error:
        raise {error} from error
app.app = interrupted
__main__.main()
"""


@pytest.mark.parametrize("error", ["SystemExit(130)", "KeyboardInterrupt"])
def test_the_exit_status_is_130_where_python_would_end_by_the_signal(error):
    """It does so where code that is compiled from a string was interrupted, as dataclasses are."""
    program = IN_CODE.format(code="os.kill(os.getpid(), signal.SIGINT)", error=error)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"textseq: interrupted.\n")


def test_an_error_that_was_made_of_ctrl_c_is_no_failure():
    program = (
        "import os, signal, sys\n"
        "from textseq import __main__\n"
        "from textseq.migrate import inspect\n"
        "def interrupted(path):\n"
        "    try: os.kill(os.getpid(), signal.SIGINT)\n"
        "    except KeyboardInterrupt as error: raise RuntimeError('no name') from error\n"
        "inspect.inspect_artifact = interrupted\n"
        "sys.argv = ['textseq', 'inspect', 'none']\n"
        "__main__.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"textseq: interrupted.\n")


def test_a_shell_that_lets_a_job_ignore_ctrl_c_is_obeyed():
    program = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from textseq import __main__\n"
        "from textseq.cli import app\n"
        "app.app = lambda **arguments: os.kill(os.getpid(), signal.SIGINT)\n"
        "__main__.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
