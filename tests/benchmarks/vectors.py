"""How fast vectors are read, against gensim, in one run: medians of ratios.

    python tests/benchmarks/vectors.py

400,000 random vectors of 100 values are read from word2vec's text and binary formats. Rounds of
both alternate.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

from textseq import word2vec

WORDS, SIZE, ROUNDS = 400_000, 100, 3


def main():
    """Print how many times as fast as gensim's each piece of work is."""
    vectors = KeyedVectors(SIZE)
    matrix = np.random.default_rng(0).normal(size=(WORDS, SIZE)).astype(np.float32)
    vectors.add_vectors([f"w{n}" for n in range(WORDS)], matrix)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".txt", ".bin"):
            path = Path(folder) / f"vectors{suffix}"
            word2vec.save(vectors, path)
            compare(
                f"read {suffix}",
                lambda path=path: word2vec.load(path),
                lambda path=path: KeyedVectors.load_word2vec_format(
                    path, binary=path.suffix == ".bin"
                ),
            )


def compare(name, ours, theirs):
    """Print the median, lowest and highest ratio of gensim's seconds to ours."""
    ratios = []
    for _ in range(ROUNDS):
        seconds = [timed(work) for work in (ours, theirs)]
        ratios.append(seconds[1] / seconds[0])
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"{name:25} {statistics.median(ratios):.2f} ({spread})", flush=True)


def timed(work):
    """Return the seconds that some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
