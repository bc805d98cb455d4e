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


def test_interpreted_they_give_the_same_without_numba():
    program = (
        "import sys, numpy as np; from textseq.network.cells.gru import forward;"
        "from textseq.compute.compiled_late import interpreted\n"
        "random = np.random.default_rng(0); inputs = random.normal(size=(5, 6)).astype('float32');"
        "kernel, bias = random.normal(size=(2, 6)).astype('float32'), np.zeros(6, 'float32')\n"
        "args = kernel, bias, np.array([[4, 5, 0, 0], [2, 4, 4, 1], [0, 2, 2, 2]])\n"
        "args += (np.zeros((1, 0, 2), 'float32'),)\n"
        "with interpreted(): plain, _ = forward(inputs.copy(), *args)\n"
        "print('numba' in sys.modules, np.abs(plain - forward(inputs, *args)[0]).max() < 1e-6)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"], done.stderr
