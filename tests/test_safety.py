"""The harnesses of `benchmarks/` in small: damaged files for every reader, and kill -9."""

import contextlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer, read_corpus, word2vec
from textseq.errors import TextseqError
from textseq.sequences.files import holds_ids, load_sequences
from textseq.sequences.onehot_files import load_one_hot

BENCHMARKS = Path(__file__).parent / "benchmarks"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it")


def run(script, *arguments):
    command = [sys.executable, BENCHMARKS / script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.tensorflow  # a model is one of the formats
def test_every_reader_reads_or_refuses_damaged_files():
    told = run("fuzzing.py", "--inputs", 125, "--together")
    inputs, read, refused = map(
        int, re.findall(r"([\d,]+) (?:inputs|read|refused)", told.replace(",", ""))
    )
    assert inputs == read + refused >= 2000
    assert min(read, refused) > 100


BROKEN = """
import os, sys
sys.path.insert(0, sys.argv[1])
import fuzz_formats, fuzzing, numpy as np
def read(path):
    calls.append(path)
    if len(calls) == 10: raise KeyError
    if len(calls) == 11: import textseq_trap
    if len(calls) == 12: os.system("true")
    if len(calls) == 13: np.ones(60_000_000)
calls = []
form = fuzz_formats.FORMATS["ids.jsonl"]
fuzz_formats.FORMATS["ids.jsonl"] = fuzz_formats.Format(read, form.seeds, form.mutate)
fuzzing.try_inputs(0, 20, fuzzing.Path(sys.argv[2]), ["ids.jsonl"])
"""


@pytest.mark.tensorflow
def test_the_harness_finds_what_it_looks_for(tmp_path):
    (tmp_path / "textseq_trap.py").write_text(f"open({str(tmp_path / 'sentinel')!r}, 'w').close()")
    command = [sys.executable, "-c", BROKEN, BENCHMARKS, tmp_path]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 77, done.stderr  # too much memory
    assert "KeyError" in done.stdout
    assert "executed os.system" in done.stdout
    assert (tmp_path / "sentinel").exists()


@pytest.mark.slow
def test_nothing_is_lost_when_a_command_is_killed():
    told = run("killing.py", "--forked", "--kills", 6, "tokenize")
    assert re.search(r"6 kills .* 0 failures", told)


READERS = {
    "a.json": Tokenizer.load,
    "a.parquet": load_sequences,
    "a.jsonl": load_sequences,
    "b.jsonl": holds_ids,
    "a.npz": load_sequences,
    "b.npz": load_one_hot,
    "a.npy": load_one_hot,
    "a.bin": word2vec.load,
    "a.txt": word2vec.load,
    "a.vec.gz": word2vec.load,
    "a.csv": lambda path: read_corpus(path).read(),
    "b.txt": lambda path: read_corpus(path).read(),
    "c.parquet": lambda path: read_corpus(path).read(),
}


@given(st.sampled_from(sorted(READERS)), st.binary())
def test_any_bytes_are_read_or_refused(name, content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with contextlib.suppress(TextseqError):
            READERS[name](path)
