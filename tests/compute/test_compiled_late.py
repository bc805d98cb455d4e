from __future__ import annotations

import subprocess
import sys


def test_numba_is_loaded_by_the_first_call_only():
    program = (
        "import sys; from textseq.network.cells.lstm import forward;"
        "print('numba' in sys.modules, forward.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "forward"], done.stderr
