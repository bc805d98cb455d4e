"""fastText's own .bin of 7 GB, like those that are published: seconds and memory of each use.

    python tests/benchmarks/fasttext_file.py FOLDER [--words 2000000]

Writes FOLDER/large.bin if it is not there: words at random, n-grams of five characters in two
million buckets, 300 values a vector. Each use has a process of its own, whose time from its start
on and peak of memory are printed: its own memory, and parts of files, which the system takes back
when it needs room.
"""

import argparse
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

SIZE, BUCKETS, ROWS_AT_ONCE = 300, 2_000_000, 20_000

USES = {
    "open": "pass",
    "one word": "vectors['unheardof']",
    "50,000 words": "vectors[[f'{word}s' for word in vectors.index_to_key[:50_000]]]",
    "similarity": "word2vec.similarity(vectors, 'unheardof', vectors.index_to_key[9])",
    "neighbours": "word2vec.neighbours(vectors, 'unheardof')",
    "neighbours twice": "[word2vec.neighbours(vectors, 'unheardof') for _ in range(2)]",
    "convert": "word2vec.save(vectors, path.with_name('converted.bin'), force=True)",
}

CHILD = """
import sys, time
from pathlib import Path
from textseq import word2vec
path = Path(sys.argv[1])
vectors = word2vec.load(path)
{use}
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
sizes = (int(status[name].split()[0]) >> 10 for name in ("VmHWM", "RssAnon", "RssFile"))
print(time.process_time(), *sizes)
"""


def main():
    """Write the file, and print a line for each use."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", type=int, default=2_000_000)
    arguments = parser.parse_args()
    path = arguments.folder / "large.bin"
    if not path.exists():
        write(path, arguments.words)
    print(f"{path.stat().st_size / 1e9:.2f} GB")
    for name, use in USES.items():
        started = time.perf_counter()
        command = [sys.executable, "-c", CHILD.format(use=use), path]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - started
        cpu, peak, own, files = done.stdout.split()
        print(
            f"{name:17} {seconds:6.2f} s, {float(cpu):6.2f} s of the processor, peak {peak} MB; "
            f"at the end {own} MB of its own and {files} MB of files",
            flush=True,
        )


def write(path, words):
    """Write a file of this many words, all different."""
    random = np.random.default_rng(0)
    rows = words + BUCKETS
    settings = [SIZE, 5, 5, 5, 10, 1, 2, 1, BUCKETS, 5, 5, 100]
    values = random.normal(size=(ROWS_AT_ONCE, SIZE)).astype("<f4")
    with path.with_suffix(".part").open("wb") as file:
        file.write(struct.pack("<2i 12i d", 793712314, 12, *settings, 1e-4))
        file.write(struct.pack("<3i 2q", words, words, 0, 10**11, -1))
        for start in range(0, words, ROWS_AT_ONCE):
            numbers = range(start, min(start + ROWS_AT_ONCE, words))
            names = (spell(n, random.integers(0, 8)) for n in numbers)
            file.writelines(
                name + b"\0" + struct.pack("<qb", words - n, 0)
                for n, name in zip(numbers, names, strict=True)
            )
        for count in (rows, words):  # input and output
            file.write(struct.pack("<? 2q", False, count, SIZE))
            for start in range(0, count, ROWS_AT_ONCE):
                some = values[: count - start]
                file.write(np.roll(some, start // ROWS_AT_ONCE, axis=1).tobytes())
    path.with_suffix(".part").replace(path)


def spell(number, more):
    """Return a word that stands for a number, with more letters behind."""
    letters = bytearray()
    while number:
        number, digit = divmod(number, 26)
        letters.append(97 + digit)
    return bytes(letters) + b"-" + b"aeiounrt"[:more]


if __name__ == "__main__":
    main()
