"""How fast text becomes ids, against the peers, in one run: medians, and ratios to Keras.

    python tests/benchmarks/tokenizing.py imdb
    python tests/benchmarks/tokenizing.py nsmc

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. TEXTSEQ_THREADS sets the threads. The rounds
of all tools alternate, so that what else the machine does touches all of them. The kernels are
loaded before, so that neither compiling nor importing is measured.
"""

import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from keras.src.legacy.preprocessing.text import Tokenizer as KerasTokenizer
from keras.utils import pad_sequences as keras_pad_sequences
from keras.utils import to_categorical as keras_to_categorical
from sklearn.feature_extraction.text import CountVectorizer

from textseq import Tokenizer, pad_sequences, read_corpus, to_categorical
from textseq.sequence_files import SequenceWriter
from textseq.vocabulary import load_kernels

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
CORPORA = {
    "imdb": (["imdb/train.csv", "imdb/val.csv"], "minimal"),
    "nsmc": (["nsmc/ratings_train.txt"], "none"),
}
ROUNDS = 5


def main(name: str) -> None:
    """Measure all tools on one corpus and print a table."""
    files, quoting = CORPORA[name]
    texts = list(read_corpus([DATA / file for file in files], quoting=quoting).texts())
    size = sum(len(text.encode()) for text in texts) / 1e6
    load_kernels()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "texts.txt"
        plain.write_text("".join(" ".join(text.splitlines()) + "\n" for text in texts))
        tasks = {**in_memory(texts), **from_file(plain, Path(folder) / "ids.parquet")}
        seconds: dict[str, list[float]] = {task: [] for task in tasks}
        for _ in range(ROUNDS):
            for task, run in tasks.items():
                gc.collect()
                start = time.perf_counter()
                run()
                seconds[task].append(time.perf_counter() - start)
    print(f"{name}: {len(texts):,} texts, {size:.1f} MB; median of {ROUNDS} rounds")
    medians = {task: statistics.median(times) for task, times in seconds.items()}
    for task, median in medians.items():
        peer = PEERS.get(task)
        ratio = f"{medians[peer] / median:6.1f} x {peer}" if peer else ""
        print(f"  {task:34} {median * 1000:8.0f} ms {size / median:7.1f} MB/s  {ratio}")


PEERS = {
    "textseq fit_on_texts": "Keras fit_on_texts",
    "textseq fit_on_texts, word_index": "Keras fit_on_texts",
    "textseq encode": "Keras texts_to_sequences",
    "textseq texts_to_sequences": "Keras texts_to_sequences",
    "textseq pad_sequences": "Keras pad_sequences",
    "textseq to_categorical": "Keras to_categorical",
    "textseq file to Parquet": "wc -w, twice",
}


def in_memory(texts):
    """Return what is measured on a list of strings."""
    keras, ours = KerasTokenizer(), Tokenizer()
    keras.fit_on_texts(texts)
    ours.fit_on_texts(texts)
    lists, sequences = keras.texts_to_sequences(texts), ours.encode(texts)
    if ours.word_index != keras.word_index or sequences.to_lists() != lists:
        raise SystemExit("Keras and textseq do not agree; nothing is measured.")
    ids = sequences.ids[:20_000] % 2000
    return {
        "Keras fit_on_texts": lambda: KerasTokenizer().fit_on_texts(texts),
        "textseq fit_on_texts": lambda: Tokenizer().fit_on_texts(texts),
        "textseq fit_on_texts, word_index": lambda: fitted(texts).word_index,
        "scikit-learn CountVectorizer.fit": lambda: CountVectorizer().fit(texts),
        "Keras texts_to_sequences": lambda: keras.texts_to_sequences(texts),
        "textseq texts_to_sequences": lambda: ours.texts_to_sequences(texts),
        "textseq encode": lambda: ours.encode(texts),
        "Keras pad_sequences": lambda: keras_pad_sequences(lists, 200),
        "textseq pad_sequences": lambda: pad_sequences(sequences, 200),
        "textseq pad_sequences of lists": lambda: pad_sequences(lists, 200),
        "Keras to_categorical": lambda: keras_to_categorical(ids, 2000),
        "textseq to_categorical": lambda: to_categorical(ids, 2000),
    }


def from_file(plain, target):
    """Return what is measured on a text file: `wc -w` twice, and fitting and encoding."""

    def to_parquet():
        tokenizer = fitted(read_corpus(plain))
        with SequenceWriter(target, force=True) as writer:
            for sequences in tokenizer.encode_batches(read_corpus(plain)):
                writer.write(sequences)

    tasks = {"textseq file to Parquet": to_parquet}
    if shutil.which("wc"):
        command = ["wc", "-w", str(plain), str(plain)]
        tasks["wc -w, twice"] = lambda: subprocess.run(command, check=True, capture_output=True)
    return tasks


def fitted(texts):
    """Return a tokenizer fitted on texts."""
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    return tokenizer


if __name__ == "__main__":
    main(sys.argv[1])
