"""How time and memory grow with a file: 1, 2, 4 ... times as much text, 1 and 2 threads.

    python tests/benchmarks/scaling.py 1 2 4 --threads 1 2
    python tests/benchmarks/scaling.py --different 10000000

Sizes are in gigabytes. The words are drawn by Zipf's law (p proportional to 1 / rank) from two
million, so that a larger file has the same words more often; or each of so many different words
stands there once. Each run is a process of its own: fit, encode to Parquet, save the tokenizer; its
seconds and its largest memory are what is printed, and those of a process that loads the tokenizer.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

VOCABULARY = 2_000_000
WORDS_A_LINE = 20
AT_ONCE = 1_000_000
SYLLABLES = np.array(["ka", "ti", "no", "sel", "ru", "man", "dor", "vi", "pel", "zon"])


def main() -> None:
    """Generate the files, measure each in processes of their own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gigabytes", type=float, nargs="*")
    parser.add_argument("--different", type=int, help="a file of so many words, all different")
    parser.add_argument("--threads", type=int, nargs="+", default=[2])
    parser.add_argument("--folder", help="where to put the files; they are removed again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        text, written = Path(folder) / "zipf.txt", 0.0
        print(f"{'GB':>5} {'threads':>7} {'words':>10} {'fit s':>7} {'encode s':>8} "
              f"{'save s':>7} {'GB/s':>6} {'peak MiB':>8} {'load s':>7} "
              f"{'peak MiB':>8}")  # fmt: skip
        for size in sorted(arguments.gigabytes):
            append(text, size - written, seed=round(size * 1000))
            written = size
            print_rows(text, arguments.threads)
        if arguments.different:
            write_different(text, arguments.different)
            print_rows(text, arguments.threads)


def print_rows(text, numbers_of_threads):
    """Measure a file, and print a row for each number of threads."""
    size = text.stat().st_size / 1e9
    for threads in numbers_of_threads:
        row, load = measured("--run", text, threads), measured("--load", text, threads)
        speed = 2 * size / (row["fit"] + row["encode"])
        print(f"{size:5.2f} {threads:7} {row['words']:10,} {row['fit']:7.1f} "
              f"{row['encode']:8.1f} {row['save']:7.1f} {speed:6.3f} {row['peak']:8.0f} "
              f"{load['load']:7.1f} {load['peak']:8.0f}", flush=True)  # fmt: skip


def write_different(path, count):
    """Write words that are all different, in an order that is none."""
    words = (f"{i * 0x9E3779B1 % 2**32:x}" for i in range(count))
    with path.open("w") as file:
        while line := list(itertools.islice(words, WORDS_A_LINE)):
            file.write(" ".join(line) + "\n")


def vocabulary():
    """Return two million different words, the frequent ones short, as words of a language are."""
    ranks = np.arange(VOCABULARY)
    words = np.full(VOCABULARY, "", dtype=object)
    rest = ranks.copy()
    while rest.any() or not words[0]:
        words = np.where(
            (rest > 0) | (words == ""), words + SYLLABLES[rest % 10].astype(object), words
        )
        rest //= 10
    return words


def append(path, gigabytes, seed):
    """Add so much text to a file."""
    random = np.random.default_rng(seed)
    words = vocabulary()
    chances = np.cumsum(1 / np.arange(1, VOCABULARY + 1))
    chances /= chances[-1]
    end = (path.stat().st_size if path.exists() else 0) + gigabytes * 1e9
    with path.open("a") as file:
        while file.tell() < end:
            drawn = words[np.searchsorted(chances, random.random(AT_ONCE))].tolist()
            lines = (" ".join(drawn[i : i + WORDS_A_LINE]) for i in range(0, AT_ONCE, WORDS_A_LINE))
            file.write("\n".join(lines) + "\n")


def measured(what, text, threads):
    """Return the figures of one run, in a process of its own."""
    environment = {**os.environ, "TEXTSEQ_THREADS": str(threads)}
    command = [sys.executable, __file__, what, str(text)]
    return json.loads(
        subprocess.run(command, env=environment, check=True, capture_output=True).stdout
    )


def run(text):
    """Fit, encode and save, and print the figures."""
    from textseq import Tokenizer, read_corpus
    from textseq.sequences.files import SequenceWriter
    from textseq.tokenizer.engine.counting import load_kernels

    load_kernels()
    tokenizer = Tokenizer()
    with tempfile.TemporaryDirectory(dir=text.parent) as folder:
        start = time.perf_counter()
        tokenizer.fit_on_texts(read_corpus(text))
        fitted = time.perf_counter()
        with SequenceWriter(Path(folder) / "ids.parquet") as writer:
            for sequences in tokenizer.encode_batches(read_corpus(text)):
                writer.write(sequences)
        encoded = time.perf_counter()
        tokenizer.save(text.with_suffix(".json"), force=True)
        saved = time.perf_counter()
    figures = {"fit": fitted - start, "encode": encoded - fitted, "save": saved - encoded}
    print(json.dumps({**figures, "words": tokenizer.size, "peak": peak()}))


def load(text):
    """Load what `run` saved, and print the figures."""
    from textseq import Tokenizer
    from textseq.tokenizer.engine.counting import load_kernels

    load_kernels()
    start = time.perf_counter()
    Tokenizer.load(text.with_suffix(".json"))
    print(json.dumps({"load": time.perf_counter() - start, "peak": peak()}))


def peak():
    """Return the largest memory of this process in MiB; getrusage's is that of the parent too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["--load"]:
        load(Path(sys.argv[2]))
    else:
        main()
