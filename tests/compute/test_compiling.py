"""Ctrl-C while Numba compiles."""

import os
import subprocess
import sys

INTERRUPTED = """
import signal
from numba.core.codegen import CPUCodeLibrary
from textseq.compute.compiled import compiled
from textseq.compute.compiling import compile_whole

compile_whole()

finalize, whole = CPUCodeLibrary.finalize, []

def interrupted(library):
    signal.raise_signal(signal.SIGINT)
    finalize(library)
    whole.append(library)

CPUCodeLibrary.finalize = interrupted

@compiled
def double(number):
    return 2 * number

try:
    double(2)
    print("nothing")
except KeyboardInterrupt:
    print(len(whole) > 0)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, double(2))
"""


def test_ctrl_c_waits_until_compiling_ends(tmp_path):
    (tmp_path / "program.py").write_text(INTERRUPTED)
    command = [sys.executable, "-c", "import program"]
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.stdout == "True\nTrue 4\n", done.stderr
